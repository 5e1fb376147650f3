"""Charges: by which rule each becomes a line, where the worked bills do not show it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from bcm_mqtt.domain.bill.bill import Bill, bill_of
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.tariff import (
    AmpereFee,
    CommittedPower,
    DailyCharge,
    DemandCharge,
    Energy,
    EnergyRider,
    Fee,
    Maximum,
    Minimum,
    PeriodPrice,
    Ratchet,
    RateVersion,
    ReactiveCharge,
    Schedule,
    ScheduleRule,
    Surcharge,
    Tariff,
    Tax,
    Tier,
    TotalRounding,
)
from bcm_mqtt.domain.time import Month, midnight
from bcm_mqtt.domain.usage.customer_load import Load, PartOfInterval, Peak, ReactiveLoad
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from unit.domain.examples import NEW_YORK

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
TENTH = midnight(date(2026, 3, 10), NEW_YORK)
SLOTS = Slots.between(START, END)
JANUARY = date(2026, 1, 1)
SEVENTEENTH = date(2026, 3, 17)
FREE = Decimal(0)
DAY_AND_NIGHT = Schedule((ScheduleRule("day", hours=((32, 80),)),), "night")


def rate(since: date = JANUARY, energy: Energy = FREE, **charges: object) -> RateVersion:
    return RateVersion(since, energy, **charges)  # type: ignore[arg-type]


def row(
    kwh: str = "0",
    start: datetime = START,
    end: datetime = END,
    *,
    pole: int = 1,
    rating: int | None = 20,
    connection: Connection = Connection.LINE_NEUTRAL,
    period: str = "",
    peak: str = "",
) -> Usage:
    circuit = CircuitVersion((pole,), "Customer1-A", rating, connection)
    hours = Coverage(Decimal((end - start) // timedelta(hours=1)), Decimal(0))
    at = Peak(Decimal(peak), start, measured=True) if peak else None
    return Usage(
        "rpp-1a", circuit, "Customer1", start, end, Decimal(kwh), hours, period=period, peak=at
    )


def load(base_kw: int, **peaks_kw: int) -> Load:
    """A constant load with quarters (by local time such as d10_1415) of another."""
    found = Load.none(SLOTS)
    found.microwatt_hours[:] = base_kw * 250_000_000
    for name, kw in peaks_kw.items():
        day, clock = name.removeprefix("d").split("_")
        at = datetime(2026, 3, int(day), int(clock[:2]), int(clock[2:]), tzinfo=NEW_YORK)
        found.microwatt_hours[int((at - START) / timedelta(minutes=15))] = kw * 250_000_000
    return found


def bill(
    rates: RateVersion | Sequence[RateVersion],
    *rows: Usage,
    load: Load | None = None,
    past: dict[Month, dict[str, Decimal]] | None = None,
    **customer: object,
) -> Bill:
    versions = (rates,) if isinstance(rates, RateVersion) else tuple(rates)
    tariff = Tariff("standard", "USD", NEW_YORK, versions)
    payer = Customer("Customer1", "Customer One", **customer)  # type: ignore[arg-type]
    return bill_of(payer, tariff, MARCH, (START, END), rows or (row(),), "USD", load, past or {})


def lines(found: Bill, kind: LineKind) -> list[tuple[str, str, str]]:
    return [
        (line.label, str(line.quantity), str(line.amount))
        for line in found.lines
        if line.kind is kind
    ]


def basis(found: Bill, name: str) -> str:
    (determinant,) = [one for one in found.determinants if one.name == name]
    return determinant.basis


def test_energy_of_a_period_without_usage_has_no_line() -> None:
    prices = (PeriodPrice("day", Decimal("0.2")), PeriodPrice("night", Decimal("0.1")))
    found = bill(rate(energy=prices, schedule=DAY_AND_NIGHT), row("10", period="night"))
    assert lines(found, LineKind.ENERGY) == [("Energy, night", "10.000", "1.00")]


def test_usage_that_is_of_no_period_of_its_rate_is_refused_and_never_left_out() -> None:
    prices = (PeriodPrice("day", Decimal("0.2")), PeriodPrice("night", Decimal("0.1")))
    rates = rate(energy=prices, schedule=DAY_AND_NIGHT)
    with pytest.raises(ValueError, match="tariff standard: usage that is not cut by the rate's"):
        bill(rates, row("10", period="night"), row("10"))


def test_one_price_beside_a_schedule_is_one_line_of_all_periods() -> None:
    found = bill(
        rate(energy=Decimal("0.1"), schedule=DAY_AND_NIGHT),
        row("10", period="night"),
        row("5", period="day"),
    )
    assert lines(found, LineKind.ENERGY) == [("Energy", "15.000", "1.50")]


def test_energy_at_the_end_of_a_tier_is_all_in_it() -> None:
    tiers = (Tier(Decimal("0.1"), Decimal(100)), Tier(Decimal("0.2")))
    assert lines(bill(rate(energy=tiers), row("100")), LineKind.ENERGY) == [
        ("Energy, up to 100 kWh", "100.000", "10.00")
    ]
    assert lines(bill(rate(energy=tiers), row("0")), LineKind.ENERGY) == [
        ("Energy, up to 100 kWh", "0.000", "0.00")
    ]


def test_a_change_of_the_overhead_cuts_the_energy() -> None:
    change = midnight(SEVENTEENTH, NEW_YORK)
    rates = [
        rate(energy=Decimal("0.1")),
        rate(SEVENTEENTH, Decimal("0.1"), overhead=Decimal("1.5")),
    ]
    found = bill(rates, row("100", START, change), row("100", change, END))
    assert [amount for _, _, amount in lines(found, LineKind.ENERGY)] == ["10.00", "15.00"]
    assert basis(found, "energy@2026-03-17") == "100.000 kWh x 1.5"


def test_a_version_that_changes_nothing_of_a_charge_does_not_cut_it() -> None:
    taxed = rate(
        energy=(Tier(Decimal("0.1"), Decimal(100)), Tier(Decimal("0.2"))),
        demand=(DemandCharge(Decimal(10)),),
        committed=CommittedPower(Decimal(1), Decimal(2), Decimal(3)),
        fees=(Fee("Service", Decimal(7)),),
        minimum=Minimum(Decimal(1)),
        taxes=(Tax("Tax", Decimal(10)),),
    )
    change = midnight(SEVENTEENTH, NEW_YORK)
    rows = row("150", START, change), row("50", change, END)
    rates = [replace(taxed, taxes=()), replace(taxed, valid_from=SEVENTEENTH)]
    cut = bill(rates, *rows, load=load(4))
    whole = bill(taxed, *rows, load=load(4))
    assert cut.lines == whole.lines
    assert cut.determinants == whole.determinants


@pytest.mark.parametrize(
    ("past", "billed", "how"),
    [
        ({}, "31.000", "31.000 measured"),
        ({(2026, 2): 20}, "31.000", "max(31.000 measured, 0.8 x 20.000 of 2026-02)"),
        (
            {(2026, 2): 44, (2025, 12): 44},
            "35.200",
            "max(31.000 measured, 0.8 x 44.000 of 2026-02)",
        ),
        ({(2025, 12): 50, (2026, 1): 1}, "40.000", "max(31.000 measured, 0.8 x 50.000 of 2025-12)"),
        ({(2025, 11): 90}, "31.000", "31.000 measured"),
        ({(2026, 3): 90, (2026, 4): 90}, "31.000", "31.000 measured"),
    ],
)
def test_a_ratchet_looks_back_so_many_months_and_takes_the_greatest(
    past: dict[tuple[int, int], int], billed: str, how: str
) -> None:
    charge = DemandCharge(Decimal(1), ratchet=Ratchet(Decimal("0.8"), 3))
    before = {Month(*key): {"demand": Decimal(kw), "energy": FREE} for key, kw in past.items()}
    found = bill(rate(demand=(charge,)), load=load(31), past=before)
    assert [line[1] for line in lines(found, LineKind.DEMAND)] == [billed]
    assert basis(found, "billed-demand") == how


def test_a_minimum_demand_is_billed_where_less_was_measured() -> None:
    charge = DemandCharge(Decimal(2), minimum_kw=Decimal(20))
    found = bill(rate(demand=(charge,)), load=load(0))
    assert lines(found, LineKind.DEMAND) == [("Demand", "20", "40.00")]
    assert basis(found, "demand") == "no load"
    assert basis(found, "billed-demand") == "max(0.000 measured, 20 minimum)"


def test_demand_of_a_period_is_the_greatest_in_its_time() -> None:
    charges = (DemandCharge(Decimal(1)), DemandCharge(Decimal(1), period="day"))
    rates = rate(demand=charges, schedule=DAY_AND_NIGHT)
    found = bill(rates, row(period="day"), load=load(5, d10_0745=30, d10_0800=20, d12_2000=25))
    assert [line[:2] for line in lines(found, LineKind.DEMAND)] == [
        ("Demand", "30.000"),
        ("Demand, day", "20.000"),
    ]
    assert basis(found, "demand/day") == "mean of the 15 minutes from 2026-03-10 08:00"


def test_demand_of_a_period_counts_only_while_a_rate_has_that_period() -> None:
    charge = DemandCharge(Decimal(1), period="day")
    rates = [rate(demand=(charge,), schedule=DAY_AND_NIGHT), rate(SEVENTEENTH)]
    found = bill(rates, load=load(5, d20_1200=90, d10_1200=9))
    assert basis(found, "demand/day") == "mean of the 15 minutes from 2026-03-10 12:00"
    # 383 of 743 hours
    assert [line[1] for line in lines(found, LineKind.DEMAND)] == ["4.639300"]


def test_own_demand_is_the_greatest_of_each_circuit_over_its_rows_of_the_period() -> None:
    charges = (
        DemandCharge(Decimal(1), coincident=False),
        DemandCharge(Decimal(1), coincident=False, period="day"),
    )
    found = bill(
        rate(demand=charges, schedule=DAY_AND_NIGHT),
        row(period="day", peak="3"),
        row(period="night", peak="8"),
        row(period="day", peak="2", pole=3),
        row(period="night", pole=5),
    )
    assert [line[:2] for line in lines(found, LineKind.DEMAND)] == [
        ("Demand, each circuit's own", "10.000"),
        ("Demand, each circuit's own, day", "5.000"),
    ]
    assert basis(found, "own-demand") == "greatest 15 minutes of each circuit: 8 + 2"


def test_own_demand_has_the_interval_in_which_the_circuits_row_changes() -> None:
    # 12 kW from 12:00 on; at 12:05 the circuit's row changes: 1 kWh and 2 kWh of its quarter hour.
    at = datetime(2026, 3, 10, 16, tzinfo=UTC)
    change = at + timedelta(minutes=5)
    before, after = row(end=change, peak="3"), row(start=change, peak="8")
    before = replace(before, parts=(PartOfInterval(at, 1_000_000_000, measured=True),))
    after = replace(after, parts=(PartOfInterval(at, 2_000_000_000, measured=True),))
    charge = rate(demand=(DemandCharge(Decimal(1), coincident=False),))
    found = bill(charge, before, after)
    assert basis(found, "own-demand") == "greatest 15 minutes of each circuit: 12.000"


def test_a_peak_that_was_not_wholly_measured_says_so() -> None:
    estimated = load(5, d10_1200=9)
    estimated.estimated[:] = 1
    found = bill(rate(demand=(DemandCharge(Decimal(1)),)), load=estimated)
    assert basis(found, "demand").endswith("from 2026-03-10 12:00, not all of it measured")


def test_without_a_load_coincident_demand_and_overage_are_left_out_and_nothing_else() -> None:
    charges = (DemandCharge(Decimal(1)), DemandCharge(Decimal(1), coincident=False))
    committed = CommittedPower(Decimal(2), Decimal(9), Decimal(10))
    found = bill(rate(energy=Decimal(1), demand=charges, committed=committed), row("1", peak="5"))
    assert [line.label for line in found.lines] == [
        "Energy",
        "Demand, each circuit's own",
        "Committed power",
    ]


def test_a_customers_committed_power_wins_over_the_tariffs_also_if_it_is_none() -> None:
    rates = rate(committed=CommittedPower(Decimal(2), Decimal(9), Decimal(10)))
    assert lines(bill(rates, load=load(4)), LineKind.COMMITTED) == [
        ("Committed power", "10", "20.00")
    ]
    assert lines(bill(rates, load=load(4), committed_kw=Decimal(0)), LineKind.COMMITTED) == [
        ("Committed power", "0", "0.00"),
        ("Power above the committed", "4.000", "36.00"),
    ]


def test_a_customer_who_comes_pays_a_share_of_demand_and_committed_power() -> None:
    rates = rate(
        demand=(DemandCharge(Decimal(10)),), committed=CommittedPower(Decimal(1), Decimal(2))
    )
    found = bill(rates, row("1", TENTH, END), load=load(6, d12_1200=12), committed_kw=Decimal(4))
    # 528 of 743 hours
    assert lines(found, LineKind.DEMAND) == [("Demand", "8.527591", "85.28")]
    assert basis(found, "billed-demand") == "12.000 measured x 528 h of 743 h"
    assert lines(found, LineKind.COMMITTED) == [
        ("Committed power", "2.842530", "2.84"),
        ("Power above the committed", "5.685061", "11.37"),
    ]
    assert basis(found, "overage") == "(12.000 measured - 4 committed) x 528 h of 743 h"


def test_the_ratchet_and_the_minimum_of_a_part_of_a_month_are_a_part_too() -> None:
    charge = DemandCharge(Decimal(1), ratchet=Ratchet(Decimal("0.5"), 1), minimum_kw=Decimal(1))
    past = {Month(2026, 2): {"demand": Decimal(743)}}
    found = bill(rate(demand=(charge,)), row("1", TENTH, END), load=load(6), past=past)
    assert lines(found, LineKind.DEMAND) == [("Demand", "264.000000", "264.00")]
    how = "max(6.000 measured, 0.5 x 743.000 of 2026-02, 1 minimum) x 528 h of 743 h"
    assert basis(found, "billed-demand") == how


def test_a_fee_per_circuit_counts_each_circuit_by_its_hours_with_the_customer() -> None:
    rates = rate(fees=(Fee("Circuit", Decimal(10), per_circuit=True),))
    found = bill(
        rates,
        row(pole=1, period="day"),
        row(pole=1, period="night"),  # the same circuit and time
        row(pole=3, end=TENTH),
        row(pole=5, start=TENTH),
        row(pole=5, start=TENTH, rating=30),
    )
    assert lines(found, LineKind.FEE) == [("Circuit", "2.000000", "20.00")]
    assert basis(found, "fee/Circuit") == "1486 circuit hours / 743 h"
    whole = bill(rates, row(pole=1), row(pole=3))
    assert lines(whole, LineKind.FEE) == [("Circuit", "2", "20.00")]
    assert not basis(whole, "fee/Circuit")


def test_a_fee_for_some_circuits_follows_their_versions() -> None:
    small = Fee("Small", Decimal(10), per_circuit=True, rating_to=20)
    large = Fee("Large", Decimal(100), per_circuit=True, rating_from=21)
    delta = Fee("Delta", Decimal(7), per_circuit=True, connections=frozenset({Connection.DELTA}))
    found = bill(
        rate(fees=(small, large, delta)),
        row(pole=1, end=TENTH, rating=20),
        row(pole=1, start=TENTH, rating=30),
        row(pole=3, rating=None),
    )
    assert lines(found, LineKind.FEE) == [
        ("Small", "0.289367", "2.89"),
        ("Large", "0.710633", "71.06"),
    ]


def test_a_fee_that_is_not_prorated_is_charged_whole_and_once() -> None:
    def setup(price: int) -> tuple[Fee, ...]:
        return (
            Fee("Setup", Decimal(price), prorate=False),
            Fee("Circuits", Decimal(price), prorate=False, per_circuit=True),
        )

    rates = [rate(fees=setup(10)), rate(SEVENTEENTH, fees=setup(20))]
    both = bill(rates, row(), row(pole=3, end=TENTH))
    assert lines(both, LineKind.FEE) == [("Setup", "1", "10.00"), ("Circuits", "2", "20.00")]
    late = midnight(date(2026, 3, 20), NEW_YORK)
    assert lines(bill(rates, row(), row(pole=3, start=late)), LineKind.FEE) == lines(
        both, LineKind.FEE
    )
    assert lines(bill(rates, row(start=late)), LineKind.FEE) == [
        ("Setup", "1", "20.00"),
        ("Circuits", "1", "20.00"),
    ]


def test_a_fee_that_begins_inside_the_month_says_when() -> None:
    rates = [rate(), rate(SEVENTEENTH, fees=(Fee("Service", Decimal(743)),))]
    found = bill(rates)
    assert lines(found, LineKind.FEE) == [
        ("Service, 2026-03-17 to 2026-03-31", "0.484522", "360.00")
    ]
    assert basis(found, "fee/Service@2026-03-17") == "360 h of 743 h"


def test_minimums_of_several_versions_add_up_by_their_shares() -> None:
    rates = [
        rate(minimum=Minimum(Decimal("74.30"))),
        rate(SEVENTEENTH, minimum=Minimum(Decimal(743))),
    ]
    found = bill(rates)
    assert lines(found, LineKind.MINIMUM) == [("Minimum charge of 398.30", "1", "398.30")]
    how = "74.30 x 383 h of 743 h + 743.00 x 360 h of 743 h, less 0.00 of the lines above"
    assert basis(found, "minimum") == how


def test_a_minimum_that_is_not_prorated_is_whole_for_a_part_of_a_month() -> None:
    rates = rate(energy=Decimal(1), minimum=Minimum(Decimal(50), prorate=False))
    assert lines(bill(rates, row("20", TENTH, END)), LineKind.MINIMUM)[0][2] == "30.00"
    assert not lines(bill(rates, row("50")), LineKind.MINIMUM)


def test_taxes_are_those_at_the_end_of_the_month_on_the_kinds_they_name() -> None:
    fees = (Fee("Service", Decimal(10)),)
    rates = [
        rate(energy=Decimal(1), fees=fees, taxes=(Tax("Old", Decimal(50)),)),
        rate(
            SEVENTEENTH,
            Decimal(1),
            fees=fees,
            minimum=Minimum(Decimal(1)),
            taxes=(
                Tax("All", Decimal(10)),
                Tax("Fees", Decimal("0.5"), frozenset({"fee", "demand"})),
            ),
        ),
    ]
    change = midnight(SEVENTEENTH, NEW_YORK)
    found = bill(rates, row("60", START, change), row("40", change, END))
    assert lines(found, LineKind.TAX) == [
        ("All 10 %", "110.00", "11.00"),
        ("Fees 0.5 %", "10.00", "0.05"),
    ]
    assert str(found.amount) == "121.05"
    assert not lines(bill(rates, row("100"), tax_exempt=True), LineKind.TAX)


def test_the_lines_of_a_bill_are_in_the_order_of_their_kinds() -> None:
    rates = rate(
        energy=Decimal("0.01"),
        demand=(DemandCharge(Decimal(1)),),
        committed=CommittedPower(Decimal(1), Decimal(2), Decimal(1)),
        daily=(DailyCharge("D", Decimal(1)),),
        fees=(Fee("A", Decimal(1)), Fee("B", Decimal(2), per_circuit=True)),
        ampere_fees=(AmpereFee("C", Decimal(1)),),
        riders=(EnergyRider("R", Decimal(1)),),
        reactive=(ReactiveCharge(Decimal("0.01")),),
        surcharges=(Surcharge("S", Decimal(1)),),
        minimum=Minimum(Decimal(1000)),
        taxes=(Tax("T", Decimal(1)),),
        total=TotalRounding(Decimal(1)),
    )
    used = load(2)
    used.reactive.add(ReactiveLoad(used.microwatt_hours, np.zeros(SLOTS.count, np.bool_)))
    kinds = [line.kind for line in bill(rates, row("1"), load=used).lines]
    capped = replace(rates, minimum=None, maximum=Maximum(Decimal(1)))
    kinds_capped = [line.kind for line in bill(capped, row("1"), load=used).lines]
    order = list(LineKind)
    of_customers = {LineKind.ITEM, LineKind.UNTAXED_ITEM, LineKind.DEPOSIT, LineKind.ADVANCE}
    in_place_of_energy = {LineKind.ALLOCATION}
    assert {*kinds, *kinds_capped} == set(order) - of_customers - in_place_of_energy
    assert [order.index(one) for one in kinds_capped] == sorted(map(order.index, kinds_capped))
    assert [order.index(kind) for kind in kinds] == sorted(order.index(kind) for kind in kinds)


def test_a_load_is_not_changed_by_rating() -> None:
    measured = load(3, d10_1200=9)
    before = measured.microwatt_hours.copy()
    charges = (DemandCharge(Decimal(1)), DemandCharge(Decimal(1), period="day"))
    bill(rate(demand=charges, schedule=DAY_AND_NIGHT), load=measured)
    assert np.array_equal(before, measured.microwatt_hours)
