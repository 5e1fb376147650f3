"""The rules of energy registers: each name by its figures, and what always holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.reading.register_levels import RegisterLevel, corners, joined, levels_of
from bcm_mqtt.domain.reading.register_step import (
    RegisterExchange,
    RegisterLimit,
    RegisterScale,
    RegisterStep,
    StepKind,
)
from bcm_mqtt.domain.reading.register_steps import register_steps
from unit.domain.examples import UNHURRIED

MINUTE, HOUR = 60_000, 3_600_000
LIMIT = RegisterLimit(9200.0, RegisterScale(1.0, (10**9, 2**32)))
"""Twice a breaker of 20 A at 230 V: 153 Wh in a minute, and one step."""
UNITS = (StepKind.UNEXPLAINED, StepKind.BACKWARDS, StepKind.UNRESOLVED)


@dataclass(frozen=True)
class Steady:
    """A load that is known to be of 1 kW, or of some power by its current."""

    watts: float = 1000.0
    by_current: float | None = None

    def estimate(self, start_ms: int, end_ms: int) -> float:
        return self.watts * (end_ms - start_ms) / HOUR

    def integral(self, start_ms: int, end_ms: int) -> float | None:
        return None if self.by_current is None else self.by_current * (end_ms - start_ms) / HOUR


def steps(
    *shown: int | None,
    every: int = MINUTE,
    exchanges: Sequence[RegisterExchange] = (),
    evidence: Steady | None = Steady(),
    limit: RegisterLimit = LIMIT,
) -> list[RegisterStep]:
    """Of a register that is read every minute."""
    readings = [(at * every, value) for at, value in enumerate(shown) if value is not None]
    return register_steps(levels_of(readings), limit, exchanges, evidence)


def named(found: Sequence[RegisterStep]) -> list[tuple[str, int | None]]:
    return [(step.kind.value, step.watt_hours) for step in found]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        # 17 Wh a minute; a read that failed is no 0.
        ((5000, 5017, None, 5050), [("normal", 17), ("normal", 33)]),
        # At most 153 Wh and a step in a minute; in two minutes, of which one has no change, twice.
        ((5000, 5154), [("normal", 154)]),
        ((5000, 5155), [("unexplained", None)]),
        ((5000, 5000, 5307), [("normal", 307)]),
        # One 0, one reading that is too high, two of them.
        ((5000, 0, 5033), [("glitch", 33)]),
        ((5000, 90_000, 5033), [("glitch", 33)]),
        ((5000, 90_000, 90_001, 5050), [("glitch", 50)]),
        # A reading too high by less than can have flowed.
        ((5000, 5100, 5033), [("glitch", 33)]),
        # 10^9 Wh, and 32 bits.
        ((10**9 - 5, 12), [("rollover", 17)]),
        ((2**32 - 5, 12), [("rollover", 17)]),
        # A fall of 5 Wh of 5 kWh is one of 0.1 %; of 1.5 kWh one of one step.
        ((5000, 4995, 5012), [("slip", 0), ("normal", 17)]),
        ((1500, 1498, 1515), [("unexplained", None), ("unexplained", None)]),
        ((1500, 1499, 1516), [("slip", 0), ("normal", 17)]),
        # A minute of 1 kW is 16.7 Wh: 1.2 times that and a step are a reset.
        ((5000, 21, 38), [("reset", 21), ("normal", 17)]),
        ((5000, 22, 39), [("unexplained", None), ("unexplained", None)]),
        ((0, 0, 17), [("normal", 17)]),
        ((5000,), []),
        ((), []),
    ],
)
def test_a_step_is_named_and_counted(
    shown: tuple[int | None, ...], expected: list[tuple[str, int | None]]
) -> None:
    assert named(steps(*shown)) == expected


def hours(*watt_hours: int) -> tuple[int, ...]:
    return tuple(accumulate(watt_hours))


@pytest.mark.parametrize(
    ("pace", "counted"), [(1000, 24_000), (1200, 28_800), (1201, None), (799, None), (800, 19_200)]
)
def test_what_follows_counts_if_its_first_day_agrees_within_20_percent(
    pace: int, counted: int | None
) -> None:
    shown = (500_000, *hours(9_000_000, *[pace] * 24))
    first, *day = steps(*shown, every=HOUR)
    assert (first.kind, first.watt_hours) == (StepKind.UNEXPLAINED, None)
    total = [step.watt_hours for step in day]
    assert (None if None in total else sum(filter(None, total))) == counted


def test_the_meters_own_current_decides_before_the_estimate() -> None:
    shown = (500_000, *hours(9_000_000, *[1500] * 24))
    _, *day = steps(*shown, every=HOUR, evidence=Steady(1000, by_current=1500))
    assert {step.kind for step in day} == {StepKind.NORMAL}


def test_what_falls_more_than_three_times_a_day_is_no_register_of_energy() -> None:
    shown = hours(500_000, 100, -1, 100, -1, 100, -1, 100, -1, 100)
    every = 20 * MINUTE
    assert {step.kind for step in steps(*shown[:7], every=every)} <= {
        StepKind.NORMAL,
        StepKind.GLITCH,
        StepKind.SLIP,
    }
    falling = hours(500_000, *[-300, -300, 900] * 4)
    found = steps(*falling, every=every)
    assert StepKind.BACKWARDS in {step.kind for step in found}


OLD, NEW = 905_000, 12_000


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        # What the old one still counted until it went, and the new one since it came.
        (RegisterExchange(90 * MINUTE, 900_400, 12_000), ("exchange", 400 + 600)),
        # Dated to the hour, or to the day before: the readings show when it was.
        (RegisterExchange(30 * MINUTE, 900_400, 12_000), ("exchange", 400 + 600)),
        # Read off the face without its last digit.
        (RegisterExchange(90 * MINUTE, 899_900, 12_000), ("exchange", 600)),
        (RegisterExchange(90 * MINUTE), ("exchange", None)),
        # 300 kWh more than was polled cannot have flowed.
        (RegisterExchange(90 * MINUTE, 1_200_000, 12_000), (StepKind.UNRESOLVED.value, None)),
        (RegisterExchange(90 * MINUTE, 900_400, 13_700), (StepKind.UNRESOLVED.value, None)),
    ],
)
def test_a_dated_exchange_counts_both_meters(
    exchange: RegisterExchange, expected: tuple[str, int | None]
) -> None:
    readings = [(0, 899_000), (HOUR, 900_000), (2 * HOUR, 12_600), (3 * HOUR, 13_600)]
    found = register_steps(levels_of(readings), LIMIT, (exchange,), Steady())
    assert named(found) == [("normal", 1000), expected, ("normal", 1000)]


@pytest.mark.parametrize(
    ("rise", "by_current", "expected"),
    [
        # Of three hours 3 kWh are expected: off by at most half of it and a step.
        (4501, None, None),
        (4502, None, 3000),
        (1499, None, None),
        (1498, None, 3000),
        # The same transformer's current went on: at most three times, or a third.
        (9000, 3000 / 3, None),
        (9001, 3000 / 3, 3000),
        (999, 3000 / 3, 3000),
    ],
)
def test_a_step_over_a_pause_is_compared_with_what_is_expected_of_it(
    rise: int, by_current: float | None, expected: int | None
) -> None:
    readings = [(0, 500_000), (3 * HOUR, 500_000 + rise)]
    (step,) = register_steps(levels_of(readings), LIMIT, (), Steady(1000, by_current))
    assert (step.kind, step.watt_hours, step.expected) == (StepKind.NORMAL, rise, expected)


@pytest.mark.parametrize(
    ("rise", "by_current", "expected"),
    [
        # A load that rises between two hourly polls: more than three times, but 0.4 kWh.
        (570, 184, None),
        (184, 570, None),
        # More than 1 kWh and a step, but not more than three times.
        (1000, 2500, None),
        (1503, 501, None),
        # More than three times, and not more than 1 kWh and a step; and by one Wh more.
        (1500, 499, None),
        (1501, 499, 499),
        (499, 1500, None),
        (499, 1501, 1501),
    ],
)
def test_a_step_of_an_hour_differs_from_the_current_by_times_and_by_1_kwh(
    rise: int, by_current: float, expected: int | None
) -> None:
    readings = [(0, 500_000), (HOUR, 500_000 + rise)]
    (step,) = register_steps(levels_of(readings), LIMIT, (), Steady(1000, by_current))
    assert (step.kind, step.watt_hours, step.expected) == (StepKind.NORMAL, rise, expected)


def test_a_floating_point_register_may_be_off_by_what_it_can_show() -> None:
    float32 = RegisterLimit(100.0, RegisterScale(1.0, (), 24, 1000.0))
    # 200,000 kWh in 24 bits: steps of 15.6 Wh.
    assert named(steps(200_000_000, 200_000_016, limit=float32)) == [("normal", 16)]
    assert named(steps(200_000_000, 200_000_018, limit=float32)) == [("unexplained", None)]


SHOWN = st.lists(
    st.none()
    | st.sampled_from([0, 17, 4999, 5000, 90_000, 10**9 - 1, 2**32 - 1])
    | st.integers(0, 30_000),
    max_size=30,
)
RISING = st.lists(st.integers(-40, 200), max_size=60).map(
    lambda rises: [value % (10**9) for value in accumulate([999_999_000, *rises])]
)


@UNHURRIED
@given(SHOWN | RISING, st.sampled_from([MINUTE, 20 * MINUTE]), st.sampled_from([None, Steady()]))
def test_what_counts_and_what_is_unknown_are_the_difference_of_the_readings(
    shown: list[int | None], every: int, evidence: Steady | None
) -> None:
    found = steps(*shown, every=every, evidence=evidence)
    read = [value for value in shown if value is not None]
    over = [step.difference - (step.after - step.before) for step in found]
    assert set(over) <= {0, 10**9, 2**32}  # rollovers
    difference = read[-1] - read[0] if read else 0
    assert sum((step.watt_hours or 0) + step.unknown for step in found) == difference + sum(over)
    for one, other in pairwise(found):
        assert one.end_ms <= other.start_ms
        assert one.after == other.before
    for step in found:
        most = LIMIT.watts * (step.end_ms - step.since_ms) / HOUR + 1
        assert (
            step.watt_hours is None or 0 <= step.watt_hours <= most or step.kind == StepKind.RESET
        )


@UNHURRIED
@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(0, 38)), min_size=1, max_size=200),
    st.lists(
        st.tuples(st.integers(0, 199), st.sampled_from([-4_000, -900, -7, -1, 400, 5_000, 10**7])),
        max_size=2,
    ),
    st.lists(st.tuples(st.integers(0, 199), st.sampled_from([0, 17, 10**8])), max_size=3),
)
def test_the_levels_that_are_stored_decide_as_all_readings_do(
    polls: list[tuple[int, int]], moved: list[tuple[int, int]], misread: list[tuple[int, int]]
) -> None:
    times = list(accumulate(15_000 * wait for wait, _ in polls))
    values = list(accumulate((rise for _, rise in polls), initial=5_000_000))[1:]
    for at, by in moved:
        values[at:] = [value + by for value in values[at:]]
    for at, value in misread:
        values[at : at + 1] = [value][: len(values) - at]
    readings = list(zip(times, values, strict=True))
    every = register_steps(levels_of(readings), LIMIT, (), Steady(4000))
    parts: dict[int, list[tuple[int, int]]] = {}
    for time, value in readings:
        parts.setdefault(time // INTERVAL_MS, []).append((time, value))
    stored = [level for part in parts.values() for level in corners(levels_of(part))]
    few = register_steps(joined(stored), LIMIT, (), Steady(4000))
    assert sum(step.watt_hours or 0 for step in few) == sum(step.watt_hours or 0 for step in every)
    assert sum(step.unknown for step in few) == sum(step.unknown for step in every)
    of_note = {step.kind for step in every} - {StepKind.NORMAL}
    assert {step.kind for step in few} - {StepKind.NORMAL} == of_note


def test_of_a_steady_register_five_levels_are_stored_of_15_minutes() -> None:
    readings = [(at * 15_000, at * 25 // 6) for at in range(60)]
    levels = corners(levels_of(readings))
    assert len(levels) <= 5
    assert (levels[0], levels[-1][:3]) == (RegisterLevel(0, 0, 0), (885_000, 885_000, 245))
    assert sum(level.changes for level in levels[1:]) == 59
