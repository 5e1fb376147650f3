"""Verification: what is changed with SQL is named, and so are inputs that have changed since."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.store import Store
from unit.billing.issue.site import (
    AT,
    CIRCUITS,
    START,
    TERMS,
    issue,
    measured,
    put,
    rated,
    rolled_up,
    verified,
)
from unit.builders import circuit, polled
from unit.store.rows import execute


@pytest.fixture
def site(store: Store) -> Store:
    """Of three bills, one of which is a revision."""
    measured(store)
    issue(store)
    put(store, [replace(CIRCUITS[0], power_factor=Decimal("0.95")), *CIRCUITS[1:]])
    issue(store, revise=True)
    return store


def changed(store: Store, terms: object = TERMS) -> dict[int, tuple[str, ...]]:
    found = verified(store, terms)  # type: ignore[arg-type]
    assert found.faults == ()
    return {check.number: check.changed for check in found.bills}


def test_what_was_issued_is_whole_and_the_same_now(site: Store) -> None:
    found = verified(site)
    assert found.faults == ()
    assert found.stored == 3
    assert found.end[0] == 3
    assert [(check.number, check.changed) for check in found.bills] == [(2, ()), (3, ())]
    for check in found.bills:
        assert (check.kwh, check.amount) == (check.kwh_now, check.amount_now)


def test_a_store_without_bills_is_whole(store: Store) -> None:
    found = verified(store)
    assert (found.faults, found.bills, found.stored, found.end) == ((), (), 0, (0, ""))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE bill SET document = replace(document, '146.51', '146.52') WHERE number = 2",
        "UPDATE bill SET document = replace(document, 'A-1', 'A-2') WHERE number = 2",
        "UPDATE bill SET kwh = 1236.353 WHERE number = 2",
        "UPDATE bill SET amount = 146.52 WHERE number = 2",
        "UPDATE bill SET amount = NULL WHERE number = 2",
        "UPDATE bill SET currency = 'EUR' WHERE number = 2",
        "UPDATE bill SET customer = 'Customer9' WHERE number = 2",
        "UPDATE bill SET month = '2026-04' WHERE number = 2",
        "UPDATE bill SET revision = 7 WHERE number = 2",
        "UPDATE bill SET sha256 = replace(sha256, substr(sha256, 1, 1), 'x') WHERE number = 2",
        "UPDATE bill SET previous_sha256 = '' WHERE number = 2",
        "UPDATE bill_line SET amount = 146.50 WHERE bill = 2",
        "UPDATE bill_line SET quantity = 1236.351 WHERE bill = 2",
        "UPDATE bill_line SET price = 0.1186 WHERE bill = 2",
        "UPDATE bill_line SET label = 'Energie' WHERE bill = 2",
        "DELETE FROM bill_line WHERE bill = 2",
        "UPDATE bill_determinant SET quantity = 1236.351 WHERE bill = 2",
        "UPDATE bill_determinant SET unit = 'kW' WHERE bill = 2",
        "DELETE FROM bill_determinant WHERE bill = 2",
    ],
)
def test_whatever_is_changed_with_sql_the_bill_is_named(site: Store, statement: str) -> None:
    execute(site, statement)
    assert {fault.number for fault in verified(site).faults} == {2}


def test_another_number_of_what_it_supersedes_is_found(site: Store) -> None:
    execute(site, "UPDATE bill SET supersedes = 2 WHERE number = 3")
    assert {fault.number for fault in verified(site).faults} == {3}


@pytest.mark.parametrize("number", [2, 3])
def test_a_bill_that_is_deleted_is_missed(site: Store, number: int) -> None:
    execute(
        site,
        f"DELETE FROM bill_line WHERE bill = {number}",
        f"DELETE FROM bill_determinant WHERE bill = {number}",
        f"DELETE FROM bill WHERE number = {number}",
    )
    (fault,) = verified(site).faults
    assert (fault.number, fault.what) == (number, "is missing")


def test_a_document_that_is_none_is_named(site: Store) -> None:
    execute(site, "UPDATE bill SET document = '{}' WHERE number = 2")
    faults = verified(site).faults
    assert {fault.number for fault in faults} == {2}
    assert any("cannot be read" in fault.what for fault in faults)


def test_late_readings_are_named_by_panel(site: Store) -> None:
    site.arrivals.add(polled(START + timedelta(minutes=7), START + timedelta(hours=5), [20_000]))
    rolled_up(site)
    found = {check.number: check for check in verified(site).bills}
    assert found[3].changed == ("intervals of rpp-1a",)
    assert found[2].changed == ()
    assert found[3].kwh != found[3].kwh_now


def test_readings_of_poles_that_are_not_the_customers_change_nothing(site: Store) -> None:
    later = START + timedelta(hours=5)
    site.arrivals.add(polled(START + timedelta(minutes=7), later, [None, 9000]))
    rolled_up(site)
    assert changed(site) == {2: (), 3: ()}


def test_a_changed_directory_is_named_by_panel(site: Store) -> None:
    put(site, [replace(CIRCUITS[0], power_factor=Decimal("0.9")), *CIRCUITS[1:]])
    assert changed(site) == {2: (), 3: ("directory of rpp-1a",)}


def test_a_circuit_more_is_the_directorys_change(site: Store) -> None:
    circuits = [replace(CIRCUITS[0], power_factor=Decimal("0.95")), CIRCUITS[1]]
    put(site, [*circuits, circuit((2,), "Customer2-A-2")])
    assert changed(site) == {2: ("directory of rpp-1a",), 3: ()}


def test_a_customer_without_circuits_is_told(site: Store) -> None:
    put(site, [replace(CIRCUITS[0], power_factor=Decimal("0.95"))])
    assert changed(site) == {2: ("the customer has no circuit now",), 3: ()}


def test_a_changed_tariff_is_named_and_a_later_rate_is_no_change(site: Store) -> None:
    assert changed(site, rated(energy=Decimal("0.12"))) == {2: ("tariff",), 3: ("tariff",)}
    tariff = TERMS.tariffs["standard"]
    versions = (*tariff.versions, replace(tariff.versions[0], valid_from=AT.date()))
    later = replace(TERMS, tariffs={"standard": replace(tariff, versions=versions)})
    assert changed(site, later) == {2: (), 3: ()}


def test_a_changed_customer_is_named_and_another_letter_is_no_change(
    site: Store,
) -> None:
    def of(**changes: object) -> object:
        customer = replace(TERMS.customers["Customer1"], **changes)  # type: ignore[arg-type]
        return replace(TERMS, customers={customer.id: customer})

    assert changed(site, of(tax_id="DE1")) == {2: (), 3: ("customer terms",)}
    assert changed(site, of(name="Customer One Ltd")) == {2: (), 3: ()}
    assert changed(site, of(address=("2 Side Street",))) == {2: (), 3: ()}
    assert changed(site, of(email=("a@b.example",))) == {2: (), 3: ()}


def test_a_tariff_that_is_gone_is_told_for_each_bill(site: Store) -> None:
    late = rated(valid_from=AT.date() + timedelta(days=300))
    for reasons in changed(site, late).values():
        assert "cannot be computed" in reasons[0]
        assert "has no rate" in reasons[0]


def test_entries_about_intervals_are_named(site: Store) -> None:
    hour = START, START + timedelta(hours=1)
    entry = IntervalEdit("rpp-1a", 3, *hour, EditAction.SET, "A", "why", AT, 1_000_000)
    site.entries.add(entry)
    assert changed(site) == {2: ("edits",), 3: ()}
    site.entries.withdraw(1, "A", "was wrong", AT)
    assert changed(site) == {2: (), 3: ()}
