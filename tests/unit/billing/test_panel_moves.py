"""A panel that moves to another site: what it draws is on one site's bill, and only there."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.billing.issue import IssueRequest, issue_month, verify
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.tariff import RateVersion, Tariff
from bcm_mqtt.domain.time import Month, midnight
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, NOON, QUARTER, circuit, directory, panel, snapshot

FEBRUARY, MARCH = Month(2026, 2), Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
AS_OF = datetime(2026, 12, 1, 5, tzinfo=UTC)
MOVED = midnight(date(2026, 3, 10), NEW_YORK) + timedelta(hours=9, minutes=15)
TERMS = BillingTerms(
    zone=NEW_YORK,
    currency="USD",
    customers={},
    tariffs={
        "standard": Tariff(
            "standard", "USD", NEW_YORK, (RateVersion(date(2026, 1, 1), Decimal("0.1185")),)
        )
    },
    default_tariff="standard",
    rule=CustomerRule(),
    review_share=Decimal(1),
)
CIRCUITS = (circuit((1,)), circuit((3, 5), "Customer2-A-1"))
"""Poles 2 and 4 are measured, and no circuit has them."""


def readings(month: Month) -> list[Snapshot]:
    """Of five poles whose currents change at every poll of a quarter hour."""
    start, end = month.bounds(NEW_YORK)
    random = np.random.default_rng(month.month)
    return [
        snapshot(start + number * QUARTER, row, poll_ms=900_000, seq=number + 1)
        for number, row in enumerate(
            random.integers(0, 16_000, ((end - start) // QUARTER, 5)).tolist()
        )
    ]


POLLS = [*readings(FEBRUARY), *readings(MARCH)]


def store_of(
    file: Path,
    polls: list[Snapshot],
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> Store:
    """The database of a site with the panel, for as long as it is there."""
    store = Store(f"sqlite:///{file}")
    store.database.ensure_schema()
    store.arrivals.add(polls)
    while store.roll_up.intervals():
        pass
    put(store, valid_from, valid_to)
    return store


def put(store: Store, valid_from: datetime | None, valid_to: datetime | None) -> None:
    of = replace(panel(poles=5), valid_from=valid_from, valid_to=valid_to)
    sent = directory(*CIRCUITS, of=of)
    store.directories.add(sent, encode_directory(sent), NOON)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Store, Store]]:
    """The panel as it never moved, where it was, and where it is."""
    folder = tmp_path_factory.mktemp("moved")
    before = [poll for poll in POLLS if poll.time < MOVED]
    after = [poll for poll in POLLS if poll.time >= MOVED]
    with (
        closing(store_of(folder / "whole.db", POLLS)) as whole,
        closing(store_of(folder / "old.db", before, valid_to=MOVED)) as old,
        closing(store_of(folder / "new.db", after, valid_from=MOVED)) as new,
    ):
        yield whole, old, new


def months(stores: tuple[Store, Store, Store], month: Month) -> list[SiteMonth]:
    return [bill_month(store, TERMS, month, AS_OF) for store in stores]


def test_no_energy_is_lost_or_billed_twice_in_any_interval(
    stores: tuple[Store, Store, Store],
) -> None:
    whole, old, new = months(stores, MARCH)
    assert [bill.customer.id for bill in whole.bills] == ["Customer1", "Customer2"]
    at = (MOVED - START) // QUARTER
    for once, before, after in zip(whole.bills, old.bills, new.bills, strict=True):
        assert once.load
        assert before.load
        assert after.load
        assert np.count_nonzero(once.load.microwatt_hours) > 2900
        assert not before.load.microwatt_hours[at:].any()
        assert not after.load.microwatt_hours[:at].any()
        sums = before.load.microwatt_hours + after.load.microwatt_hours
        assert (sums == once.load.microwatt_hours).all()


def test_nothing_is_estimated_where_the_panel_is_not(stores: tuple[Store, Store, Store]) -> None:
    whole, old, new = months(stores, MARCH)
    for site in (old, new):
        rows = site.usage
        assert {row.estimated_kwh for row in rows} == {Decimal("0.000")}
        assert {row.coverage.missing_hours for row in rows} == {Decimal("0.00")}
        assert not [finding for finding in site.all_findings if finding.flag.holds]
    assert {(row.circuit.poles, row.end) for row in old.usage} == {
        (poles, MOVED) for poles in ((1,), (3, 5), (2,), (4,))
    }
    assert {row.start for row in new.usage} == {MOVED}
    # Four circuits with three rows, each rounded once to whole Wh; intervals are equal, see above.
    assert abs(old.kwh + new.kwh - whole.kwh) <= 4 * 3 * Decimal("0.0005")
    hours = (row.coverage.hours for site in (old, new) for row in site.usage)
    assert sum(hours) == sum(row.coverage.hours for row in whole.usage)


def test_the_month_before_stays_where_it_was(stores: tuple[Store, Store, Store]) -> None:
    whole, old, new = months(stores, FEBRUARY)
    assert [bill.kwh for bill in old.bills] == [bill.kwh for bill in whole.bills]
    assert (new.bills, new.usage) == ((), [])


def test_a_month_after_the_panel_has_gone_has_no_bill(stores: tuple[Store, Store, Store]) -> None:
    _, old, _ = stores
    april = bill_month(old, TERMS, Month(2026, 4), AS_OF)
    assert (april.bills, april.usage, april.all_findings) == ((), [], [])


def test_a_move_changes_no_bill_that_was_issued_before(tmp_path: Path) -> None:
    with closing(store_of(tmp_path / "bcm.db", readings(FEBRUARY))) as store:
        issue_month(store, TERMS, IssueRequest(FEBRUARY), AS_OF)
        put(store, None, MOVED)
        checked = verify(store, TERMS, AS_OF)
        assert [(one.customer, one.changed) for one in checked.bills] == [
            ("Customer1", ()),
            ("Customer2", ()),
        ]
        assert not checked.faults


def test_a_panel_that_goes_within_an_issued_month_changes_its_bills(tmp_path: Path) -> None:
    with closing(store_of(tmp_path / "bcm.db", readings(MARCH))) as store:
        issue_month(store, TERMS, IssueRequest(MARCH), AS_OF)
        put(store, None, MOVED)
        checked = verify(store, TERMS, AS_OF)
        assert all("directory of rpp-1a" in " ".join(one.changed) for one in checked.bills)
        assert all(one.kwh_now is not None and one.kwh_now < one.kwh for one in checked.bills)


def test_its_circuits_are_shown_for_as_long_as_it_is_there() -> None:
    of = replace(panel(poles=5), valid_from=START, valid_to=MOVED)
    moving, second = directory(*CIRCUITS, of=of), timedelta(seconds=1)
    assert moving.at(START - second) == {}
    assert list(moving.at(START)) == [1, 3]
    assert list(moving.shown_at(MOVED - second)) == [1, 3]
    assert moving.shown_at(MOVED) == {}
    assert moving.every_pole_at(MOVED) == []
    assert moving.changes_after(START - second) == START
    assert moving.changes_after(START) == MOVED
    assert moving.changes_after(MOVED) is None
