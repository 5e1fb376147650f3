"""What energy costs as it is used: kWh by quarter hour, at the energy price that holds."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.rating.energy_cost import energy_cost
from bcm_mqtt.domain.tariff import PeriodPrice, RateVersion, Schedule, ScheduleRule, Tariff, Tier
from unit.domain.examples import NEW_YORK

MIDNIGHT = datetime(2026, 3, 10, 4, tzinfo=UTC)  # of New York, in summer time
DAY = Slots.between(MIDNIGHT, MIDNIGHT + timedelta(days=1))
JANUARY = date(2026, 1, 1)


def tariff(*versions: RateVersion) -> Tariff:
    return Tariff("standard", "USD", NEW_YORK, versions)


def cost(of: Tariff, kwh: float = 0.25) -> Decimal:
    """Of a day with so much in each of its 96 quarter hours."""
    return energy_cost(of, np.full(DAY.count, kwh * 1e9), DAY)


def test_24_kwh_at_12_cents_are_2_dollars_88() -> None:
    assert cost(tariff(RateVersion(JANUARY, Decimal("0.12")))) == Decimal("2.88")


def test_each_kwh_counts_for_the_overhead_factor() -> None:
    rate = RateVersion(JANUARY, Decimal("0.12"), overhead=Decimal("1.5"))
    assert cost(tariff(rate)) == Decimal("4.32")


def test_of_tiers_the_first_price_is_taken() -> None:
    rate = RateVersion(JANUARY, (Tier(Decimal("0.10"), Decimal(5)), Tier(Decimal("0.50"))))
    assert cost(tariff(rate)) == Decimal("2.40")


def test_each_period_has_its_price_by_the_clocks_of_the_site() -> None:
    prices = PeriodPrice("day", Decimal("0.20")), PeriodPrice("night", Decimal("0.05"))
    rule = ScheduleRule("day", hours=((32, 80),))  # 08:00 to 20:00: 12 kWh of 24
    rate = RateVersion(JANUARY, prices, schedule=Schedule((rule,), otherwise="night"))
    assert cost(tariff(rate)) == Decimal("3.00")  # 2.40 and 0.60


def test_one_price_holds_at_all_hours_also_where_demand_has_a_schedule() -> None:
    schedule = Schedule((ScheduleRule("day", hours=((32, 80),)),), otherwise="night")
    assert cost(tariff(RateVersion(JANUARY, Decimal("0.12"), schedule=schedule))) == Decimal("2.88")


def test_a_rate_that_changes_within_the_day_holds_for_its_part() -> None:
    """A tariff of another zone: its midnight is at 20:00 of the site's day."""
    rates = RateVersion(JANUARY, Decimal("0.10")), RateVersion(date(2026, 3, 11), Decimal("0.20"))
    of = Tariff("standard", "USD", ZoneInfo("UTC"), rates)
    assert cost(of) == Decimal("2.80")  # 20 kWh at 0.10 and 4 kWh at 0.20


def test_a_day_without_a_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="no rate"):
        cost(tariff(RateVersion(date(2026, 4, 1), Decimal("0.12"))))
