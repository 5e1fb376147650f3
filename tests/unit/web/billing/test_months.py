"""A month by the API: processed, released, issued, revised, verified."""

from contextlib import closing
from dataclasses import replace
from decimal import Decimal

import pytest

from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK
from unit.site_files import database_url
from unit.store.rows import execute
from unit.web.billing.conftest import API, Desk
from unit.web.billing.measured_site import CIRCUITS

MARCH = f"{API}/months/2026-03"
RELEASE = {"customer": "Customer2", "by": "J. Doe", "reason": "the load is constant"}


async def test_a_processed_month_has_each_customers_energy_cost_and_quality(desk: Desk) -> None:
    run = await desk.process()
    assert (run["state"], run["done"], run["of"], run["problems"]) == ("done", 1, 1, [])
    month = await desk.month()
    one, other = month["customers"]["Customer1"], month["customers"]["Customer2"]
    assert (one["kwh"], one["amount"], one["currency"]) == ("891.600", "105.65", "USD")
    assert one["name"] == "Customer One, Inc."
    assert one["hours"]["measured"] == "743.00"
    assert one["hours"]["missing"] == "0.00"
    assert (one["status"], one["holds"], one["number"]) == ("draft", [], None)
    assert (other["kwh"], other["status"]) == ("2674.800", "held for review")
    estimated, energy = other["holds"]
    assert estimated == "12.90 % of the energy is estimated, more than 5 %"
    assert energy.startswith("rpp-1a:2: Energy above 1.2 times what the breaker carries: 2589 ")
    assert other["hours"]["estimated"] == "95.87"
    assert (month["kwh"], month["unallocated_kwh"]) == ("3566.400", "0.000")
    (panel,) = month["panels"]
    assert (panel["panel"], panel["circuits"], panel["kwh"]) == ("rpp-1a", 2, "3566.400")
    assert month["changed"] == []


async def test_nothing_is_stored_by_processing(desk: Desk) -> None:
    await desk.process()
    with closing(Store(database_url(desk.folder))) as store:
        assert list(store.bills.issued()) == []
        assert store.entries.all() == []
    assert desk.changes == []


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("months/2026-13", 404, "'2026-13' is no month: expected YYYY-MM such as 2026-03"),
        ("months/march", 404, "'march' is no month: expected YYYY-MM such as 2026-03"),
        ("months/2026-02", 409, "2026-02 has not been processed yet"),
        ("months/2026-03/explain?customer=Nobody", 404, "customer 'Nobody' has no bill"),
        ("months/2026-02/bill/pdf?customer=Customer1", 409, "2026-02 has not been processed yet"),
        ("months/2026-03/bill/docx?customer=Customer1", 422, "form: Input should be"),
        ("months/2026-03/files/..%2F..%2Fetc", 404, "Not Found"),
        ("months/2026-03/bill/pdf", 422, "customer: Field required"),
    ],
)
async def test_what_is_not_there_is_told_in_a_line(
    desk: Desk, path: str, status: int, said: str
) -> None:
    await desk.process()
    answer = await desk.get(f"{API}/{path}")
    assert answer.status_code == status
    assert said in answer.json()["error"]


async def test_a_wrong_configuration_is_told_by_its_lines(desk: Desk) -> None:
    await desk.process()
    tariffs = desk.folder / "tariffs.yaml"
    tariffs.write_text("tariffs:\n  standard:\n    versions:\n      - {valid_from: tomorrow}\n")
    run = await desk.process()
    assert run["state"] == "failed"
    assert any("tariffs.yaml:4" in problem for problem in run["problems"])
    # What was computed before is still there.
    assert (await desk.month())["customers"]["Customer1"]["kwh"] == "891.600"
    page = (await desk.get("/billing/terms")).text
    assert "tariffs.yaml:4" in page


async def test_a_changed_tariff_counts_for_the_next_run(desk: Desk) -> None:
    await desk.process()
    tariffs = desk.folder / "tariffs.yaml"
    tariffs.write_text(tariffs.read_text().replace("0.1185", "0.2000"))
    await desk.process()
    assert (await desk.month())["customers"]["Customer1"]["amount"] == "178.32"


async def test_issuing_numbers_what_may_be_issued_and_names_the_rest(desk: Desk) -> None:
    await desk.process()
    run = await desk.issue()
    assert run["state"] == "done"
    assert run["said"][0] == "bill 1: Customer1, 105.65 USD"
    assert run["said"][1].startswith("Customer2 was not issued, it is held for review: 12.90 %")
    customers = (await desk.month())["customers"]
    assert (customers["Customer1"]["number"], customers["Customer1"]["status"]) == (1, "issued")
    assert customers["Customer2"]["number"] is None
    (change,) = desk.changes
    assert (change.what, change.after) == ("bills of 2026-03", "issue")


