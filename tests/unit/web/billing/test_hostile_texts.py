"""What an earlier release stored is written out on every page, and by escapes in all JSON."""

import re
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from bcm_mqtt.access.credentials import csrf_of, hash_of
from bcm_mqtt.billing.tenant.tenancy import Tenancy
from bcm_mqtt.config import load
from bcm_mqtt.domain.bill.running.question import Question
from bcm_mqtt.domain.printable import has_controls
from bcm_mqtt.domain.site.account import Account, ApiToken, AuditEntry, Role
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from bcm_mqtt.web import create_app
from bcm_mqtt.web.access.roles import declared_routes
from bcm_mqtt.web.app import with_routes
from bcm_mqtt.web.ports import Ports
from unit.builders import NOON, SetClock, circuit, directory
from unit.site_files import database_url
from unit.web.access.conftest import ENTRY, HASH
from unit.web.billing.conftest import Desk, ports_with, site_billing
from unit.web.conftest import REPORT

EVIL = "\x1b]0;x\x07A\u202eB\r\nX\x9b2J\u2028Y"
CIRCUITS = circuit((1,), f"Customer1-A{EVIL}"), circuit((2,), f"=1+1{EVIL}-B-1")
OWN = {
    "customer": "Customer1",
    "panel": "rpp-1a",
    "pole": "1",
    "month": "2026-03",
    "form": "json",
    "language": "de",
}
ASKED = {**OWN, "from": "2026-03-01", "to": "2026-03-05"}


@dataclass
class Site:
    """A site of such texts as its administrator sees it."""

    ports: Ports
    client: httpx.AsyncClient


@pytest.fixture
async def site(folder: Path) -> AsyncIterator[Site]:
    clock, stored = SetClock(NOON), directory(*CIRCUITS)
    with (
        site_billing(folder / "bcm.yaml", clock) as billing,
        closing(Store(database_url(folder))) as store,
    ):
        store.directories.add(stored, encode_directory(stored), NOON)
        tenancy = Tenancy.of(store, load(folder / "bcm.yaml"), clock, clock)
        store.tenants.names.put("Customer1", "rpp-1a", 1, EVIL)
        asked = Question("Customer1", NOON, EVIL, Month(2026, 3), EVIL, EVIL, EVIL, "failed", EVIL)
        store.tenants.questions.add(asked)
        ports = ports_with(billing, clock, [], store.accounts)
        ports = replace(ports, past=store, tenancy=tenancy)
        ports.live.take_directory("rpp-1a", stored)
        report = replace(REPORT, directory_problem=EVIL, configuration_problem=EVIL)
        ports.live.take_bridge("dc1", online=True, report=report)
        ports.live.show()
        ports.live.closing.set()  # streams end after what they begin with
        said = AuditEntry(NOON, EVIL, EVIL, EVIL, EVIL, EVIL)
        for name in ("admin", EVIL):
            store.accounts.add_account(Account(name, Role.ADMIN, HASH, NOON), said)
        store.accounts.add_token(ApiToken(EVIL, Role.ADMIN, hash_of("bcm_x"), NOON), ENTRY)
        secret = ports.entrance.begin("admin", "127.0.0.1")
        headers = {"cookie": f"bcm_session={secret}", "x-csrf-token": csrf_of(secret)}
        transport = httpx.ASGITransport(create_app(ports))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers=headers
        ) as client:
            desk = Desk(folder, client, [], clock, ports.live)
            await desk.process()
            await desk.issue()
            yield Site(ports, client)


def texts_of(document: object) -> set[str]:
    """Texts of a document, however deep."""
    if isinstance(document, dict):
        return set().union(*map(texts_of, document.values()))
    if isinstance(document, list):
        return set().union(*map(texts_of, document))
    return {document} if isinstance(document, str) else set()


async def test_no_answer_has_a_control_character(site: Site) -> None:
    """Of any route that reads: pages, JSON, tables, streams; a program reads the very text."""
    wrong, written, said = [], 0, 0
    for route in declared_routes(with_routes(site.ports)):
        if route.method != "GET":
            continue
        path = re.sub(r"{(\w+)[^}]*}", lambda at: quote(OWN[at[1]]), route.path)
        answer = await site.client.get(path, params=ASKED)
        if answer.headers.get("content-type") in {"application/zip", "application/pdf"}:
            continue  # of reports, and the sign-off sheet
        text = answer.content.decode()
        if has_controls(text, lines=True):
            wrong.append((path, text[:200]))
        written += r"\x1b]0;x" in text
        if answer.headers.get("content-type") == "application/json":
            said += any(EVIL in one for one in texts_of(answer.json()))
    assert wrong == []
    assert written >= 8
    assert said >= 8


async def test_a_user_or_token_of_such_a_name_is_refused_with_its_field(site: Site) -> None:
    for kind, more in (("users", {"password": "a long pass phrase"}), ("tokens", {})):
        for name in (EVIL, "anna\x1b[2J", "anna\n", "\u2028anna", "\u202eanna"):
            body = {"name": name, "role": "viewer", **more}
            answer = await site.client.post(f"/api/v1/{kind}/add", json=body)
            assert answer.status_code == 422
            assert answer.json()["fields"] == {
                "name": "expected one line without control characters"
            }
