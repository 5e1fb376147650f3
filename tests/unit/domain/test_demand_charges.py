"""Demand charges beyond a single kW price: windows, steps, tiers, names, ratchets, peak times."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.bill import Bill, bill_of
from bcm_mqtt.domain.bill.review import holds
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.rating.demand.floors import in_steps
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.window_peak import window_peak
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.tariff import (
    DemandCharge,
    PeakTime,
    Ratchet,
    RateVersion,
    Schedule,
    ScheduleRule,
    StartingDemand,
    Tariff,
    Tier,
)
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from unit.domain.examples import NEW_YORK, UNHURRIED

MARCH, NOVEMBER = Month(2026, 3), Month(2026, 11)
SEVENTEENTH = date(2026, 3, 17)
ONE = Decimal(1)
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


def load(month: Month, base_kw: int, **kw: int) -> Load:
    """A constant load with quarters (by UTC such as d10_1415) of another."""
    found = Load.none(Slots.between(*month.bounds(NEW_YORK)))
    found.microwatt_hours[:] = base_kw * 250_000_000
    for name, value in kw.items():
        day, clock = name.removeprefix("d").split("_")
        at = datetime(month.year, month.month, int(day), int(clock[:2]), int(clock[2:]), tzinfo=UTC)
        slot = int((at - found.slots.at(0)) / timedelta(minutes=15))
        found.microwatt_hours[slot] = value * 250_000_000
    return found


def billed(
    charges: Sequence[DemandCharge] | Sequence[RateVersion],
    used: Load,
    month: Month = MARCH,
    past: dict[Month, dict[str, Decimal]] | None = None,
    schedule: Schedule | None = None,
    kwh: str = "0.000",
) -> Bill:
    start, end = month.bounds(NEW_YORK)
    versions = tuple(one for one in charges if isinstance(one, RateVersion))
    demand = tuple(one for one in charges if isinstance(one, DemandCharge))
    if demand:
        versions = (RateVersion(date(2026, 1, 1), Decimal(0), schedule=schedule, demand=demand),)
    tariff = Tariff("standard", "USD", NEW_YORK, versions)
    hours = Coverage(Decimal((end - start) // timedelta(hours=1)), Decimal(0))
    row = Usage("rpp-1a", CircuitVersion((1,), "A"), "Customer1", start, end, Decimal(kwh), hours)
    payer = Customer("Customer1", "Customer One")
    return bill_of(payer, tariff, month, (start, end), [row], "USD", used, past or {})


def lines(bill: Bill) -> list[tuple[str, str, str]]:
    return [
        (line.label, str(line.quantity), str(line.amount))
        for line in bill.lines
        if line.kind is LineKind.DEMAND
    ]


def named(bill: Bill, name: str) -> tuple[str, str]:
    (found,) = [one for one in bill.determinants if one.name == name]
    return str(found.quantity), found.basis


def test_fixed_windows_stand_on_the_clock_and_sliding_ones_begin_every_quarter_hour() -> None:
    # 10 March, 14:45 and 15:00 in New York: 40 kW each, of 20 else
    used = load(MARCH, 20, d10_1845=40, d10_1900=40)
    charges = [
        DemandCharge(ONE, window=window, sliding=sliding)
        for window, sliding in ((15, False), (30, False), (30, True), (60, False), (60, True))
    ]
    bill = billed(charges, used)
    assert lines(bill) == [
        ("Demand", "40.000", "40.00"),
        ("Demand, 30 minutes", "30.000", "30.00"),  # (20 + 40) / 2
        ("Demand, 30 minutes", "40.000", "40.00"),  # 14:45 to 15:15
        ("Demand, 60 minutes", "25.000", "25.00"),  # (3 x 20 + 40) / 4
        ("Demand, 60 minutes", "30.000", "30.00"),  # (2 x 20 + 2 x 40) / 4, from 14:15
    ]
    assert named(bill, "demand-30min")[1] == "mean of the 30 minutes from 2026-03-10 14:30"
    assert named(bill, "demand-60min-sliding")[1] == "mean of the 60 minutes from 2026-03-10 14:15"


def test_hours_are_whole_on_the_days_on_which_clocks_change() -> None:
    # 8 March: 01:00-02:00 EST is followed by 03:00 EDT; 1 November: 01:00 comes twice.
    spring = load(MARCH, 20, d08_0645=60, d08_0700=60)  # 01:45 EST and 03:00 EDT
    autumn = load(NOVEMBER, 20, d01_0545=60, d01_0600=60)  # 01:45 EDT and 01:00 EST
    hourly = DemandCharge(ONE, window=60)
    assert lines(billed([hourly], spring)) == [("Demand, 60 minutes", "30.000", "30.00")]
    assert lines(billed([hourly], autumn, NOVEMBER)) == [("Demand, 60 minutes", "30.000", "30.00")]
    sliding = replace(hourly, sliding=True)
    assert lines(billed([sliding], autumn, NOVEMBER)) == [("Demand, 60 minutes", "40.000", "40.00")]


def test_where_clocks_change_by_half_an_hour_a_window_is_as_long_as_its_hour() -> None:
    # Lord Howe: on 4 October 2026 02:00 becomes 02:30, so that hour has two quarters.
    start, end = Month(2026, 10).bounds(LORD_HOWE)
    used = Load.none(Slots.between(start, end))
    at = datetime(2026, 10, 4, 2, 30, tzinfo=LORD_HOWE)
    slot = int((at.astimezone(UTC) - used.slots.at(0)) / timedelta(minutes=15))
    used.microwatt_hours[slot : slot + 2] = 10 * 250_000_000
    peak = window_peak(used, DemandCharge(ONE, window=60), LORD_HOWE)
    assert peak
    assert (peak.kw, peak.first, peak.slots) == (Decimal("10.000"), slot, 2)


def test_a_window_counts_for_a_period_where_all_of_it_is_in_it() -> None:
    schedule = Schedule((ScheduleRule("day", hours=((32, 80),)),), "night")
    used = load(MARCH, 20, d10_1145=60, d10_1200=30)  # 07:45 and 08:00 in New York
    sliding = DemandCharge(ONE, period="day", window=30, sliding=True)
    bill = billed([sliding], used, schedule=schedule)
    # not (60 + 30) / 2 from 07:45, but (30 + 20) / 2 from 08:00
    assert lines(bill) == [("Demand, 30 minutes, day", "25.000", "25.00")]


@pytest.mark.parametrize(
    ("kw", "step", "rounding", "expected"),
    [
        ("24.500", "1", "half-up", "25"),
        ("24.499", "1", "half-up", "24"),
        ("24.001", "1", "up", "25"),
        ("24.000", "1", "up", "24"),
        ("24.999", "1", "down", "24"),
        ("24.62", "0.25", "half-up", "24.50"),
        ("24.63", "0.25", "half-up", "24.75"),
        ("24.51", "0.25", "up", "24.75"),
        ("24.74", "0.25", "down", "24.50"),
        ("24.74", "5", "up", "25"),
    ],
)
def test_demand_in_steps(kw: str, step: str, rounding: str, expected: str) -> None:
    assert str(in_steps(Decimal(kw), Decimal(step), rounding)) == expected


def test_demand_by_tiers_is_prorated_with_its_tiers() -> None:
    tiers = (Tier(Decimal(10), Decimal(20)), Tier(Decimal(8)))
    bill = billed([DemandCharge(tiers)], load(MARCH, 31))
    assert lines(bill) == [
        ("Demand, up to 20 kW", "20", "200.00"),
        ("Demand, above 20 kW", "11.000", "88.00"),
    ]
    # From the 17th it costs 1 more: 383 h and 360 h of 743 h.
    dearer = (Tier(Decimal(11), Decimal(20)), Tier(Decimal(9)))
    versions = [
        RateVersion(since, Decimal(0), demand=(DemandCharge(price),))
        for since, price in ((date(2026, 1, 1), tiers), (SEVENTEENTH, dearer))
    ]
    found = [(quantity, amount) for _, quantity, amount in lines(billed(versions, load(MARCH, 31)))]
    assert found == [
        ("10.309556", "103.10"),  # 20 x 383 / 743
        ("5.670256", "45.36"),  # (31 - 20) x 383 / 743
        ("9.690444", "106.59"),  # 20 x 360 / 743
        ("5.329744", "47.97"),
    ]


def test_several_charges_for_one_measure_have_names_and_determinants_of_their_own() -> None:
    charges = [
        DemandCharge(Decimal(9)),
        DemandCharge(Decimal(2), name="Transmission"),
        DemandCharge(Decimal(3), name="Standby", minimum_kw=Decimal(50)),
    ]
    bill = billed(charges, load(MARCH, 31))
    assert lines(bill) == [
        ("Demand", "31.000", "279.00"),
        ("Transmission", "31.000", "62.00"),
        ("Standby", "50", "150.00"),
    ]
    assert [one.name for one in bill.determinants if one.unit == "kW"] == [
        "demand",
        "demand-charge/Transmission",
        "demand-charge/Standby",
    ]


PAST = {
    Month(2025, 7): {"demand": Decimal(60), "ratcheted-demand": Decimal(64)},
    Month(2026, 1): {"demand": Decimal(80)},
}


@pytest.mark.parametrize(
    ("ratchet", "quantity", "basis"),
    [
        ({}, "64.000", "max(31.000 measured, 0.8 x 80.000 of 2026-01)"),
        (
            {"of_months": frozenset({6, 7, 8})},
            "48.000",
            "max(31.000 measured, 0.8 x 60.000 of 2025-07)",
        ),
        ({"in_months": frozenset({6, 7, 8})}, "31.000", "31.000 measured"),
        (
            {"of_months": frozenset({6, 7, 8}), "billed": True},
            "51.200",
            "max(31.000 measured, 0.8 x 64.000 of 2025-07)",
        ),
        (
            {"starting": (StartingDemand(Month(2025, 8), Decimal(90)),)},
            "72.000",
            "max(31.000 measured, 0.8 x 90.000 stated for 2025-08)",
        ),
        (  # the customer's own, not that for all; and of a month with a bill none
            {
                "starting": (
                    StartingDemand(Month(2025, 8), Decimal(90)),
                    StartingDemand(Month(2025, 8), Decimal(100), "Customer1"),
                    StartingDemand(Month(2026, 1), Decimal(500)),
                )
            },
            "80.000",
            "max(31.000 measured, 0.8 x 100.000 stated for 2025-08)",
        ),
    ],
)
def test_ratchets_of_seasons_of_what_was_billed_and_of_stated_months(
    ratchet: dict[str, object], quantity: str, basis: str
) -> None:
    floor = Ratchet(Decimal("0.8"), 11, **ratchet)  # type: ignore[arg-type]
    bill = billed([DemandCharge(ONE, ratchet=floor)], load(MARCH, 31), past=PAST)
    assert named(bill, "billed-demand") == (quantity, basis)


def test_a_ratchet_on_billed_demand_sees_the_kw_before_the_share_of_a_month() -> None:
    floor = Ratchet(Decimal("0.8"), 11, billed=True)
    versions = [
        RateVersion(since, Decimal(0), demand=(DemandCharge(price, ratchet=floor),))
        for since, price in ((date(2026, 1, 1), ONE), (SEVENTEENTH, Decimal(2)))
    ]
    march = billed(versions, load(MARCH, 31), past=PAST)
    assert named(march, "ratcheted-demand")[0] == "64.000"  # 0.8 x 80
    kw = {one.name: one.quantity for one in march.determinants if one.unit == "kW"}
    april = Month(2026, 4)
    start, end = april.bounds(NEW_YORK)
    used = Load.none(Slots.between(start, end))
    used.microwatt_hours[:] = 10 * 250_000_000
    bill = billed(versions, used, april, past={MARCH: kw})
    assert named(bill, "billed-demand")[0] == "51.200"  # 0.8 x 64, not of its share


def test_of_stated_peak_times_alone() -> None:
    # 40 kW at 15:00 do not count; of the stated hours 17:00 has (3 x 20 + 30) / 4.
    used = load(MARCH, 20, d10_1900=40, d10_2145=30)
    times = (PeakTime(date(2026, 3, 10), 68), PeakTime(date(2026, 3, 11), 68))
    charge = DemandCharge(Decimal(10), name="System peak", window=60, peak_times=times)
    bill = billed([charge], used)
    assert lines(bill) == [("System peak", "22.500", "225.00")]
    assert not list(holds(bill, ONE))


def test_a_month_without_a_stated_peak_time_is_held_and_never_free() -> None:
    charge = DemandCharge(
        ONE, name="System peak", window=60, peak_times=(PeakTime(date(2026, 2, 10), 68),)
    )
    (hold,) = holds(billed([charge], load(MARCH, 20)), ONE)
    what = "no peak time of 2026-03 is stated for System peak"
    assert hold == f"rpp-1a: The tariff charges for something that is not known: {what}"


def test_a_hand_made_quarter_hour_is_as_before() -> None:
    used = load(MARCH, 20, d10_1845=40)
    peak, old = window_peak(used, DemandCharge(ONE), NEW_YORK), used.peak()
    assert peak
    assert old
    assert (peak.kw, peak.at, peak.measured) == (old.kw, old.at, old.measured)


LOADS = st.integers(0, 2**32).map(
    lambda seed: np.random.default_rng(seed).integers(0, 40_000_000_000, 31 * 96 - 4)
)


@UNHURRIED
@given(energy=LOADS, zone=st.sampled_from(["America/New_York", "Asia/Kathmandu", "Asia/Kolkata"]))
def test_a_longer_window_is_never_above_a_shorter_one(energy: np.ndarray, zone: str) -> None:
    used = Load(
        Slots.between(*MARCH.bounds(NEW_YORK)), energy, np.zeros_like(energy), np.zeros_like(energy)
    )

    def kw(window: int, *, sliding: bool = False) -> Decimal:
        peak = window_peak(used, DemandCharge(ONE, window=window, sliding=sliding), ZoneInfo(zone))
        return peak.kw if peak else Decimal(0)

    assert kw(15) >= kw(30, sliding=True) >= kw(30)
    assert kw(30) >= kw(60)
    assert kw(30, sliding=True) >= kw(60, sliding=True)
    assert kw(60) <= kw(30)
    hours = int(energy.sum()) / energy.size * 4 / 1e9
    assert float(kw(60, sliding=True)) >= hours - 0.001 or energy.size < 4


@UNHURRIED
@given(energy=LOADS, tops=st.sets(st.integers(1, 200), min_size=1, max_size=4).map(sorted))
def test_tiers_sum_up_to_the_demand(energy: np.ndarray, tops: list[int]) -> None:
    used = Load(
        Slots.between(*MARCH.bounds(NEW_YORK)), energy, np.zeros_like(energy), np.zeros_like(energy)
    )
    tiers = (*(Tier(ONE, Decimal(top)) for top in tops), Tier(ONE))
    bill = billed([DemandCharge(tiers)], used)
    total = sum(line.quantity for line in bill.lines if line.kind is LineKind.DEMAND)
    assert str(total) == named(bill, "demand")[0]


HOURS_USE = (
    Tier(Decimal("0.12"), hours_use=Decimal(200)),
    Tier(Decimal("0.10"), hours_use=Decimal(400)),
    Tier(Decimal("0.08")),
)


def energy_lines(
    used: Load, tiers: tuple[Tier, ...], kwh: str, *demand: DemandCharge
) -> list[tuple[str, str, str]]:
    rate = RateVersion(date(2026, 1, 1), tiers, demand=demand)
    bill = billed([rate], used, kwh=kwh)
    return [
        (line.label, str(line.quantity), str(line.amount))
        for line in bill.lines
        if line.kind is LineKind.ENERGY
    ]


def test_hours_of_use_of_the_measured_demand_without_a_charge_for_it() -> None:
    used = load(MARCH, 20, d10_1845=25)  # 200 h x 25 kW = 5,000 kWh, 400 h are 10,000
    assert energy_lines(used, HOURS_USE, "14861.250") == [
        ("Energy, up to 5,000.000 kWh", "5000.000", "600.00"),
        ("Energy, 5,000.000 to 10,000.000 kWh", "5000.000", "500.00"),
        ("Energy, above 10,000.000 kWh", "4861.250", "388.90"),
    ]
    assert energy_lines(used, HOURS_USE, "4000.000") == [
        ("Energy, up to 5,000.000 kWh", "4000.000", "480.00")
    ]


def test_hours_of_use_of_what_the_first_demand_charge_bills() -> None:
    used = load(MARCH, 20, d10_1845=25)
    charge = DemandCharge(ONE, window=60, round_to=Decimal(5), rounding="up")
    # (3 x 20 + 25) / 4 = 21.25 kW are 25 in steps of 5; with a minimum of 30 they are 30
    assert energy_lines(used, HOURS_USE, "9000.000", charge)[0][1] == "5000.000"
    least = replace(charge, minimum_kw=Decimal(30))
    assert energy_lines(used, HOURS_USE, "9000.000", least, charge)[0][1] == "6000.000"


@UNHURRIED
@given(
    energy=LOADS,
    hours=st.sets(st.integers(1, 744), min_size=1, max_size=4).map(sorted),
    kwh=st.decimals(0, 100_000, places=3),
)
def test_hours_of_use_price_each_kwh_once(
    energy: np.ndarray, hours: list[int], kwh: Decimal
) -> None:
    slots = Slots.between(*MARCH.bounds(NEW_YORK))
    used = Load(slots, energy, np.zeros_like(energy), np.zeros_like(energy))
    tiers = (*(Tier(ONE, hours_use=Decimal(one)) for one in hours), Tier(ONE))
    found = energy_lines(used, tiers, str(kwh))
    assert sum(Decimal(quantity) for _, quantity, _ in found) == kwh