async def test_one_customer_alone_can_be_issued(desk: Desk) -> None:
    desk.put(CIRCUITS[0], replace(CIRCUITS[1], poles=(3,)))
    await desk.process()
    run = await desk.issue(customer="Customer1")
    assert run["said"] == ["bill 1: Customer1, 105.65 USD"]
    assert desk.changes[-1].what == "bills of 2026-03, Customer1"


async def test_a_released_bill_is_issued(desk: Desk) -> None:
    await desk.process()
    answer = await desk.post(f"{MARCH}/release", RELEASE)
    assert answer.status_code == 200
    assert (await desk.month())["changed"] == ["the bill of Customer2 for 2026-03 was released"]
    assert desk.changes[-1].after == "released by J. Doe: the load is constant"
    run = await desk.issue()
    assert [said.partition(",")[0] for said in run["said"]] == [
        "bill 1: Customer1",
        "bill 2: Customer2",
    ]


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"customer": "Customer1"}, 409, "the bill of 'Customer1' for 2026-03 is not held"),
        ({"customer": "Nobody"}, 409, "is not held for review"),
        ({"reason": "   "}, 422, "reason: "),
        ({"by": ""}, 422, "by: "),
        ({"more": 1}, 422, "more: "),
    ],
)
async def test_what_cannot_be_released_changes_nothing(
    desk: Desk, change: dict[str, object], status: int, said: str
) -> None:
    await desk.process()
    answer = await desk.post(f"{MARCH}/release", RELEASE | change)
    assert (answer.status_code, desk.changes) == (status, [])
    assert said in answer.json()["error"]
    with closing(Store(database_url(desk.folder))) as store:
        assert store.releases.of(Month(2026, 3)) == []


async def test_a_corrected_circuit_shows_its_difference_and_is_revised(desk: Desk) -> None:
    await desk.process()
    await desk.issue()
    desk.put(replace(CIRCUITS[0], power_factor=Decimal("0.9")), CIRCUITS[1])
    await desk.process()
    one = (await desk.month())["customers"]["Customer1"]
    assert one["differs"] is True
    assert one["amount"] == "105.65"  # as it was issued
    assert one["differences"] == [{"label": "Energy", "issued": "105.65", "now": "95.09"}]
    refused = await desk.post(f"{MARCH}/issue", {"first": False, "revise": True})
    assert refused.status_code == 409
    assert "expected why the bills are revised" in refused.text
    run = await desk.issue(first=False, revise=True, reason="power factor of A-1")
    assert run["said"] == ["bill 2: Customer1, 95.09 USD, revision 1 of bill 1: -10.56 USD"]
    one = (await desk.month())["customers"]["Customer1"]
    assert (one["amount"], one["revision"], one["differs"]) == ("95.09", 1, False)
    page = (await desk.get("/billing/2026-03/bill?customer=Customer1")).text
    assert "What this revision changes" in page
    assert "-10.56 USD" in page


async def test_a_month_that_goes_on_is_computed_and_not_issued(desk: Desk) -> None:
    now = str(Month.of(desk.clock(), NEW_YORK))
    assert (await desk.process(now))["state"] == "done"
    await desk.post(f"{API}/months/{now}/issue", {})
    run = await desk.done(f"{API}/months/{now}/run")
    assert run["problems"] == [f"{now} has not ended: its bills cannot be issued yet"]
    page = (await desk.get(f"/billing/{now}")).text
    assert "It has not ended" in page


async def test_verifying_says_whether_the_chain_is_whole(desk: Desk) -> None:
    await desk.process()
    await desk.issue()
    await desk.post(f"{API}/verify", {})
    await desk.done(f"{API}/verified")
    found = (await desk.get(f"{API}/verified")).json()["verified"]
    assert (found["faults"], found["stored"], found["last"]) == ([], 1, 1)
    assert (found["bills"][0]["customer"], found["bills"][0]["changed"]) == ("Customer1", [])
    with closing(Store(database_url(desk.folder))) as store:
        execute(store, "UPDATE bill SET document = replace(document, '105.65', '5.65')")
    await desk.post(f"{API}/verify", {})
    await desk.done(f"{API}/verified")
    found = (await desk.get(f"{API}/verified")).json()["verified"]
    assert "bill 1: its document or its hash was changed" in found["faults"]


async def test_months_are_listed_with_what_was_issued(desk: Desk) -> None:
    await desk.process()
    await desk.issue()
    (known,) = (await desk.get(f"{API}/months")).json()
    assert (known["month"], known["issued"]) == ("2026-03", 1)
    assert known["processed"] is not None


async def test_an_issued_bill_is_there_before_its_month_is_processed(
    desk: Desk,
) -> None:
    await desk.process()
    await desk.issue()
    desk.forget()
    bill = await desk.get("/billing/2026-03/bill?customer=Customer1")
    assert (bill.status_code, "105.65" in bill.text) == (200, True)
    other = await desk.get("/billing/2026-03/bill?customer=Customer2")
    assert (other.status_code, other.headers["location"]) == (303, "../2026-03")
