"""Signed entries: each stays as it was entered."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Store
from unit.builders import NOON, QUARTER
from unit.store.rows import rows

HOUR = timedelta(hours=1)
ENTRY = IntervalEdit(
    "rpp-1a", 1, NOON, NOON + HOUR, EditAction.SET, "Zoë", "the clamp was open", NOON, 1_500_000
)


def test_entries_are_numbered_and_come_back_as_they_were(store: Store) -> None:
    other = replace(ENTRY, panel="rpp-1b", action=EditAction.DISCARD, milliwatts=None)
    assert store.entries.add(ENTRY) == replace(ENTRY, id=1)
    assert store.entries.add(other) == replace(other, id=2)
    assert store.entries.all() == [replace(ENTRY, id=1), replace(other, id=2)]
    assert store.entries.all("rpp-1b") == [replace(other, id=2)]


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (NOON - HOUR, NOON, False),
        (NOON - HOUR, NOON + QUARTER, True),
        (NOON + QUARTER, NOON + 2 * QUARTER, True),
        (NOON + HOUR, NOON + 2 * HOUR, False),
    ],
)
def test_entries_are_found_by_the_time_they_are_of(
    store: Store, start: object, end: object, *, found: bool
) -> None:
    store.entries.add(ENTRY)
    assert bool(store.entries.in_force("rpp-1a", start, end)) == found  # type: ignore[arg-type]
    assert store.entries.in_force("rpp-1b", start, end) == []  # type: ignore[arg-type]


def test_an_entry_that_is_taken_back_stays_and_does_not_hold(store: Store) -> None:
    store.entries.add(ENTRY)
    before = rows(store, "SELECT * FROM interval_edit")
    taken = store.entries.withdraw(1, "B", "it was not", NOON + HOUR)
    assert (taken.id, taken.withdraws, taken.action) == (2, 1, EditAction.WITHDRAW)
    assert store.entries.in_force("rpp-1a", NOON, NOON + QUARTER) == []
    assert rows(store, "SELECT * FROM interval_edit ORDER BY id")[:1] == before
    store.entries.withdraw(2, "A", "it was, though", NOON + HOUR)
    assert [one.id for one in store.entries.in_force("rpp-1a", NOON, NOON + QUARTER)] == [1]


def test_an_entry_that_there_is_not_cannot_be_taken_back(store: Store) -> None:
    with pytest.raises(InputError, match="there is no entry 7"):
        store.entries.withdraw(7, "B", "why", NOON)


def test_a_withdrawal_is_one_transaction(store: Store) -> None:
    store.entries.add(ENTRY)
    begun: list[object] = []
    event.listen(store.database.engine, "begin", begun.append)
    store.entries.withdraw(1, "B", "it was not", NOON + HOUR)
    with pytest.raises(InputError):
        store.entries.withdraw(7, "B", "why", NOON)
    assert len(begun) == 2
    assert [one.id for one in store.entries.all()] == [1, 2]


def test_releases_are_of_their_month(store: Store) -> None:
    first = BillRelease(Month(2026, 3), "Customer1", "A", "checked on site", NOON)
    second = replace(first, customer="Customer2", made=NOON + HOUR)
    for release in (second, first, replace(first, month=Month(2026, 4))):
        store.releases.add(release)
    assert store.releases.of(Month(2026, 3)) == [first, second]
