"""Numbers as they are printed: given with the bill, counted without gaps, never given twice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bcm_mqtt.billing.issue import bill_of_entry
from bcm_mqtt.domain.bill.numbering import NumberFormat, Numbering
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import Store
from unit.billing.issue.site import AT, TERMS, issue, measured, rated, verified
from unit.store.rows import execute, rows

NUMBERS = "SELECT text, bill, kind, year FROM bill_number ORDER BY bill"


def numbered(text: str = "{year}-{count:4}", of: BillingTerms = TERMS) -> BillingTerms:
    return replace(of, numbering=Numbering(NumberFormat.parse(text)))


@pytest.fixture
def site(store: Store) -> Store:
    measured(store)
    return store


def test_bills_have_numbers_by_the_format_and_a_chain_as_before(site: Store) -> None:
    outcome = issue(site, numbered())
    assert [bill.issue and bill.issue.text for bill in outcome.issued] == ["2026-0001", "2026-0002"]
    assert [bill.issue and bill.issue.number for bill in outcome.issued] == [1, 2]
    assert next(outcome.sentences()) == "bill 2026-0001: Customer1, 147.92 USD"
    assert rows(site, NUMBERS) == [
        ("2026-0001", 1, "bill", 2026),
        ("2026-0002", 2, "bill", 2026),
    ]
    found = verified(site, numbered())
    assert (list(found.faults), found.stored) == ([], 2)


def test_numbers_go_on_where_bills_had_none(site: Store) -> None:
    """Two bills of the year were numbered by their places: the third is 2026-0003."""
    issue(site)
    terms = numbered(of=rated(energy=Decimal("0.2")))
    outcome = issue(site, terms, at=AT + timedelta(days=1), first=False, revise=True, reason="rate")
    assert [bill.issue and bill.issue.text for bill in outcome.issued] == ["2026-0003", "2026-0004"]
    assert [bill.issue and bill.issue.replaced_text for bill in outcome.issued] == ["1", "2"]
    again = numbered(of=rated(energy=Decimal("0.3")))
    outcome = issue(site, again, at=AT + timedelta(days=2), first=False, revise=True, reason="rate")
    assert [bill.issue and bill.issue.replaced_text for bill in outcome.issued] == [
        "2026-0003",
        "2026-0004",
    ]
    assert next(outcome.sentences()).startswith("bill 2026-0005: Customer1, ")
    assert "revision 2 of bill 2026-0003" in next(outcome.sentences())
    assert rows(site, "SELECT number FROM bill ORDER BY number") == [(n,) for n in range(1, 7)]


def test_the_count_begins_again_with_the_year(site: Store) -> None:
    issue(site, numbered(), customer="Customer1")
    late = AT.replace(year=2027)
    outcome = issue(site, numbered(), at=late, customer="Customer2")
    assert [bill.issue and bill.issue.text for bill in outcome.issued] == ["2027-0001"]


def test_a_number_that_was_given_before_is_not_given_again(site: Store) -> None:
    """By another format in between: nothing is stored of the month."""
    issue(site, numbered("A-{number}"), customer="Customer1")
    execute(site, "UPDATE bill_number SET text = 'B-2'")
    with pytest.raises(WorkError, match="the number B-2 was given before, to bill 1 of the series"):
        issue(site, numbered("B-{number}"), customer="Customer2")
    assert rows(site, "SELECT number FROM bill") == [(1,)]


def test_a_bill_is_found_by_its_number_as_it_is_printed(site: Store) -> None:
    issue(site, numbered())
    found = {text: site.bills.numbered(text) for text in ("2026-0002", "2", "2026-0003", "9" * 12)}
    assert {text: entry and entry.number for text, entry in found.items()} == {
        "2026-0002": 2,
        "2": 2,
        "2026-0003": None,
        "9" * 12: None,
    }
    assert [entry.printed for entry in site.bills.issued()] == ["2026-0001", "2026-0002"]


def test_a_changed_number_is_found_by_verify(site: Store) -> None:
    issue(site, numbered())
    execute(site, "UPDATE bill_number SET text = '2026-0009' WHERE bill = 2")
    faults = [str(fault) for fault in verified(site, numbered()).faults]
    assert faults == [
        "bill 2: bill_number.text is 2026-0009, but its document says 2026-0002",
    ]


def test_bills_without_a_format_are_as_before(site: Store) -> None:
    issue(site)
    assert rows(site, NUMBERS) == []
    record = bill_of_entry(next(iter(site.bills.issued()))).issue
    assert record
    assert (record.text, record.numbers, record.replaced_text) == ("1", (), "")
