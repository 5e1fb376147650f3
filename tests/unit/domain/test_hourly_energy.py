"""Energy by hour of UTC, which is what statistics of other programs are made of."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.customer_load import Load, kwh_of

ONE_WH = 1_000_000
"""uWh."""


def load(zone: str, microwatt_hours: int = ONE_WH) -> Load:
    made = Load.none(Slots.between(*Month(2026, 3).bounds(ZoneInfo(zone))))
    made.microwatt_hours[:] = microwatt_hours
    return made


def test_an_hour_is_its_four_quarters_and_the_running_one_is_left_out() -> None:
    found = load("America/New_York").hours(datetime(2026, 3, 1, 7, 59, tzinfo=UTC))
    assert found.start == datetime(2026, 3, 1, 5, tzinfo=UTC)
    assert found.kwh == (Decimal("0.004"), Decimal("0.004"))


def test_a_month_from_half_hour_to_half_hour_has_parts_of_its_first_and_last_hour() -> None:
    start, end = Month(2026, 3).bounds(ZoneInfo("Asia/Kolkata"))
    assert start.minute == 30
    found = load("Asia/Kolkata").hours(end + timedelta(hours=1))
    assert found.start == datetime(2026, 2, 28, 18, tzinfo=UTC)
    assert len(found.kwh) == 31 * 24 + 1
    assert (found.kwh[0], found.kwh[1], found.kwh[-1]) == tuple(
        map(Decimal, ("0.002", "0.004", "0.002"))
    )


def test_before_the_month_there_is_no_hour() -> None:
    assert load("America/New_York").hours(datetime(2026, 2, 1, tzinfo=UTC)).kwh == ()


@given(st.integers(0, 10**10), st.sampled_from(["America/New_York", "Asia/Kolkata", "UTC"]))
def test_the_hours_add_up_to_the_months_energy(microwatt_hours: int, zone: str) -> None:
    made = load(zone, microwatt_hours)
    total = kwh_of(int(np.sum(made.microwatt_hours)))
    assert sum(made.hours(datetime(2027, 1, 1, tzinfo=UTC)).kwh) == total
