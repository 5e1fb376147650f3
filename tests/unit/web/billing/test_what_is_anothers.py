"""For a customer what is another's is as if it were not there: on every route of the page."""

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from sqlalchemy import Engine, event

from bcm_mqtt.access.credentials import csrf_of
from bcm_mqtt.access.rights import RIGHTS
from bcm_mqtt.billing.reports.formats import BILL_FORMATS
from bcm_mqtt.billing.tenant.tenancy import Tenancy
from bcm_mqtt.config import load
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.domain.site.account import Account, Role
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from bcm_mqtt.web import create_app
from bcm_mqtt.web.access.roles import DeclaredRoute, declared_routes
from bcm_mqtt.web.app import with_routes
from bcm_mqtt.web.billing.check_api import LARGEST_FILE
from bcm_mqtt.web.ports import Ports
from unit.builders import NOON, SetClock, circuit, directory, panel
from unit.site_files import database_url
from unit.web.access.conftest import ENTRY, HASH
from unit.web.billing.conftest import API, Desk, ports_with, site_billing
from unit.web.billing.measured_site import CIRCUITS
from unit.web.billing.test_who_sees import RELEASE

OWN = {"customer": "Customer1", "panel": "rpp-1a", "pole": "1", "month": "2026-03"}
ANOTHERS = {
    "customer": ("Customer2", "Customer9"),
    "panel": ("rpp-2b", "rpp-9z"),
    "pole": ("2", "9"),
    "month": ("2026-03", "2026-04"),
}
"""What there is but another's alone, and what there is not, in as many letters."""
NO_OBJECTS = {
    "from": "2026-03-01",
    "to": "2026-03-05",
    "at": "2026-03-02T12:00",
    "day": "2026-03-02",
    "figure": "circuit",
    "step": "1h",
    "line": "1",
    "form": "json",
    "language": "de",
    "since": "2026-03-01",
    "next": "account",
    "flag": "gap",
    "page": "1",
    "kind": "overload",
    "severity": "warning",
    "state": "active",
    "every": "20",
    "days": "7",
    "by": "ada",
    "theme": "dark",
    "first": "2026-02",
    "last": "2026-03",
    "tariff": "standard",
    "rates_of": "2027-01",
    "supplier": "Grid Co",  # its invoices are the site's
    "number": "0047",
}
"""Parameters that name nothing which is somebody's."""
CHANGES_OF_CUSTOMERS = {
    f"{API}/check",
    "/api/v1/home/budget",
    "/api/v1/home/name",
    "/api/v1/home/question",
    "/api/v1/session/email",
    "/api/v1/session/end",
    "/api/v1/session/language",
    "/api/v1/session/password",
}
"""What a customer may send; of home, unit/web/home/test_home.py tries what is another's."""

Answers: TypeAlias = list[tuple[int, dict[str, str], str, int]]
"""Of a program and of a browser: status, headers, body, and how often the database was read."""


@dataclass
class Sight:
    """The page as Customer1 sees it, and as those see it who bill."""

    ports: Ports
    customer: httpx.AsyncClient
    billing: Desk
    reads: list[object]

    async def answers(self, method: str, path: str, **given: object) -> Answers:
        found = []
        for accept in ("*/*", "text/html"):
            headers = {"accept": accept}
            self.reads.clear()
            answer = await self.customer.request(method, path, headers=headers, **given)  # type: ignore[arg-type]
            kept = {name: value for name, value in answer.headers.items() if name != "date"}
            found.append((int(answer.status_code), kept, answer.text, len(self.reads)))
        return found


