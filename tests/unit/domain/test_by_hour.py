"""Cost and energy by hour, which add up to the bill; what was never measured has no hour."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.bill import Bill, bill_of
from bcm_mqtt.domain.bill.by_hour import CustomerHours, by_hour
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.tariff import (
    CommittedPower,
    DemandCharge,
    Fee,
    Minimum,
    PeriodPrice,
    RateVersion,
    Schedule,
    ScheduleRule,
    Tariff,
    Tax,
    Tier,
)
from bcm_mqtt.domain.usage.customer_load import Load, kwh_of
from unit.domain.examples import NEW_YORK, UNHURRIED
from unit.domain.test_rating_properties import (
    END,
    JANUARY,
    LOADS,
    MARCH,
    RATES,
    SLOTS,
    START,
    billed,
    usage_row,
)

ONE_KWH_AN_HOUR = np.full(SLOTS.count, 250_000_000, np.int64)
HOURS = 743
LATER = END + timedelta(days=1)


def tariff(*versions: RateVersion, currency: str = "USD") -> Tariff:
    return Tariff("any", currency, NEW_YORK, versions)


def found(bill: Bill, *versions: RateVersion, now: datetime = LATER) -> CustomerHours:
    hours = by_hour(bill, tariff(*versions, currency=bill.currency), now)
    assert hours is not None
    assert hours.cost is not None
    assert len(hours.cost) == len(hours.kwh)
    return hours


def costs(*versions: RateVersion, now: datetime = LATER) -> Sequence[Decimal]:
    """Of 1 kWh in every hour of March."""
    made = billed(versions, ONE_KWH_AN_HOUR)
    cost = found(made, *versions, now=now).cost
    assert cost is not None
    if now >= END:
        assert sum(cost) == made.amount
    return cost


def test_each_kwh_costs_its_price_and_the_taxes_on_it() -> None:
    rate = RateVersion(JANUARY, Decimal("0.1185"))
    assert costs(rate)[:3] == (Decimal("0.1185"),) * 3  # 743 hours are 88.05, rounded up by 0.4 ct
    taxed = replace(rate, energy=Decimal("0.10"), taxes=(Tax("VAT", Decimal(20)),))
    assert costs(taxed)[:2] == (Decimal("0.12"), Decimal("0.12"))
    with_overhead = replace(rate, energy=Decimal("0.10"), overhead=Decimal("1.5"))
    assert costs(with_overhead)[0] == Decimal("0.15")


def test_tiers_fill_up_in_the_order_of_time() -> None:
    tiers = (Tier(Decimal("0.10"), Decimal(100)), Tier(Decimal("0.20")))
    cost = costs(RateVersion(JANUARY, tiers))
    assert (cost[99], cost[100], cost[742]) == (Decimal("0.1"), Decimal("0.2"), Decimal("0.2"))


def test_each_period_has_its_price() -> None:
    schedule = Schedule((ScheduleRule("day", hours=((32, 80),)),), "night")
    prices = (PeriodPrice("day", Decimal("0.30")), PeriodPrice("night", Decimal("0.10")))
    cost = costs(RateVersion(JANUARY, prices, schedule=schedule))
    assert (cost[7], cost[8], cost[19], cost[20]) == tuple(
        map(Decimal, ("0.1", "0.3", "0.3", "0.1"))
    )


def test_a_price_that_changes_changes_with_the_hour() -> None:
    changed = RateVersion(date(2026, 3, 2), Decimal("0.20"))
    cost = costs(RateVersion(JANUARY, Decimal("0.10")), changed)
    assert (cost[23], cost[24], cost[742]) == tuple(map(Decimal, ("0.1", "0.2", "0.2")))


def test_what_no_kwh_is_the_reason_of_is_spread_evenly_with_its_taxes() -> None:
    fee = Fee("Rack", Decimal("74.30"))
    taxes = (Tax("VAT", Decimal(10), frozenset({"fee"})),)
    rate = RateVersion(JANUARY, Decimal("0.10"), fees=(fee,), taxes=taxes)
    assert set(costs(rate)) == {Decimal("0.21")}  # 0.10 of energy, 0.10 of the fee, 0.01 of tax
    assert set(costs(rate, now=START + timedelta(hours=10))) == {Decimal("0.21")}


def test_of_a_running_month_the_minimum_is_left_out_and_the_hours_before_stay() -> None:
    rate = RateVersion(
        JANUARY,
        (Tier(Decimal("0.10"), Decimal(50)), Tier(Decimal("0.05"))),
        committed=CommittedPower(Decimal("7.43"), Decimal(9), Decimal(1)),
        minimum=Minimum(Decimal(500)),
        taxes=(Tax("VAT", Decimal("7.5")),),
    )

    def until(hours: int) -> Sequence[Decimal]:
        so_far = np.where(np.arange(SLOTS.count) < 4 * hours, ONE_KWH_AN_HOUR, 0)
        cost = found(billed([rate], so_far), rate, now=START + timedelta(hours=hours)).cost
        assert cost is not None
        return cost

    assert len(until(60)) == 60
    assert until(60) == until(200)[:60]
    assert sum(costs(rate)) == Decimal("537.50")


@settings(UNHURRIED, max_examples=40)
@given(RATES, RATES, st.integers(2, 30), LOADS, st.sampled_from(["USD", "JPY", "KWD"]))
def test_the_hours_of_a_month_that_is_over_add_up_to_its_bill(
    one: RateVersion, other: RateVersion, day: int, energy: np.ndarray, currency: str
) -> None:
    versions = one, replace(other, valid_from=date(2026, 3, day))
    made = billed(versions, energy, currency=currency)
    hours = found(made, *versions)
    assert (len(hours.kwh), hours.start, hours.currency) == (HOURS, START, currency)
    assert made.load is not None
    assert sum(hours.kwh) == kwh_of(int(made.load.microwatt_hours.sum()))
    assert sum(hours.cost or ()) == made.amount


def test_demand_is_spread_over_the_hours_that_are_known() -> None:
    rate = RateVersion(JANUARY, Decimal(0), demand=(DemandCharge(Decimal(24)),))
    measured = np.zeros(SLOTS.count, np.bool_)
    measured[96:192] = True  # the second day alone
    made = with_measured(billed([rate], np.where(measured, ONE_KWH_AN_HOUR, 0)), measured)
    hours = found(made, rate)
    assert (hours.start, len(hours.kwh)) == (START + timedelta(days=1), 24)
    assert set(hours.cost or ()) == {Decimal(1)}


def with_measured(bill: Bill, measured: np.ndarray) -> Bill:
    assert bill.load is not None
    load = replace(bill.load, missing_ms=np.where(measured, 0, 900_000))
    return replace(bill, load=load)


def test_what_was_never_measured_has_no_hours_and_a_measured_nothing_is_nothing() -> None:
    rate = RateVersion(JANUARY, Decimal("0.10"), fees=(Fee("Rack", Decimal(50)),))
    nothing = billed([rate], np.zeros_like(ONE_KWH_AN_HOUR))
    assert len(found(nothing, rate).kwh) == HOURS
    never = with_measured(nothing, np.zeros(SLOTS.count, np.bool_))
    assert by_hour(never, tariff(rate), LATER) is None
    assert by_hour(nothing, tariff(rate), START) is None
    assert by_hour(replace(nothing, load=None), tariff(rate), LATER) is None


def test_without_a_tariff_there_is_energy_alone() -> None:
    rate = RateVersion(JANUARY, Decimal("0.10"))
    made = replace(billed([rate], ONE_KWH_AN_HOUR), tariff="", lines=(), determinants=())
    hours = by_hour(made, None, LATER)
    assert hours is not None
    assert (hours.cost, len(hours.kwh)) == (None, HOURS)


@pytest.mark.parametrize(("minutes", "hours"), [(29, 744), (30, 745)])
def test_a_month_that_ends_at_a_half_hour_has_all_of_it_once_that_hour_is_over(
    minutes: int, hours: int
) -> None:
    zone = ZoneInfo("Asia/Kolkata")
    start, end = MARCH.bounds(zone)
    slots = Slots.between(start, end)
    energy = np.full(slots.count, 250_000_000, np.int64)
    rate = RateVersion(JANUARY, Decimal("0.10"))
    kolkata = Tariff("any", "INR", zone, (rate,))
    row = usage_row(start, end, "", energy)
    load = Load(slots, energy, np.zeros_like(energy), np.zeros_like(energy))
    customer = billed([rate], ONE_KWH_AN_HOUR).customer
    made = bill_of(customer, kolkata, MARCH, (start, end), [row], "INR", load)
    found = by_hour(made, kolkata, end + timedelta(minutes=minutes))
    assert found is not None
    assert found.start == datetime(2026, 2, 28, 18, tzinfo=UTC)
    assert len(found.kwh) == hours
    assert sum(found.cost or ()) == (made.amount if hours == 745 else Decimal("74.35"))
