"""Months with figures that a customer can check by hand, from snapshots to the bill."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

import pytest

from bcm_mqtt.domain.bill.bill import Bill, bill_of
from bcm_mqtt.domain.interval.interval import Interval, interval_start_ms, intervals_of
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer, CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.tariff import RateVersion, Tariff
from bcm_mqtt.domain.time import Month, from_ms, midnight, to_ms
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import panel_usage
from bcm_mqtt.domain.usage.usage import Coverage
from bcm_mqtt.domain.vee.quality import Quality
from unit.domain.examples import NEW_YORK, Currents, Readings, full, panel, polled

MARCH, NOVEMBER = Month(2026, 3), Month(2026, 11)
TARIFF = Tariff("standard", "USD", NEW_YORK, (RateVersion(date(2026, 1, 1), Decimal("0.1185")),))
CIRCUIT = CircuitVersion(poles=(1,), description="Customer1-A-1")
HANDED_OVER = CircuitVersion(
    poles=(1,), description="Customer2-A-1", valid_from=midnight(date(2026, 3, 10), NEW_YORK)
)


def bills(month: Month, intervals: Currents, *versions: CircuitVersion) -> dict[str, Bill]:
    start, end = month.bounds(NEW_YORK)
    whole = (PricedTime(start, end),)
    parts = panel_usage(
        Directory(panel(), versions),
        Readings(start, end, intervals),
        CustomerRule(),
        lambda _: whole,
        BilledTime(start, end, NEW_YORK),
    )
    rows = [row for part in parts for row in part.rows]
    return {
        customer: bill_of(
            Customer(customer, customer),
            TARIFF,
            month,
            (start, end),
            [row for row in rows if row.customer == customer],
            "USD",
        )
        for customer in {row.customer for row in rows} - {""}
    }


def from_snapshots(start: datetime, end: datetime) -> list[Interval]:
    """Intervals of 10 A polled every 15 s, each from the snapshots that reach into it."""
    readings = polled(start, end, 10_000)
    found = []
    for first, group in groupby(readings, lambda one: interval_start_ms(to_ms(one.time))):
        found += intervals_of(group, from_ms(first))
    return found


@pytest.mark.parametrize(
    ("month", "hours", "kwh", "amount"),
    [(MARCH, 743, "891.600", "105.65"), (NOVEMBER, 721, "865.200", "102.53")],
)
def test_10_amps_at_120_volts_through_a_new_york_month_bill_exactly(
    month: Month, hours: int, kwh: str, amount: str
) -> None:
    intervals = full(*month.bounds(NEW_YORK))
    assert len(intervals) == 4 * hours
    assert {interval.milliamp_ms for interval in intervals} == {9_000_000_000}
    bill = bills(month, {1: intervals}, CIRCUIT)["Customer1"]
    assert str(bill.kwh) == kwh
    assert bill.coverage.measured_hours == hours
    assert bill.coverage.missing_hours == 0
    assert bill.amount == Decimal(amount)


def test_the_same_month_from_15_second_snapshots_is_the_same_bill() -> None:
    start, end = MARCH.bounds(NEW_YORK)
    intervals = from_snapshots(start, end)
    assert len(intervals) == 2972
    assert str(bills(MARCH, {1: intervals}, CIRCUIT)["Customer1"].kwh) == "891.600"


def test_a_circuit_that_moves_at_local_midnight_of_the_10th_is_split_exactly() -> None:
    intervals = {1: full(*MARCH.bounds(NEW_YORK))}
    found = bills(MARCH, intervals, CIRCUIT, HANDED_OVER)
    one, other = found["Customer1"], found["Customer2"]
    # nine days with one hour lost to summer time on the 8th, then 22 days
    assert (str(one.kwh), str(one.coverage.measured_hours)) == ("258.000", "215.00")
    assert (str(other.kwh), str(other.coverage.measured_hours)) == ("633.600", "528.00")
    assert one.kwh + other.kwh == bills(MARCH, intervals, CIRCUIT)["Customer1"].kwh
    assert one.usage[0].end == other.usage[0].start == midnight(date(2026, 3, 10), NEW_YORK)


def test_a_customer_without_a_circuit_in_the_month_has_no_bill() -> None:
    later = CircuitVersion(
        poles=(1,), description="Customer3-A-1", valid_from=MARCH.bounds(NEW_YORK)[1]
    )
    assert set(bills(MARCH, {}, CIRCUIT, later)) == {"Customer1"}


def test_a_day_without_snapshots_is_estimated_from_like_days_and_told_apart() -> None:
    start, end = MARCH.bounds(NEW_YORK)
    intervals = [*full(start, start + timedelta(days=1)), *full(start + timedelta(days=2), end)]
    bill = bills(MARCH, {1: intervals}, CIRCUIT)["Customer1"]
    assert (str(bill.kwh), str(bill.estimated_kwh)) == ("891.600", "28.800")
    assert bill.coverage == Coverage(Decimal(719), Decimal(0), estimated_hours=Decimal(24))
    assert bill.usage[0].qualities == {Quality.DERIVED, Quality.LIKE_DAY}


def test_time_before_a_circuits_first_reading_is_missing_and_not_estimated() -> None:
    start, end = MARCH.bounds(NEW_YORK)
    bill = bills(MARCH, {1: full(start + timedelta(days=2), end)}, CIRCUIT)["Customer1"]
    assert str(bill.kwh) == "834.000"
    assert bill.coverage == Coverage(Decimal(695), Decimal(48))