@contextmanager
def reads_noted() -> Iterator[list[object]]:
    """Every statement that any database is sent."""
    reads: list[object] = []

    def note(*sent: object) -> None:
        reads.append(sent[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield reads
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
async def sight(folder: Path) -> AsyncIterator[Sight]:
    """Customer2 has pole 2 of the panel of both, and a panel alone; his bill alone is issued."""
    clock, secrets = SetClock(NOON), {}
    theirs = directory(circuit((1,), "Customer2-B-1"), of=replace(panel(), id="rpp-2b"))
    with (
        site_billing(folder / "bcm.yaml", clock) as billing,
        closing(Store(database_url(folder))) as store,
    ):
        store.directories.add(theirs, encode_directory(theirs), NOON)
        tenancy = Tenancy.of(store, load(folder / "bcm.yaml"), clock, clock)
        ports = ports_with(billing, clock, [], store.accounts)
        ports = replace(ports, past=store, tenancy=tenancy)
        for one in (directory(*CIRCUITS), theirs):
            ports.live.take_directory(one.panel.id, one)
        ports.live.closing.set()  # streams end after what they begin with
        for role in (Role.CUSTOMER, Role.BILLING):
            customers = ("Customer1",) if role is Role.CUSTOMER else ()
            store.accounts.add_account(Account(role.value, role, HASH, NOON, customers), ENTRY)
            secrets[role] = ports.entrance.begin(role.value, "127.0.0.1")
        transport = httpx.ASGITransport(create_app(ports))
        customer, bills = (
            httpx.AsyncClient(
                transport=transport,
                base_url="http://localhost",
                headers={"cookie": f"bcm_session={secret}", "x-csrf-token": csrf_of(secret)},
            )
            for secret in secrets.values()
        )
        async with customer, bills:
            desk = Desk(folder, bills, [], clock, ports.live)
            await desk.process()
            await desk.post(f"{API}/months/2026-03/release", RELEASE)
            await desk.issue(customer="Customer2")
            with reads_noted() as reads:
                yield Sight(ports, customer, desk, reads)


def names_of(ports: Ports) -> Iterator[tuple[DeclaredRoute, frozenset[str]]]:
    """Every route, with the parameters of its path and its query."""
    app = with_routes(ports)
    queries = {
        (method, context.path): set(query_of(context.original_route.dependant))
        for context in iter_route_contexts(app.routes)
        for method in context.methods or ()
        if hasattr(context.original_route, "dependant")
    }
    for route in declared_routes(app):
        in_path = set(re.findall(r"{(\w+)", route.path))
        yield route, frozenset(in_path | queries[route.method, route.path])


def query_of(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for each in dependant.dependencies:
        yield from query_of(each)


async def test_every_parameter_is_known_as_an_object_or_as_none(sight: Sight) -> None:
    """A new one is to be added here, and with it what is another's."""
    routes = list(names_of(sight.ports))
    assert {name for _, names in routes for name in names} == {*OWN, *NO_OBJECTS}
    rights = RIGHTS[Role.CUSTOMER]
    sent = {route.path for route, _ in routes if route.method != "GET" and route.right in rights}
    assert sent == CHANGES_OF_CUSTOMERS


async def test_no_route_tells_what_is_anothers_from_what_is_not_there(sight: Sight) -> None:
    wrong, own = [], 0
    routes = [(route, names & {*OWN}) for route, names in names_of(sight.ports)]
    for is_own_issued in (False, True):
        if is_own_issued:
            await sight.billing.issue()
        for route, names in routes:
            if not names or route.path in CHANGES_OF_CUSTOMERS:
                continue
            mine = await asked(sight, route, OWN)
            own += mine[0][0] == 200
            for name in names:
                if name == "month" and is_own_issued:
                    continue  # then there is one
                there, absent = ANOTHERS[name]
                told = await asked(sight, route, {**OWN, name: there})
                untold = await asked(sight, route, {**OWN, name: absent})
                if without(told, there) != without(untold, absent):
                    wrong.append((route.path, name, told, untold))
    assert wrong == []
    assert own > 15


async def asked(sight: Sight, route: DeclaredRoute, named: dict[str, str]) -> Answers:
    path = re.sub(r"{(\w+)[^}]*}", lambda at: quote({**NO_OBJECTS, **named}[at[1]]), route.path)
    query = {key: value for key, value in NO_OBJECTS.items() if key in {"from", "to", "step"}}
    given: dict[str, object] = {"params": {**query, **named}}
    if route.method != "GET":
        given["json"] = {}
    return await sight.answers(route.method, path, **given)


def without(answers: Answers, name: str) -> Answers:
    """The answers with a mark in the place of a name; of a number, where one is named."""
    before = (
        r"(?:(?<=pole is )|(?<=it is bill )|(?<=circuit rpp-1a:))"
        if name.isdecimal()
        else r"(?<![\w-])"
    )
    mark = re.compile(rf"{before}{re.escape(name)}(?![\w-])")
    return [
        (
            status,
            {key: mark.sub("?", value) for key, value in headers.items()},
            mark.sub("?", text),
            reads,
        )
        for status, headers, text, reads in answers
    ]


async def test_no_file_and_no_number_tells_that_a_bill_was_issued(sight: Sight) -> None:
    """Another's bill in any format, and as it would be of one that was never issued.

    By how often the database is read only whoever has the very file could tell.
    """
    billing = sight.ports.billing
    assert billing
    (bill,) = await asyncio.to_thread(billing.issued_bills, Month(2026, 3))
    assert bill.issue
    number, wrong = bill.issue.number, []
    for form in (one for one in BILL_FORMATS if one not in set(Profile)):
        path = f"{API}/months/2026-03/bill/{form}?customer=Customer2"
        got = await sight.billing.get(path)
        assert got.status_code == 200
        content = got.content[: LARGEST_FILE - 1]  # of Green Button there is more
        told = [
            without(await sight.answers("POST", f"{API}/check", json=body), str(body["bill"]))
            for file in (content, content + b" ")
            for said in (number, number + 1)
            for body in ({"content": b64encode(file).decode(), "bill": said},)
        ]
        said_of = [[one[:3] for one in answers] for answers in told]
        if any(one != said_of[0] for one in said_of) or said_of[0][0][0] != 200:
            wrong.append((form, told))
    assert wrong == []
