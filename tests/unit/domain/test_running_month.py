"""A running month: its forecast with a range, what each circuit costs, budgets; worked by hand."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.bill import Bill, bill_of
from bcm_mqtt.domain.bill.running.budget import Budget, BudgetAlarm, amount_of, budget_alarms
from bcm_mqtt.domain.bill.running.circuit_cost import circuit_costs, energy_cost_of
from bcm_mqtt.domain.bill.running.forecast import expected_bill, forecast
from bcm_mqtt.domain.bill.running.question import circuit_name_problem, question_problem
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Slots
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.tariff import RateVersion, Tariff, Tier
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from unit.builders import NEW_YORK, circuit

BERLIN = ZoneInfo("Europe/Berlin")
APRIL, MARCH = Month(2026, 4), Month(2026, 3)
PER_KWH = 10**9


def load(month: Month, kwh_of_day: dict[int, float], zone: ZoneInfo = BERLIN) -> Load:
    """A month whose days of 24 hours have so many kWh, steadily; other days are missing."""
    made = Load.none(Slots.between(*month.bounds(zone)))
    local = made.slots.local(zone)
    for number, day in enumerate(np.unique(local.days).tolist(), 1):
        own = local.days == day
        if number in kwh_of_day:
            made.microwatt_hours[own] = round(kwh_of_day[number] * PER_KWH / QUARTERS_A_DAY)
        else:
            made.missing_ms[own] = 900_000
    return made


def bounds(month: Month) -> tuple[datetime, datetime]:
    return month.bounds(BERLIN)


def test_days_left_are_like_those_of_their_kind() -> None:
    """April 2026 begins on a Wednesday. On the 16th 00:00: weekdays 10 kWh, weekends 4 kWh.

    So far 11 x 10 + 4 x 4 = 126. Left are 11 weekdays and 4 days of weekends, 126 more: 252.
    Days that never differ have a range of nothing.
    """
    days = {day: 4.0 if day in {4, 5, 11, 12} else 10.0 for day in range(1, 16)}
    at = datetime(2026, 4, 16, tzinfo=BERLIN)
    start, end = bounds(APRIL)
    found = forecast([load(APRIL, days)], at, start, end, BERLIN)
    assert found
    assert (found.so_far_kwh, found.kwh) == (Decimal("126.000"), Decimal("252.000"))
    assert (found.low_kwh, found.high_kwh) == (found.kwh, found.kwh)
    assert [(one.weekend, one.days, one.mean_kwh, one.left) for one in found.kinds] == [
        (False, 11, Decimal("10.000"), Decimal("11.00")),
        (True, 4, Decimal("4.000"), Decimal("4.00")),
    ]


def test_the_range_is_what_the_days_own_spread_makes_of_it() -> None:
    """Wednesday to Friday 8, 10 and 12 kWh, s = 2; too few weekends: all days together.

    Mean 10, 27 days left. Variance 27 x 4 = 108; of the mean (27 x 2 / sqrt 3)^2 = 972;
    sqrt 1080 = 32.863, t of 2 degrees 4.30: 141.312. So far 30, rest 270: 158.688 to 441.312.
    """
    days = load(APRIL, {1: 8.0, 2: 10.0, 3: 12.0})
    start, end = bounds(APRIL)
    found = forecast([days], datetime(2026, 4, 4, tzinfo=BERLIN), start, end, BERLIN)
    assert found
    assert found.kwh == Decimal("300.000")
    assert {one.weekend for one in found.kinds} == {None}
    off = (found.kwh - found.low_kwh, found.high_kwh - found.kwh)
    assert off == (Decimal("141.312"), Decimal("141.312"))


def test_before_three_whole_days_there_is_none_and_last_month_helps() -> None:
    start, end = bounds(APRIL)
    at = datetime(2026, 4, 2, 12, tzinfo=BERLIN)
    april = load(APRIL, {1: 8.0, 2: 4.0})
    assert forecast([april], at, start, end, BERLIN) is None
    march = load(MARCH, dict.fromkeys(range(1, 32), 8.0))
    found = forecast([march, april], at, bounds(MARCH)[0], end, BERLIN)
    assert found
    # 8 on the 1st, half of 4 measured on the 2nd, and 28.5 days of 8
    assert found.so_far_kwh == Decimal("10.000")
    assert found.kwh == Decimal("238.000")
    # A customer who came on 30 March has two whole days.
    since = datetime(2026, 3, 30, 9, tzinfo=BERLIN)
    assert forecast([march, april], at, since, end, BERLIN) is None


def test_a_day_that_is_not_wholly_known_says_nothing() -> None:
    april = load(APRIL, {1: 8.0, 2: 8.0, 3: 8.0})
    april.missing_ms[5] = 1
    start, end = bounds(APRIL)
    assert forecast([april], datetime(2026, 4, 4, tzinfo=BERLIN), start, end, BERLIN) is None


def test_who_leaves_within_the_month_has_no_energy_after_that() -> None:
    days = dict.fromkeys(range(1, 11), 10.0)
    start, _ = bounds(APRIL)
    until = datetime(2026, 4, 21, tzinfo=BERLIN)
    found = forecast(
        [load(APRIL, days)], datetime(2026, 4, 11, tzinfo=BERLIN), start, until, BERLIN
    )
    assert found
    assert found.kwh == Decimal("200.000")


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK])
@pytest.mark.parametrize("month", [Month(2026, 3), Month(2026, 10), Month(2026, 11)])
def test_months_in_which_clocks_change_have_all_their_days(zone: ZoneInfo, month: Month) -> None:
    days = dict.fromkeys(range(1, 8), 9.6)
    start, end = month.bounds(zone)
    at = datetime(month.year, month.month, 8, tzinfo=zone)
    found = forecast([load(month, days, zone)], at, start, end, zone)
    assert found
    quarters = (end - start) / timedelta(minutes=15)
    assert found.kwh == Decimal("0.1") * int(quarters)


@given(seed=st.integers(0, 2**32 - 1))
def test_a_forecast_is_never_below_what_is_used_and_within_its_range(seed: int) -> None:
    random = np.random.default_rng(seed)
    today = int(random.integers(5, 30))
    days = {day: float(random.uniform(0, 20)) for day in range(1, today)}
    start, end = bounds(APRIL)
    at = datetime(2026, 4, today, int(random.integers(0, 24)), tzinfo=BERLIN)
    found = forecast([load(APRIL, {**days, today: 5.0})], at, start, end, BERLIN)
    assert found
    assert found.so_far_kwh <= found.low_kwh <= found.kwh <= found.high_kwh
    total = Decimal(int(found.energy.sum())) / PER_KWH
    assert abs(total - found.kwh) < Decimal("0.002")


def test_nineteen_of_twenty_months_are_within_the_range() -> None:
    """400 months of days that vary by themselves: at least 92 of 100 end within the range."""
    random, within, start, end = np.random.default_rng(7), 0, *bounds(APRIL)
    for _ in range(400):
        means = {False: random.uniform(20, 40), True: random.uniform(5, 20)}
        kwh = {
            day: float(max(0.0, random.normal(means[day % 7 in {4, 5}], 4.0)))
            for day in range(1, 31)
        }
        found = forecast(
            [load(APRIL, kwh)], datetime(2026, 4, 13, tzinfo=BERLIN), start, end, BERLIN
        )
        assert found
        within += found.low_kwh <= Decimal(sum(kwh.values())) <= found.high_kwh
    assert 0.92 * 400 <= within < 400


STANDARD = Tariff(
    "standard",
    "EUR",
    BERLIN,
    (
        RateVersion(
            date(2026, 1, 1), (Tier(Decimal("0.25"), Decimal(100)), Tier(Decimal("0.50"), None))
        ),
    ),
)


def row(pole: int, kwh: str, panel: str = "rpp-1a") -> Usage:
    start, end = bounds(APRIL)
    one = circuit((pole,), f"Customer1-{pole}")
    return Usage(
        panel, one, "Customer1", start, end, Decimal(kwh), Coverage(Decimal(1), Decimal(0))
    )


def bill(tariff: Tariff | None, *rows: Usage, energy: Load | None = None) -> Bill:
    customer = Customer("Customer1", "One")
    return bill_of(customer, tariff, APRIL, bounds(APRIL), rows, "EUR", energy)


def test_the_costs_of_circuits_add_up_to_the_energy_lines() -> None:
    """150 kWh: 100 at 0.25 and 50 at 0.50 are 50.00; by kWh 33.33, 11.11 and 5.56."""
    made = bill(STANDARD, row(1, "16.667"), row(3, "100"), row(5, "33.333"))
    assert energy_cost_of(made) == Decimal("50.00")
    costs = circuit_costs(made, datetime(2026, 4, 11, tzinfo=BERLIN))
    assert [(one.id, one.cost) for one in costs] == [
        (3, Decimal("33.33")),
        (5, Decimal("11.11")),
        (1, Decimal("5.56")),
    ]
    # 100 kWh in 10 days
    assert costs[0].kwh_a_day == Decimal("10.000")


def test_circuits_are_compared_by_day_with_the_month_before() -> None:
    """10 kWh a day after 12.5: 20 % less."""
    before = (row(3, "375"),)  # of 30 days
    [one] = circuit_costs(
        bill(STANDARD, row(3, "100")), datetime(2026, 4, 11, tzinfo=BERLIN), before
    )
    assert (one.before_a_day, one.change) == (Decimal("12.500"), Decimal("-0.2"))
    [new] = circuit_costs(bill(None, row(3, "100")), datetime(2026, 4, 11, tzinfo=BERLIN))
    assert (new.cost, new.change) == (None, None)


@given(kwh=st.lists(st.decimals(0, 5000, places=3), min_size=1, max_size=8))
def test_whatever_circuits_use_the_parts_are_the_whole(kwh: list[Decimal]) -> None:
    made = bill(STANDARD, *(row(2 * n + 1, str(one)) for n, one in enumerate(kwh)))
    costs = circuit_costs(made, bounds(APRIL)[1])
    assert sum(one.cost or Decimal(0) for one in costs) == energy_cost_of(made)


def test_the_cost_of_a_month_is_what_the_tariff_makes_of_its_energy() -> None:
    """80 kWh in 8 days, 220 more: the tariff's tiers are filled once, 100 x 0.25 + 200 x 0.50."""
    days = load(APRIL, dict.fromkeys(range(1, 9), 10.0))
    made = bill(STANDARD, row(1, "80.000"), energy=days)
    start, end = bounds(APRIL)
    found = forecast([days], datetime(2026, 4, 9, tzinfo=BERLIN), start, end, BERLIN)
    assert found
    whole = expected_bill(made, STANDARD, found.energy, found.first)
    assert whole
    assert (whole.kwh, whole.amount) == (Decimal("300.000"), Decimal("125.00"))
    less = expected_bill(made, STANDARD, found.with_rest(Decimal(190)), found.first)
    assert less
    assert (less.kwh, less.amount) == (Decimal("190.000"), Decimal("70.00"))
    assert made.amount == Decimal("20.00")  # the bill so far is as it was


