"""A customer gets his own issued bills, and no draft."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import httpx
import pytest

from bcm_mqtt.domain.account import Role
from bcm_mqtt.domain.bill import Bill
from bcm_mqtt.domain.customer import Customer
from bcm_mqtt.domain.month import Month
from bcm_mqtt.web import create_app
from bcm_mqtt.web.billing.shapes import ReportFile
from unit.billing.example_bill import MARCH, bill, issued
from unit.web.access.conftest import Guarded

if TYPE_CHECKING:
    from bcm_mqtt.web.billing.port import Billing

BILLS = {
    (MARCH, "Acme"): issued(bill(2, Customer("Acme", "Acme, Inc."))),
    (MARCH, "Globex"): issued(bill(2, Customer("Globex", "Globex, Inc."))),
}


@dataclass(frozen=True)
class IssuedBills:
    """As much of billing as is asked about issued bills."""

    def issued(self) -> Mapping[Month, int]:
        return {MARCH: 2}

    def stored_bill(self, month: Month, customer: str) -> Bill | None:
        return BILLS.get((month, customer))

    def bill_file(self, of: Bill, form: str) -> ReportFile:
        return ReportFile(f"{of.customer.id}.{form}", "application/pdf", b"%PDF")


@pytest.fixture
def client(guarded: Guarded) -> httpx.AsyncClient:
    ports = replace(guarded.page.ports, billing=cast("Billing", IssuedBills()))
    transport = httpx.ASGITransport(create_app(ports))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


async def test_his_own_are_listed_and_to_be_had(
    guarded: Guarded, client: httpx.AsyncClient
) -> None:
    sent = guarded.sent_by(Role.CUSTOMER)
    found = (await client.get("/api/v1/bills?customer=Acme", headers=sent)).json()
    assert [(one["month"], one["customer"], one["number"]) for one in found] == [
        ("2026-03", "Acme", BILLS[MARCH, "Acme"].issue.number)  # type: ignore[union-attr]
    ]
    file = await client.get("/api/v1/bills/2026-03/pdf?customer=Acme", headers=sent)
    assert (file.status_code, file.content) == (200, b"%PDF")
    assert file.headers["content-disposition"].startswith("attachment; ")
    page = (await client.get("/bills", headers=sent)).text
    assert "api/v1/bills/2026-03/pdf?customer=Acme" in page
    assert "Globex" not in page
    assert 'href="./billing"' not in page


@pytest.mark.parametrize("way", ["", "/2026-03/pdf", "/2026-03/greenbutton"])
async def test_anothers_are_as_if_they_were_not_there(
    guarded: Guarded, client: httpx.AsyncClient, way: str
) -> None:
    sent = guarded.sent_by(Role.CUSTOMER)
    for other in ("Globex", "Nobody"):
        answer = await client.get(f"/api/v1/bills{way}?customer={other}", headers=sent)
        assert (answer.status_code, answer.json()["error"]) == (
            404,
            f"there is no customer {other!r}",
        )
    theirs = await client.get(
        f"/api/v1/bills{way}?customer=Globex", headers=guarded.sent_by(Role.BILLING)
    )
    assert theirs.status_code == 200


async def test_a_month_that_was_not_issued_has_no_bill(
    guarded: Guarded, client: httpx.AsyncClient
) -> None:
    sent = guarded.sent_by(Role.CUSTOMER)
    answer = await client.get("/api/v1/bills/2026-02/pdf?customer=Acme", headers=sent)
    assert (answer.status_code, answer.json()["error"]) == (
        404,
        "no bill of 'Acme' was issued for 2026-02",
    )


async def test_who_bills_gets_on_to_the_page_for_that_and_a_viewer_to_none(
    guarded: Guarded, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/bills", headers=guarded.sent_by(Role.BILLING))
    assert (answer.status_code, answer.headers["location"]) == (303, "billing")
    assert (await client.get("/bills", headers=guarded.sent_by(Role.VIEWER))).status_code == 403
