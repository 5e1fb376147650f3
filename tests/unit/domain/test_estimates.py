"""Estimates: the worked example, like days, clock changes, and nothing that is passed off."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Interval
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time import Month, from_ms, midnight, to_ms
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import panel_usage
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad
from bcm_mqtt.domain.vee.estimate import LikeDays, estimates
from bcm_mqtt.domain.vee.quality import Quality
from unit.domain.examples import NEW_YORK, QUARTER, UNHURRIED, Readings, full, panel

MARCH, NOVEMBER = Month(2026, 3), Month(2026, 11)
WATT_HOURS = 1_000_000
"""In uWh."""


def local(month: Month, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(month.year, month.month, day, hour, minute, tzinfo=NEW_YORK)


def at(month: Month, when: datetime) -> int:
    """Slot of the month."""
    return (to_ms(when) - to_ms(month.bounds(NEW_YORK)[0])) // INTERVAL_MS


def loaded(month: Month, intervals: Sequence[Interval], *, over: bool = True) -> CircuitLoad:
    """The load of a 120 V circuit on pole 1."""
    start, end = month.bounds(NEW_YORK)
    (part,) = panel_usage(
        Directory(panel(), (CircuitVersion((1,), "Customer1-A"),)),
        Readings(start, end, {1: intervals}),
        CustomerRule(),
        lambda _: [PricedTime(start, end)],
        BilledTime(start, end, NEW_YORK, over),
    )
    return part.load


def without(intervals: Sequence[Interval], start: datetime, end: datetime) -> list[Interval]:
    return [one for one in intervals if not start <= one.start < end]


def changing(start: datetime, end: datetime, milliamps: dict[int, int]) -> list[Interval]:
    """1 A, and another current in some quarter hours of each local day."""
    found = []
    for one in full(start, end, milliamps=1_000):
        shown = one.start.astimezone(NEW_YORK)
        current = milliamps.get(4 * shown.hour + shown.minute // 15, 1_000) + 1_000 * (shown.day)
        found.append(
            Interval(1, one.start, current * INTERVAL_MS, INTERVAL_MS, 60, current, current)
        )
    return found


def quality_of(load: CircuitLoad, slot: int) -> Quality | None:
    """None of a slot that is wholly measured."""
    (places,) = np.nonzero(load.incomplete == slot)
    return Quality(int(load.qualities[places[0]])) if places.size else None


def test_a_gap_of_four_between_75_and_100_is_80_85_90_95() -> None:
    slots = Slots.between(*MARCH.bounds(NEW_YORK))
    like = LikeDays.of(slots, NEW_YORK, local(NOVEMBER, 1).toordinal())
    values = np.zeros(slots.count, np.int64)
    values[100], values[105] = 75, 100
    known = np.ones(slots.count, np.bool_)
    wanted = np.arange(101, 105)
    known[wanted] = False
    found = estimates(values, known, wanted, like)
    assert list(found.values) == [80, 85, 90, 95]
    assert set(found.qualities) == {Quality.INTERPOLATED}


def test_the_same_gap_in_a_circuits_month_is_billed_as_interpolated() -> None:
    start, end = MARCH.bounds(NEW_YORK)
    begin = local(MARCH, 10, 12)
    before = full(start, begin, milliamps=7_500)
    after = full(begin + 4 * QUARTER, end, milliamps=10_000)
    load = loaded(MARCH, [*before, *after])
    slot = at(MARCH, begin)
    # 7.5 A at 120 V for a quarter of an hour are 225 Wh, 10 A are 300 Wh.
    assert list(load.microwatt_hours[slot - 1 : slot + 5] // WATT_HOURS) == [
        225,
        240,
        255,
        270,
        285,
        300,
    ]
    assert {quality_of(load, slot + number) for number in range(4)} == {Quality.INTERPOLATED}
    assert int(load.estimated.sum()) == (240 + 255 + 270 + 285) * WATT_HOURS
    assert int(load.estimated_ms.sum()) == 4 * INTERVAL_MS


@pytest.mark.parametrize(("quarters", "quality"), [(8, "INTERPOLATED"), (9, "LIKE_DAY")])
def test_two_hours_are_interpolated_and_a_quarter_more_is_not(quarters: int, quality: str) -> None:
    begin = local(MARCH, 18, 9)
    load = loaded(MARCH, without(full(*MARCH.bounds(NEW_YORK)), begin, begin + quarters * QUARTER))
    found = {quality_of(load, int(slot)) for slot in load.incomplete}
    assert (len(load.incomplete), found) == (quarters, {Quality[quality]})


def test_three_hours_are_the_mean_of_the_three_nearest_like_days() -> None:
    start, end = MARCH.bounds(NEW_YORK)
    whole = changing(start, end, {40: 5_000})
    # Wednesday the 18th: its nearest weekdays are the 17th, the 19th and, before the 20th, the 16th
    begin = local(MARCH, 18, 9)
    load = loaded(MARCH, without(whole, begin, begin + timedelta(hours=3)))
    slot = at(MARCH, begin)
    amps = [(16 + 17 + 19) / 3 + (5 if quarter == 40 else 1) for quarter in range(36, 48)]
    expected = [round(value * 30 * WATT_HOURS) for value in amps]
    assert list(load.microwatt_hours[slot : slot + 12]) == expected
    assert {quality_of(load, slot + number) for number in range(12)} == {Quality.LIKE_DAY}


def test_a_saturday_is_like_sundays_and_saturdays_only() -> None:
    start, end = MARCH.bounds(NEW_YORK)
    begin = local(MARCH, 14, 9)
    load = loaded(MARCH, without(changing(start, end, {}), begin, begin + timedelta(hours=3)))
    # the 15th, then the 8th, then the 7th and not the 21st, which is as far
    assert load.microwatt_hours[at(MARCH, begin)] == (15 + 8 + 7 + 3) * 10 * WATT_HOURS


def test_a_like_day_without_a_reading_at_that_time_is_passed_over() -> None:
    start, end = MARCH.bounds(NEW_YORK)
    whole = changing(start, end, {})
    for day in (17, 18):
        begin = local(MARCH, day, 9)
        whole = without(whole, begin, begin + timedelta(hours=3))
    load = loaded(MARCH, whole)
    # For the 18th: 19, 16 and, instead of the 17th, the 20th.
    assert load.microwatt_hours[at(MARCH, local(MARCH, 18, 9))] == (19 + 16 + 20 + 3) * (
        10 * WATT_HOURS
    )


def test_like_days_before_the_month_count_and_those_after_it_do_not() -> None:
    start, end = MARCH.bounds(NEW_YORK)
    before = full(start - timedelta(days=10), start, milliamps=5_000)
    gone = start, start + timedelta(days=2)  # Sunday the 1st and Monday the 2nd
    month = without(full(start, end, milliamps=2_000), *gone)
    load = loaded(MARCH, [*before, *month])
    # Sunday: 28 and 22 February and 7 March. Monday: 3 and 4 March, 27 February.
    assert load.microwatt_hours[at(MARCH, local(MARCH, 1, 9))] == (5 + 5 + 2) * 10 * WATT_HOURS
    assert load.microwatt_hours[at(MARCH, local(MARCH, 2, 9))] == (2 + 2 + 5) * 10 * WATT_HOURS
    last = end - timedelta(days=1)
    ends = [*full(start, last, milliamps=2_000), *full(end, end + timedelta(days=5))]
    load = loaded(MARCH, ends)
    assert load.microwatt_hours[at(MARCH, local(MARCH, 31, 9))] == 60 * WATT_HOURS


@pytest.mark.parametrize(("month", "day"), [(MARCH, 8), (NOVEMBER, 1)])
def test_a_gap_over_a_clock_change_takes_the_same_hours_of_the_clock(
    month: Month, day: int
) -> None:
    start, end = month.bounds(NEW_YORK)
    whole = changing(start - timedelta(days=16), end, {12: 50_000})
    begin = midnight(date(month.year, month.month, day), NEW_YORK)
    gone = begin, begin + timedelta(hours=5)
    known = loaded(month, whole)
    load = loaded(month, without(whole, *gone))
    shown = [
        (begin + number * QUARTER).astimezone(NEW_YORK).strftime("%H:%M") for number in range(20)
    ]
    at_three = at(month, begin) + shown.index("03:00")
    odd = set(map(int, load.incomplete))
    assert odd == set(range(at(month, begin), at(month, begin) + 20))
    # At 03:00 of the clock, and only then, like days have 50 A more, whatever the clock did.
    estimated = load.microwatt_hours[sorted(odd)]
    assert sorted(odd)[int(estimated.argmax())] == at_three
    assert int((estimated > 1_400 * WATT_HOURS).sum()) == 1
    assert known.incomplete.size == 0
    assert int(load.estimated_ms.sum()) == 5 * 3_600_000


def test_an_interval_read_for_most_of_its_time_is_completed_by_its_own_mean() -> None:
    start, end = MARCH.bounds(NEW_YORK)
    most = Interval(1, start + 50 * QUARTER, 20_000 * 675_000, 675_000, 45, 20_000, 20_000)
    load = loaded(
        MARCH, [*full(start, start + 50 * QUARTER), most, *full(most.start + QUARTER, end)]
    )
    assert list(load.incomplete) == [50]
    assert load.microwatt_hours[50] == 600 * WATT_HOURS
    assert (load.estimated[0], load.measured_ms[0]) == (150 * WATT_HOURS, 675_000)
    assert quality_of(load, 50) is Quality.MIXED


def test_an_interval_read_for_a_moment_is_estimated_for_the_rest_as_a_gap_is() -> None:
    start, end = MARCH.bounds(NEW_YORK)
    moment = Interval(1, start + 50 * QUARTER, 90_000 * 90_000, 90_000, 6, 90_000, 90_000)
    load = loaded(
        MARCH, [*full(start, start + 50 * QUARTER), moment, *full(moment.start + QUARTER, end)]
    )
    # 90 A for 90 s, and 10 A, which its neighbours have, for the rest.
    assert load.microwatt_hours[50] == (270 + 270) * WATT_HOURS
    assert (load.estimated[0], load.estimated_ms[0]) == (270 * WATT_HOURS, 810_000)


def test_of_a_running_month_nothing_is_estimated_after_the_last_reading() -> None:
    start, _ = MARCH.bounds(NEW_YORK)
    until = start + timedelta(days=10)
    load = loaded(MARCH, full(start, until), over=False)
    assert int(load.estimated.sum()) == 0
    assert int(load.missing_ms.sum()) == (load.slots.count - 960) * INTERVAL_MS


def test_after_a_meters_end_a_month_that_is_over_is_estimated_by_like_days() -> None:
    start, end = MARCH.bounds(NEW_YORK)
    load = loaded(MARCH, full(start, start + timedelta(days=25)))
    assert int(load.microwatt_hours.sum()) == 743 * 1200 * WATT_HOURS
    assert set(load.qualities) == {Quality.LIKE_DAY}
    assert int(load.estimated_ms.sum()) == to_ms(end) - to_ms(start + timedelta(days=25))


def test_without_any_like_day_time_is_missing() -> None:
    start, _ = MARCH.bounds(NEW_YORK)
    load = loaded(MARCH, full(start, start + timedelta(days=5)))
    assert quality_of(load, at(MARCH, local(MARCH, 31, 9))) is Quality.MISSING
    assert int(load.missing_ms.sum()) > 0


@UNHURRIED
@given(st.integers(0, 2**32), st.floats(0.0, 0.3))
def test_measured_intervals_are_never_changed_and_estimates_never_called_measured(
    seed: int, share: float
) -> None:
    random = Random(seed)
    start, end = MARCH.bounds(NEW_YORK)
    kept = [
        Interval(1, from_ms(ms), amps * INTERVAL_MS, INTERVAL_MS, 60, amps, amps)
        for ms in range(to_ms(start), to_ms(start) + 400 * INTERVAL_MS, INTERVAL_MS)
        if random.random() >= share
        for amps in [random.randrange(50_000)]
    ]
    load = loaded(MARCH, kept)
    slots = [(to_ms(one.start) - to_ms(start)) // INTERVAL_MS for one in kept]
    measured = (np.array([one.milliamp_ms for one in kept], np.int64) * 120 + 1800) // 3600
    assert np.array_equal(load.microwatt_hours[slots], measured)
    assert set(map(int, load.incomplete)).isdisjoint(slots)
    assert len(load.incomplete) + len(slots) == load.slots.count
    assert Quality.DERIVED not in set(load.qualities)
    told = load.measured_ms + load.estimated_ms + load.edited_ms + load.missing_ms
    assert set(told) <= {INTERVAL_MS}
    assert not load.estimated[load.qualities == Quality.MISSING].any()
    assert end > start