def test_a_budget_alarms_at_80_and_at_100_percent() -> None:
    budget = Budget(Decimal(100), Decimal("50.00"))
    assert list(budget_alarms(budget, Decimal("79.999"), Decimal("39.99"))) == []
    assert list(budget_alarms(budget, Decimal("80.000"), None)) == [
        BudgetAlarm("kwh", 80, Decimal(100), Decimal("80.000"))
    ]
    assert [
        (one.kind, one.percent) for one in budget_alarms(budget, Decimal(100), Decimal(40))
    ] == [
        ("kwh", 100),
        ("money", 80),
    ]


@pytest.mark.parametrize(
    ("text", "amount"), [("", None), (" ", None), ("250", 250), ("99,50", Decimal("99.50"))]
)
def test_amounts_are_read_as_people_type_them(text: str, amount: Decimal | None) -> None:
    assert amount_of(text) == amount


def test_questions_and_names_are_texts() -> None:
    assert question_problem("Why?\nAnd so?") == ""
    assert "expected what you want to know" in question_problem(" \n")
    assert "at most 2000" in question_problem("x" * 2001)
    assert "control characters" in question_problem("a\x1b[2J")
    assert circuit_name_problem("Küche") == ""
    assert "control characters" in circuit_name_problem("a\nb")
