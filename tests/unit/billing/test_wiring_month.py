"""Faults of the wiring through store and month: found and held as documented, and corrected."""

from cmath import rect
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from math import radians
from pathlib import Path

import pytest

from bcm_mqtt.billing import bill_month
from bcm_mqtt.domain.bill.bill import BillStatus
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.billing.issue.site import TERMS
from unit.builders import NEW_YORK, circuit, directory, polled

FEBRUARY = Month(2026, 2)
START, END = FEBRUARY.bounds(NEW_YORK)
AS_OF = datetime(2026, 3, 2, tzinfo=UTC)
HOURS = 672


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as store:
        store.database.ensure_schema()
        yield store


def month(
    store: Store,
    watts: dict[int, float],
    *circuits: CircuitVersion,
    amps: float = 8,
    vars_: dict[int, float] | None = None,
    instruments: tuple[Instrument, ...] = (),
) -> SiteMonth:
    """A February in which these poles carry the same amps, and their meter says these watts."""
    poles = range(1, max(watts, default=1) + 1)
    current = [round(amps * 1000) if pole in watts else None for pole in poles]
    power = tuple(round(watts[pole] * 1000) if pole in watts else None for pole in poles)
    found = polled(START, END, current, poll_ms=900_000)
    reactive = None
    if vars_ is not None:
        reactive = tuple(round(vars_[pole] * 1000) if pole in vars_ else None for pole in poles)
    store.arrivals.add([replace(one, power=power, reactive_power=reactive) for one in found])
    while store.roll_up.intervals():
        pass
    item = replace(directory(*circuits), instruments=instruments)
    store.directories.add(item, encode_directory(item), AS_OF)
    return bill_month(store, TERMS, FEBRUARY, AS_OF)


def flags(site: SiteMonth) -> set[Flag]:
    return {one.flag for one in site.all_findings} - {Flag.FLAT}


THREE = replace(circuit((1, 3, 5)), connection=Connection.WYE)


def test_right_wiring_is_not_held(store: Store) -> None:
    site = month(store, dict.fromkeys((1, 3, 5), 940.0), THREE)
    assert flags(site) == set()
    assert site.bills[0].status is BillStatus.DRAFT
    assert float(site.bills[0].kwh) == pytest.approx(3 * 0.94 * HOURS)


def test_a_reversed_transformer_holds_the_bill(store: Store) -> None:
    site = month(store, {1: -960.0}, circuit((1,)))
    (bill,) = site.bills
    assert flags(site) == {Flag.REVERSED}
    assert bill.status is BillStatus.HELD
    assert any("backwards" in reason for reason in bill.holds)


def test_one_leg_of_three_reversed_holds_the_bill(store: Store) -> None:
    site = month(store, {1: 940.0, 3: -940.0, 5: 940.0}, THREE)
    assert flags(site) == {Flag.LEG_REVERSED}
    assert site.bills[0].status is BillStatus.HELD
    assert any("pole 3" in one.detail for one in site.bills[0].findings)


def test_a_load_on_a_spare_is_a_finding_of_the_site(store: Store) -> None:
    site = month(store, {1: 940.0}, circuit((1,), ""))
    assert flags(site) == {Flag.UNASSIGNED_LOAD}
    assert [(one.flag, one.poles) for one in site.findings if one.flag is not Flag.FLAT] == [
        (Flag.UNASSIGNED_LOAD, (1,))
    ]


def test_what_a_feeder_carries_is_paid_for_by_its_panels_customers(store: Store) -> None:
    month(store, {1: 940.0}, circuit((1,), ""))
    fed = replace(TERMS, feeders={"rpp-9": Feeder("rpp-1a", 1)})
    site = bill_month(store, fed, FEBRUARY, AS_OF)
    assert Flag.UNASSIGNED_LOAD not in flags(site)


def test_the_legs_of_a_line_line_load_are_compared_by_current_alone(store: Store) -> None:
    current = [10_000, None, 9_000]
    store.arrivals.add(polled(START, END, current, poll_ms=900_000))
    site = month(store, {}, circuit((1, 3), connection=Connection.LINE_LINE))
    assert Flag.LEGS_DIFFER in flags(site)
    assert site.bills[0].status is BillStatus.DRAFT


TRUE_KWH = 3 * 0.94 * HOURS
TURNS = {1: 120, 3: 120, 5: 240}


def test_a_dated_row_for_the_reversed_leg_gives_the_bill_of_the_right_wiring(store: Store) -> None:
    rows = (Instrument((3,), sign=-1),)
    site = month(store, {1: 940.0, 3: -940.0, 5: 940.0}, THREE, instruments=rows)
    assert flags(site) == set()
    assert site.bills[0].status is BillStatus.DRAFT
    assert float(site.bills[0].kwh) == pytest.approx(TRUE_KWH, rel=1e-6)


def test_swapped_phases_are_named_with_the_shifts_that_mend_them(store: Store) -> None:
    """The transformers of poles 1 and 3 exchanged: each is seen by the other's voltage."""
    true = complex(940, 200)
    seen = [true * rect(1, radians(turn)) for turn in (120, -120, 0)]
    watts = {pole: one.real for pole, one in zip((1, 3, 5), seen, strict=True)}
    vars_ = {pole: one.imag for pole, one in zip((1, 3, 5), seen, strict=True)}
    site = month(store, watts, THREE, vars_=vars_)
    (found,) = [one for one in site.all_findings if one.flag is Flag.PHASES_SWAPPED]
    assert "voltage_shift 240 on pole 1, 120 on pole 3" in found.detail
    assert site.bills[0].status is BillStatus.HELD

    rows = (Instrument((1,), voltage_shift=240), Instrument((3,), voltage_shift=120))
    site = month(store, watts, THREE, vars_=vars_, instruments=rows)
    assert flags(site) == set()
    assert float(site.bills[0].kwh) == pytest.approx(TRUE_KWH, rel=1e-4)


@pytest.mark.parametrize(
    ("shifts", "named"),
    [
        ((0, 0, 0), "voltage_shift 240 on pole 1, 240 on pole 3, 120 on pole 5"),
        ((120, 240, 240), "voltage_shift 240 on pole 1, 120 on pole 5"),
    ],
    ids=["none yet", "one right, two wrong"],
)
def test_what_a_finding_names_mends_transformers_that_were_corrected_by_half(
    store: Store, shifts: tuple[int, ...], named: str
) -> None:
    """All three sit the wrong way round, as rows say, and on other phases' voltages."""
    rows = [
        Instrument((pole,), sign=-1, multiplier=Fraction(2), voltage_shift=shift)
        for pole, shift in zip(TURNS, shifts, strict=True)
    ]
    seen = {pole: complex(940, 200) * rect(1, radians(turn)) for pole, turn in TURNS.items()}
    watts = {pole: -one.real / 2 for pole, one in seen.items()}
    vars_ = {pole: -one.imag / 2 for pole, one in seen.items()}

    def billed(instruments: tuple[Instrument, ...]) -> SiteMonth:
        return month(store, watts, THREE, vars_=vars_, amps=4, instruments=instruments)

    site = billed(tuple(rows))
    (found,) = [one for one in site.all_findings if one.flag is Flag.PHASES_SWAPPED]
    assert f": {named}: power" in found.detail
    assert site.bills[0].status is BillStatus.HELD

    right = zip(rows, (240, 240, 120), strict=True)
    site = billed(tuple(replace(row, voltage_shift=shift) for row, shift in right))
    assert flags(site) == set()
    assert site.bills[0].status is BillStatus.DRAFT
    assert float(site.bills[0].kwh) == pytest.approx(TRUE_KWH, rel=1e-4)
