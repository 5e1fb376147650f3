"""Who sees and does what of billing: each role with a session of its own."""

from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from bcm_mqtt.access.audit import Change
from bcm_mqtt.access.credentials import csrf_of
from bcm_mqtt.domain.site.account import Account, Role
from bcm_mqtt.store import Store
from bcm_mqtt.web import create_app
from unit.builders import NOON, SetClock
from unit.site_files import database_url
from unit.web.access.conftest import ENTRY, HASH
from unit.web.billing.conftest import API, Desk, ports_with, site_billing

BILL = "bill?customer=Customer"


@pytest.fixture
async def roles(folder: Path) -> AsyncIterator[dict[Role, Desk]]:
    """The same site as each role sees it; the customer is Customer1."""
    clock, changes = SetClock(NOON), list[Change]()
    with (
        site_billing(folder / "bcm.yaml", clock) as billing,
        closing(Store(database_url(folder))) as keeping,
    ):
        keeping.database.ensure_schema()
        ports = ports_with(billing, clock, changes, keeping.accounts)
        transport = httpx.ASGITransport(create_app(ports))
        desks = {}
        for role in Role:
            customers = ("Customer1",) if role is Role.CUSTOMER else ()
            keeping.accounts.add_account(Account(role.value, role, HASH, NOON, customers), ENTRY)
            secret = ports.entrance.begin(role.value, "127.0.0.1")
            headers = {"cookie": f"bcm_session={secret}", "x-csrf-token": csrf_of(secret)}
            client = httpx.AsyncClient(
                transport=transport, base_url="http://localhost", headers=headers
            )
            desks[role] = Desk(folder, client, changes, clock, ports.live)
        yield desks


async def test_a_customer_sees_his_own_bills_once_they_are_issued(roles: dict[Role, Desk]) -> None:
    billing, customer = roles[Role.BILLING], roles[Role.CUSTOMER]
    await billing.process()
    paths = (
        f"/billing/2026-03/{BILL}1",
        "/billing/2026-03/explain?customer=Customer1",
        f"{API}/months/2026-03/bill/pdf?customer=Customer1",
        f"{API}/months/2026-03/explain?customer=Customer1",
    )
    for path in paths:  # drafts are nobody else's
        assert (await customer.get(path)).status_code == 404
    await billing.post(f"{API}/months/2026-03/release", {**RELEASE, "by": "anybody"})
    run = await billing.issue()
    assert len(run["said"]) == 2
    for path in paths:
        answer = await customer.get(path)
        assert answer.status_code == 200
        other = await customer.get(path.replace("Customer1", "Customer2"))
        assert other.status_code == 404
        assert "Customer2-" not in other.text
    assert (await customer.get(f"{API}/bills")).json() == [
        {"month": "2026-03", "customer": "Customer1"}
    ]
    page = (await customer.get("/bills")).text
    assert "March 2026" in page
    assert "Customer2" not in page
    bill = (await customer.get(paths[0])).text
    assert "intervals?" not in bill


async def test_a_customer_is_shown_the_issued_bill_and_not_what_it_would_be_now(
    roles: dict[Role, Desk],
) -> None:
    billing, customer = roles[Role.BILLING], roles[Role.CUSTOMER]
    await billing.process()
    await billing.issue()
    tariffs = billing.folder / "tariffs.yaml"
    tariffs.write_text(tariffs.read_text().replace("0.1185", "0.2000"))
    await billing.process()
    assert "would differ if recalculated" in (await billing.get(f"/billing/2026-03/{BILL}1")).text
    seen = (await customer.get(f"/billing/2026-03/{BILL}1")).text
    assert "would differ if recalculated" not in seen
    assert "105.65" in seen


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.CUSTOMER])
async def test_who_does_not_bill_changes_nothing(roles: dict[Role, Desk], role: Role) -> None:
    desk = roles[role]
    await roles[Role.ADMIN].process()
    for path, body in (
        ("months/2026-03/process", {}),
        ("months/2026-03/issue", {}),
        ("months/2026-03/release", RELEASE),
        ("verify", {}),
        ("entries/enter", {}),
        ("invoices/preview", {}),
        ("invoices", {}),
    ):
        assert (await desk.post(f"{API}/{path}", body)).status_code == 403
    for path in (
        "/billing",
        "/billing/invoices",
        "/billing/2026-03",
        f"{API}/months/2026-03",
        f"{API}/entries",
    ):
        assert (await desk.get(path)).status_code == 403
    assert desk.changes == []


async def test_an_account_signs_with_its_own_name(roles: dict[Role, Desk]) -> None:
    billing = roles[Role.BILLING]
    await billing.process()
    await billing.post(f"{API}/months/2026-03/release", {**RELEASE, "by": "The boss"})
    assert billing.changes[-1].after == "released by billing: the load is constant"
    page = (await billing.get("/billing/2026-03")).text
    assert 'value="billing" readonly' in page


RELEASE = {"customer": "Customer2", "by": "J. Doe", "reason": "the load is constant"}
