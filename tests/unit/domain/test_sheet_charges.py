"""Load factors, minimums of demand, shares of named lines, rounded totals, events: by hand."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.tariff import (
    EVENT,
    HOLIDAY,
    DemandCharge,
    EnergyRider,
    Fee,
    Holidays,
    LoadFactorCharge,
    PeriodPrice,
    RateVersion,
    Schedule,
    ScheduleRule,
    Surcharge,
    Tariff,
    Tax,
    TotalRounding,
    schedule_problems,
)
from bcm_mqtt.domain.time import midnight
from bcm_mqtt.domain.usage.customer_load import ReactiveLoad
from unit.domain.examples import NEW_YORK
from unit.domain.test_more_charges import priced
from unit.domain.test_rating_charges import (
    END,
    JANUARY,
    SEVENTEENTH,
    SLOTS,
    START,
    basis,
    bill,
    lines,
    load,
    rate,
    row,
)

ONE = Decimal(1)
CREDIT = LoadFactorCharge("Credit", Decimal("-0.01"), above_hours=Decimal(400))


def test_a_load_factor_counts_kwh_beyond_hours_of_use_of_the_billed_kw() -> None:
    demand = DemandCharge(ONE, minimum_kw=Decimal(12))
    found = bill(rate(load_factor=(CREDIT,), demand=(demand,)), row("7430"), load=load(10))
    # 12 kW billed: 7,430 / 12 = 619.17 hours of use, 219.17 x 12 kW = 2,630 kWh
    assert priced(found, LineKind.RIDER) == [("Credit", "2630.000", "kWh", "-26.30")]
    assert basis(found, "load-factor/Credit") == "7,430.000 kWh / 12 kW, above 400 hours of use"


@pytest.mark.parametrize(
    ("charge", "kwh"),
    [
        (LoadFactorCharge("C", ONE, above_hours=Decimal(400), whole_hours=True), "3430.000"),
        # half of 743 hours are 371.5 hours of use: 7,430 - 3,715
        (LoadFactorCharge("C", ONE, above_share=Decimal("0.5")), "3715.000"),
        (LoadFactorCharge("C", ONE, above_hours=Decimal(743)), None),
    ],
)
def test_its_limit_is_in_hours_or_a_share_of_the_month(
    charge: LoadFactorCharge, kwh: str | None
) -> None:
    found = bill(rate(load_factor=(charge,)), row("7430"), load=load(10))
    assert [line[1] for line in lines(found, LineKind.RIDER)] == ([kwh] if kwh else [])
    assert not lines(bill(rate(load_factor=(charge,)), row("7430")), LineKind.RIDER)


def test_a_demand_charge_may_have_a_minimum_in_money_of_which_a_part_of_a_month_has_its_share() -> (
    None
):
    charge = DemandCharge(Decimal(2), minimum=Decimal(100))
    found = bill(rate(demand=(charge,)), load=load(10))
    assert lines(found, LineKind.DEMAND) == [
        ("Demand", "10.000", "20.00"),
        ("Demand, minimum of 100.00", "1", "80.00"),
    ]
    assert not lines(bill(rate(demand=(charge,)), load=load(60)), LineKind.DEMAND)[1:]
    later = rate(SEVENTEENTH, demand=(charge,))
    part = bill([rate(), later], row("1", midnight(SEVENTEENTH, NEW_YORK)), load=load(10))
    # 10 kW x 360 h of 743 h are 4.845222 kW, 9.69; 100 x 360 / 743 are 48.45
    assert [line[2] for line in lines(part, LineKind.DEMAND)] == ["9.69", "38.76"]
    least = "100.00 x 360 h of 743 h, less 9.69 of the lines above"
    assert basis(part, "least-demand/demand@2026-03-17") == least


def test_a_power_factor_may_count_by_its_difference() -> None:
    used = load(12)
    kvar = np.full(SLOTS.count, 9 * 250_000_000, np.int64)
    used.reactive.add(ReactiveLoad(kvar, np.zeros(SLOTS.count, np.bool_), {("rpp-1a", "1"): 0}))
    charge = DemandCharge(ONE, power_factor=Decimal("0.9"), by_difference=True)
    found = bill(rate(demand=(charge,)), load=used)
    assert lines(found, LineKind.DEMAND) == [("Demand", "13.200", "13.20")]
    assert basis(found, "billed-demand") == "12.000 measured x (1 + 0.9 - 0.8000)"


def test_a_share_may_be_on_named_lines_in_all_their_parts() -> None:
    levy = Surcharge("Levy", Decimal(10), on_lines=frozenset({"Grid", "Duty"}))
    duty, tax = (
        EnergyRider("Duty", Decimal("0.1")),
        Tax("T", Decimal(50), on_lines=frozenset({"B"})),
    )

    def since(day: date, price: str) -> RateVersion:
        fees = Fee("Grid", Decimal(price)), Fee("B", Decimal(20))
        return rate(day, fees=fees, riders=(duty,), surcharges=(levy,), taxes=(tax,))

    versions = [since(JANUARY, "74.30"), since(SEVENTEENTH, "148.60")]
    change = midnight(SEVENTEENTH, NEW_YORK)
    found = bill(versions, row("60", START, change), row("40", change, END))
    # 74.30 x 383/743 = 38.30, 148.60 x 360/743 = 72.00, 10.00 of duty
    assert lines(found, LineKind.SURCHARGE) == [("Levy 10 %", "120.30", "12.03")]
    assert lines(found, LineKind.TAX) == [("T 50 %", "20.00", "10.00")]


@pytest.mark.parametrize(
    ("rule", "amount"),
    [
        (TotalRounding(Decimal("0.05")), ["0.02"]),
        (TotalRounding(Decimal("0.05"), "down"), ["-0.03"]),
        (TotalRounding(ONE, "up"), ["0.37"]),
        (TotalRounding(Decimal("0.01")), []),
        # 10.005 + 5.005 + 5.605 are 20.615 before each is rounded
        (TotalRounding(Decimal("0.01"), "down", unrounded=True), ["-0.02"]),
    ],
)
def test_the_total_may_be_rounded_and_a_line_says_by_how_much(
    rule: TotalRounding, amount: list[str]
) -> None:
    prices = {"A": "10.005", "B": "5.005", "C": "5.605"}
    fees = tuple(Fee(name, Decimal(price)) for name, price in prices.items())
    found = bill(rate(fees=fees, total=rule))
    assert [line[2] for line in lines(found, LineKind.FEE)] == ["10.01", "5.01", "5.61"]
    assert [line[2] for line in lines(found, LineKind.ROUNDING)] == amount


PRICES = st.decimals("-0.5", "0.9", places=4)


@given(
    price=PRICES,
    credit=PRICES,
    kwh=st.decimals("0", "9000", places=3),
    hours=st.integers(0, 800),
    base_kw=st.integers(1, 40),
    least=st.decimals("0", "90", places=2),
    step=st.sampled_from(["0.01", "0.05", "1"]),
    way=st.sampled_from(["up", "down", "half-up"]),
    unrounded=st.booleans(),
)
def test_lines_sum_to_the_total_and_no_kwh_is_priced_twice(
    price: Decimal,
    credit: Decimal,
    kwh: Decimal,
    hours: int,
    base_kw: int,
    least: Decimal,
    step: str,
    way: str,
    *,
    unrounded: bool,
) -> None:
    rates = rate(
        energy=price,
        load_factor=(LoadFactorCharge("L", credit, above_hours=Decimal(hours)),),
        demand=(DemandCharge(ONE, minimum=least),),
        surcharges=(Surcharge("S", Decimal("7.7"), on_lines=frozenset({"L"})),),
        taxes=(Tax("T", Decimal(19)),),
        total=TotalRounding(Decimal(step), way, unrounded=unrounded),
    )
    found = bill(rates, row(str(kwh)), load=load(base_kw))
    assert sum(line.quantity for line in found.lines if line.kind is LineKind.ENERGY) == kwh
    assert found.amount == sum(line.amount for line in found.lines)
    assert found.amount % Decimal(step) == 0
    beyond = [line.quantity for line in found.lines if line.determinant == "load-factor/L"]
    assert sum(beyond, Decimal(0)) == max(kwh - hours * base_kw, Decimal(0))
    demand = sum(line.amount for line in found.lines if line.kind is LineKind.DEMAND)
    assert demand == max(Decimal(base_kw), least)
    rounding = sum(line.amount for line in found.lines if line.kind is LineKind.ROUNDING)
    if not unrounded:
        assert -Decimal(step) < rounding < Decimal(step)


CRITICAL = Schedule(
    (
        ScheduleRule("on", days=frozenset(range(5)), hours=((48, 80),)),
        ScheduleRule("holiday", days=frozenset({HOLIDAY})),
        ScheduleRule("critical", days=frozenset({EVENT}), hours=((56, 72),)),
    ),
    "off",
)
TUESDAY, SUNDAY, HOLY = date(2026, 3, 3), date(2026, 3, 8), date(2026, 3, 20)


@given(events=st.sets(st.dates(date(2026, 3, 1), date(2026, 3, 31)), max_size=31))
def test_events_take_their_hours_from_whatever_holds_and_from_nothing_else(
    events: set[date],
) -> None:
    prices = tuple(PeriodPrice(name, ONE) for name in ("on", "holiday", "critical", "off"))
    version = rate(JANUARY, prices, schedule=CRITICAL)

    def hours(days: set[date]) -> dict[str, int]:
        holidays = Holidays(frozenset({HOLY}), events=frozenset(days))
        tariff = Tariff("t", "USD", NEW_YORK, (version,), holidays)
        (time,) = tariff.priced(START, END, SLOTS)
        return {name: int(time.flags(name, SLOTS).sum()) for name in CRITICAL.periods}

    without, found = hours(set()), hours(events)
    assert sum(found.values()) == SLOTS.count
    assert found["critical"] == 16 * len(events)
    weekdays = [day for day in events if day.weekday() < 5 and day != HOLY]
    assert found["on"] == without["on"] - 16 * len(weekdays)
    assert found["holiday"] == without["holiday"] - 16 * (HOLY in events)


def test_two_rules_for_events_must_not_overlap() -> None:
    twice = Schedule(
        (
            ScheduleRule("a", days=frozenset({EVENT}), hours=((56, 72),)),
            ScheduleRule("b", days=frozenset({EVENT}), hours=((64, 80),)),
        ),
        "off",
    )
    found = list(schedule_problems(twice, date(2026, 1, 1), None))
    assert found == [(1, "overlaps rule 0 (a), as on Thu 2026-01-01, an event, at 16:00")]
    assert not list(schedule_problems(CRITICAL, date(2026, 1, 1), None))


def test_the_words_of_each() -> None:
    version = rate(
        load_factor=(CREDIT, LoadFactorCharge("Share", ONE, above_share=Decimal("0.5"))),
        demand=(
            DemandCharge(
                ONE, power_factor=Decimal("0.9"), by_difference=True, minimum=Decimal(750)
            ),
        ),
        surcharges=(Surcharge("Levy", ONE, on_lines=frozenset({"B", "A"})),),
        total=TotalRounding(ONE, "down", unrounded=True),
    )
    assert list(version.terms("USD"))[1:] == [
        ("Credit", "USD -0.01 per kWh above 400 hours of use"),
        ("Share", "USD 1.00 per kWh above a load factor of 50 %"),
        ("Demand", "USD 1.00 per kW and month"),
        ("Demand: below power factor", "0.9, by the difference"),
        ("Demand: minimum", "USD 750.00 per month"),
        ("Levy", "1 %"),
        ("Levy: on", "A, B"),
        ("Total", "rounded down to USD 1.00, of amounts before they are rounded"),
    ]
