"""Issuing: numbers without gaps, bills that never change, corrections that are bills."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.issue import bill_of_entry, issued_months, issued_site
from bcm_mqtt.billing.issue.plain import plain
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.issued import DeltaLine
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import Store
from unit.billing.issue.site import (
    APRIL,
    AT,
    CIRCUITS,
    END,
    MARCH,
    START,
    TERMS,
    issue,
    measured,
    put,
    rated,
    rolled_up,
)
from unit.builders import circuit, polled, snapshot
from unit.store.rows import execute, rows

BILLS = "SELECT * FROM bill ORDER BY number"
ALL = (
    BILLS,
    "SELECT * FROM bill_line ORDER BY bill",
    "SELECT * FROM bill_determinant ORDER BY bill",
)


@pytest.fixture
def site(store: Store) -> Store:
    measured(store)
    return store


def stored(store: Store) -> list[list[tuple[object, ...]]]:
    return [rows(store, query) for query in ALL]


def bills(store: Store) -> list[Bill]:
    return [bill_of_entry(entry) for entry in store.bills.issued()]


def test_every_customer_gets_a_number_in_the_order_of_their_ids(site: Store) -> None:
    outcome = issue(site)
    found = [(bill.issue and bill.issue.number, bill.customer.id) for bill in outcome.issued]
    assert found == [(1, "Customer1"), (2, "Customer2")]
    assert rows(site, "SELECT number, month, customer, revision, status FROM bill_status") == [
        (1, "2026-03", "Customer1", 0, "issued"),
        (2, "2026-03", "Customer2", 0, "issued"),
    ]


def test_the_tables_can_be_queried_and_summed(site: Store) -> None:
    issue(site)
    query = "SELECT round(sum(kwh), 3), round(sum(amount), 2), max(currency) FROM bill"
    assert rows(site, query) == [(2484.592, 294.43, "USD")]
    query = "SELECT bill, kind, quantity, unit, price, amount FROM bill_line ORDER BY bill"
    assert rows(site, query) == [
        (1, "energy", 1248.24, "kWh", 0.1185, 147.92),
        (2, "energy", 1236.352, "kWh", 0.1185, 146.51),
    ]
    assert rows(site, "SELECT name, quantity FROM bill_determinant WHERE quantity > 1240") == [
        ("energy", 1248.24)
    ]


def test_a_stored_bill_is_the_bill_that_was_issued(site: Store) -> None:
    outcome = issue(site)
    assert [plain(bill) for bill in bills(site)] == [plain(bill) for bill in outcome.issued]
    drafts = bill_month(site, TERMS, MARCH, AT)
    for bill, draft in zip(bills(site), drafts.bills, strict=True):
        assert plain(replace(bill, issue=None, status=draft.status)) == plain(draft)
        assert bill.load
        assert draft.load
        assert (bill.load.microwatt_hours == draft.load.microwatt_hours).all()


def test_issuing_again_changes_nothing(site: Store) -> None:
    issue(site)
    before = stored(site)
    outcome = issue(site)
    assert (outcome.issued, len(outcome.unchanged)) == ((), 2)
    assert stored(site) == before


def test_a_customer_who_came_later_is_issued_alone(site: Store) -> None:
    issue(site)
    put(site, [*CIRCUITS[:2], circuit((2,), "Customer3-A-1")])
    outcome = issue(site)
    assert [bill.customer.id for bill in outcome.issued] == ["Customer3"]
    assert [bill.customer.id for bill in outcome.unchanged] == ["Customer1", "Customer2"]


def test_only_the_customer_that_is_asked_for_is_issued(site: Store) -> None:
    outcome = issue(site, customer="Customer2")
    assert [bill.customer.id for bill in outcome.issued] == ["Customer2"]
    with pytest.raises(InputError, match="'Customer9' has no circuit in 2026-03"):
        issue(site, customer="Customer9")


def test_a_month_that_has_not_ended_is_refused(site: Store) -> None:
    with pytest.raises(InputError, match="2026-03 has not ended"):
        issue(site, at=END - timedelta(seconds=1))
    assert stored(site) == [[], [], []]
    assert issue(site, at=END).issued


def test_intervals_that_wait_to_be_computed_are_refused(site: Store) -> None:
    site.arrivals.add([snapshot(START + timedelta(seconds=7), [9000])])
    with pytest.raises(WorkError, match="intervals of 2026-03 wait to be computed"):
        issue(site)
    rolled_up(site)
    assert issue(site).issued


def test_a_held_bill_is_issued_only_once_it_is_released(site: Store) -> None:
    terms = replace(TERMS, review_share=Decimal(-1))  # holds all
    outcome = issue(site, terms)
    assert (len(outcome.held), outcome.issued) == (2, ())
    assert stored(site) == [[], [], []]
    site.releases.add(BillRelease(MARCH, "Customer1", "A. Miller", "checked on site", AT))
    outcome = issue(site, terms)
    assert [bill.customer.id for bill in outcome.issued] == ["Customer1"]
    assert "checked on site" in rows(site, "SELECT document FROM bill")[0][0]


@pytest.mark.parametrize(
    "correct",
    [
        lambda: [replace(CIRCUITS[0], power_factor=Decimal("0.95")), *CIRCUITS[1:]],
        lambda: [CIRCUITS[0], replace(CIRCUITS[1], connection=Connection.TWO_LINE_NEUTRAL)],
        lambda: [replace(CIRCUITS[0], customer="Customer2"), *CIRCUITS[1:]],
        lambda: [CIRCUITS[0], CIRCUITS[1], replace(CIRCUITS[2], customer="Customer1")],
    ],
    ids=["power factor", "connection", "customer", "customer of what was nobody's"],
)
def test_a_correction_gives_another_draft_and_never_another_issued_bill(
    site: Store, correct: object
) -> None:
    issue(site)
    before, documents = stored(site), list(site.bills.issued())
    put(site, correct())  # type: ignore[operator]
    drafts = bill_month(site, TERMS, MARCH, AT)
    outcome = issue(site)
    assert outcome.differing
    assert outcome.issued == ()
    assert stored(site) == before
    assert list(site.bills.issued()) == documents
    shown = {bill.customer.id: bill for bill in issued_site(site, drafts).bills}
    now = {bill.customer.id: bill for bill in drafts.bills}
    names = [bill.customer.id for bill in outcome.differing]
    assert [shown[name].kwh for name in names] != [now[name].kwh for name in names]


def test_a_revision_has_the_differences_and_supersedes(site: Store) -> None:
    issue(site)
    before = stored(site)
    put(site, [replace(CIRCUITS[0], power_factor=Decimal("0.95")), *CIRCUITS[1:]])
    outcome = issue(site, first=False, revise=True, reason="power factor as measured")
    (bill,) = outcome.issued
    assert bill.issue
    assert (bill.issue.number, bill.issue.revision, bill.issue.supersedes) == (3, 1, 1)
    assert bill.issue.reason == "power factor as measured"
    assert bill.issue.deltas == (DeltaLine("Energy", Decimal("147.92"), Decimal("142.63")),)
    assert bill.issue.due == Decimal("-5.29")
    for were, are in zip(before, stored(site), strict=True):
        assert are[: len(were)] == were
    statuses = [(one.customer.id, one.status) for one in bills(site)]
    assert statuses == [
        ("Customer1", BillStatus.SUPERSEDED),
        ("Customer2", BillStatus.ISSUED),
        ("Customer1", BillStatus.ISSUED),
    ]


def test_a_second_revision_is_against_the_first(site: Store) -> None:
    issue(site)
    for factor in ("0.95", "0.9"):
        put(site, [replace(CIRCUITS[0], power_factor=Decimal(factor)), *CIRCUITS[1:]])
        outcome = issue(site, revise=True)
    (bill,) = outcome.issued
    assert bill.issue
    assert (bill.issue.number, bill.issue.revision, bill.issue.supersedes) == (4, 2, 3)
    assert issue(site, revise=True).issued == ()


def test_revising_does_not_issue_what_was_not(site: Store) -> None:
    assert issue(site, first=False, revise=True).issued == ()


def test_a_customer_without_any_circuit_now_gets_everything_back(site: Store) -> None:
    issue(site)
    put(site, [CIRCUITS[0], circuit((3, 5), "Customer3-A-1")])
    assert [one.customer.id for one in issue(site, first=False).differing] == ["Customer2"]
    outcome = issue(site, revise=True)
    found = {bill.customer.id: bill for bill in outcome.issued}
    assert sorted(found) == ["Customer2", "Customer3"]
    assert found["Customer2"].amount == 0
    assert found["Customer2"].issue
    assert found["Customer2"].issue.due == Decimal("-146.51")
    assert issue(site, revise=True).issued == ()


def test_lines_that_only_one_of_two_has_count_against_nothing(site: Store) -> None:
    issue(site)
    raised = rated(energy=Decimal("0.12"))
    (first, _) = issue(site, raised, revise=True).issued
    assert first.issue
    assert first.issue.deltas == (DeltaLine("Energy", Decimal("147.92"), Decimal("149.79")),)


def test_another_address_is_no_other_bill(site: Store) -> None:
    issue(site)
    moved = Customer("Customer1", "Customer One, Inc.", ("2 Side Street",), "standard")
    outcome = issue(site, replace(TERMS, customers={moved.id: moved}))
    assert len(outcome.unchanged) == 2


def test_earlier_months_are_on_the_next_bill(site: Store) -> None:
    issue(site)
    measured(site, of=APRIL.bounds(TERMS.zone))
    bill = bill_month(site, TERMS, APRIL, AT).bills[0]
    (past,) = bill.past
    assert (past.month, str(past.kwh), str(past.amount)) == (MARCH, "1248.240", "147.92")
    later = APRIL.bounds(TERMS.zone)[1]
    assert issue(site, month=APRIL, at=later).issued[0].past == (past,)
    assert site.bills.past_months(MARCH) == {}


def test_a_month_is_issued_once_every_customer_is(site: Store) -> None:
    assert issued_months(site, TERMS) == set()
    issue(site, customer="Customer1")
    assert issued_months(site, TERMS) == set()
    issue(site)
    assert issued_months(site, TERMS) == {MARCH}
    put(site, [*CIRCUITS[:2], circuit((2,), "Customer3-A-1")])
    assert issued_months(site, TERMS) == set()


def test_late_readings_change_the_draft_and_not_the_bill(site: Store) -> None:
    issue(site)
    before = stored(site)
    site.arrivals.add(polled(START + timedelta(minutes=7), START + timedelta(hours=5), [20_000]))
    rolled_up(site)
    assert [bill.customer.id for bill in issue(site).differing] == ["Customer1"]
    assert stored(site) == before


def test_nothing_is_issued_when_the_last_bill_is_gone(site: Store) -> None:
    issue(site)
    execute(
        site,
        "DELETE FROM bill_line WHERE bill = 2",
        "DELETE FROM bill_determinant WHERE bill = 2",
        "DELETE FROM bill WHERE number = 2",
    )
    with pytest.raises(WorkError, match="bill 2 was issued last, but bill 1 is the last"):
        issue(site)


def test_when_storing_a_bill_fails_none_is_issued(
    site: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        if made:
            raise WorkError("killed")
        made.append(1)
        return document_of(*_)  # type: ignore[arg-type]

    from bcm_mqtt.billing.issue.document import document_of  # noqa: PLC0415

    made: list[int] = []
    monkeypatch.setattr("bcm_mqtt.billing.issue.numbering.numbered.document_of", fail)
    with pytest.raises(WorkError, match="killed"):
        issue(site)
    assert stored(site) == [[], [], []]
