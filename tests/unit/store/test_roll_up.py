"""Rolled-up intervals are those of the domain, whatever way the snapshots came."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Interval, hold_ms, intervals_of
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.store import Store
from unit.builders import NOON, QUARTER, SECOND, polled, snapshot
from unit.store.rows import rows

SPAN_S = 2 * 3600
STARTS = [NOON + number * QUARTER for number in range(-1, 13)]
"""Every interval that a snapshot of the span can hold into: 2 h and 1.5 polls of 30 min."""
READINGS = st.lists(st.none() | st.integers(0, 60_000), min_size=1, max_size=3)
SHORT, LONG = 1_000, 1_800_000
PANELS = count()
"""Each example writes to a panel of its own: making a database for each would take minutes."""


@st.composite
def histories(draw: st.DrawFn) -> list[Snapshot]:
    """Snapshots of two hours at any instants; the poll period stays, or changes every time."""
    instants = st.integers(0, SPAN_S * 1000) | st.integers(0, 1_200_000)
    times = draw(st.lists(instants, unique=True, min_size=2, max_size=12).map(sorted))
    lengths = st.sampled_from([SHORT, 15_000, 900_000, LONG]) | st.integers(SHORT, LONG)
    if draw(st.booleans()):
        lengths = st.just(draw(lengths))
    return [
        snapshot(from_ms(to_ms(NOON) + ms), draw(READINGS), poll_ms=draw(lengths)) for ms in times
    ]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Snapshot], list[list[Snapshot]]]:
    """A history, and batches in which all of it arrives: in any order, some of it twice."""
    history = draw(histories())
    again = draw(st.lists(st.sampled_from(history), max_size=4))
    arriving = draw(st.permutations([*history, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(arriving)), max_size=3)))
    edges = [0, *cuts, len(arriving)]
    batches = [arriving[start:end] for start, end in pairwise(edges)]
    return history, batches


def of(panel: str, snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """The same snapshots of another panel."""
    return [
        snapshot(item.time, item.current, panel_id=panel, poll_ms=item.interval_ms)
        for item in snapshots
    ]


def by_start(intervals: Sequence[Interval]) -> list[Interval]:
    return sorted(intervals, key=lambda item: (item.pole, item.start))


def stored(store: Store, panel: str = "rpp-1a") -> list[Interval]:
    found = store.intervals.pole_intervals(panel, STARTS[0] - QUARTER, STARTS[-1] + QUARTER)
    return by_start([item for intervals in found.values() for item in intervals])


def expected(history: Sequence[Snapshot]) -> list[Interval]:
    """By the domain, from all snapshots at once."""
    return by_start([item for start in STARTS for item in intervals_of(history, start)])


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(deliveries())
def test_intervals_are_the_domains_of_all_snapshots_however_they_arrive(
    store: Store, delivery: tuple[list[Snapshot], list[list[Snapshot]]]
) -> None:
    history, batches = delivery
    panel = f"p{next(PANELS)}"
    for batch in batches:
        store.arrivals.add(of(panel, batch))
        store.roll_up.intervals()
    assert stored(store, panel) == expected(history)
    assert store.figures.info().dirty == 0


def test_a_late_snapshot_ends_the_hold_of_one_with_a_longer_period(store: Store) -> None:
    slow = snapshot(NOON, [10_000], poll_ms=LONG)
    late = snapshot(NOON + 600 * SECOND, [20_000], poll_ms=SHORT)
    store.arrivals.add([slow])
    store.roll_up.intervals()
    assert [item.covered_ms for item in stored(store)] == [INTERVAL_MS] * 3
    store.arrivals.add([late])
    store.roll_up.intervals()
    assert stored(store) == expected([slow, late])
    assert [item.covered_ms for item in stored(store)] == [601_500]


def test_a_pole_that_fast_polls_do_not_read_keeps_its_slow_reading(store: Store) -> None:
    slow = snapshot(NOON, [10_000, 10_000], poll_ms=LONG)
    fast = [
        snapshot(NOON + seconds * SECOND, [20_000, None], poll_ms=SHORT)
        for seconds in range(890, 910)
    ]
    for item in (slow, *fast):
        store.arrivals.add([item])
        store.roll_up.intervals()
    assert stored(store) == expected([slow, *fast])


@pytest.mark.parametrize("milliamps", [[10_000, 3], [10_000, None]])
def test_a_second_roll_up_changes_nothing(store: Store, milliamps: list[int | None]) -> None:
    store.arrivals.add(polled(NOON, NOON + 4 * QUARTER, milliamps, poll_ms=15_000))
    assert store.roll_up.intervals() == 5  # four, and the one that the last reading holds into
    before = rows(store, "SELECT * FROM interval ORDER BY pole, start")
    assert before
    assert store.roll_up.intervals() == 0
    assert rows(store, "SELECT * FROM interval ORDER BY pole, start") == before


def test_a_snapshot_that_comes_again_changes_no_interval(store: Store) -> None:
    history = polled(NOON, NOON + 2 * QUARTER, [10_000], poll_ms=15_000)
    store.arrivals.add(history)
    store.roll_up.intervals()
    before = stored(store)
    store.arrivals.add(history[::-1])
    store.roll_up.intervals()
    assert stored(store) == before == expected(history)


def test_a_full_interval_of_a_constant_current_is_exact(store: Store) -> None:
    store.arrivals.add(polled(NOON, NOON + QUARTER, [10_000], poll_ms=15_000))
    store.roll_up.intervals()
    first = stored(store)[0]
    # Nothing is missed; the first reading has none before it.
    missed = (0, INTERVAL_MS - 15_000)
    assert first == Interval(
        1, NOON, 10_000 * INTERVAL_MS, INTERVAL_MS, 60, 10_000, 10_000, *missed
    )


def test_the_oldest_intervals_are_computed_first_and_no_more_than_asked(store: Store) -> None:
    store.arrivals.add(polled(NOON, NOON + 8 * QUARTER, [1000]))
    assert [store.roll_up.intervals(limit=3), store.figures.info().dirty] == [3, 6]
    assert [item.start for item in stored(store)] == [
        NOON + number * QUARTER for number in range(3)
    ]
    assert [store.roll_up.intervals(limit=100), store.roll_up.intervals(limit=100)] == [6, 0]


def test_panels_are_rolled_up_apart(store: Store) -> None:
    one = polled(NOON, NOON + QUARTER, [1000], panel_id="rpp-1a")
    other = polled(NOON, NOON + QUARTER, [2000, 3000], panel_id="rpp-1b")
    store.arrivals.add([*one, *other])
    store.roll_up.intervals()
    assert {item.max_milliamps for item in stored(store, "rpp-1a")} == {1000}
    assert {item.max_milliamps for item in stored(store, "rpp-1b")} == {2000, 3000}


def test_a_panel_that_grows_gets_rows_for_its_new_poles(store: Store) -> None:
    history = [snapshot(NOON, [1000]), snapshot(NOON + 15 * SECOND, [1000, 2000])]
    for item in history:
        store.arrivals.add([item])
        store.roll_up.intervals()
    assert stored(store) == expected(history)
    assert rows(store, "SELECT panel, number FROM pole") == [("rpp-1a", 1), ("rpp-1a", 2)]


def test_intervals_that_overlap_a_span_are_read_and_no_others(store: Store) -> None:
    store.arrivals.add(polled(NOON, NOON + 4 * QUARTER, [1000]))
    store.roll_up.intervals()

    def starts(start: datetime, end: datetime) -> list[int]:
        found = store.intervals.pole_intervals("rpp-1a", start, end).get(1, [])
        return [(item.start - NOON) // QUARTER for item in found]

    minute = timedelta(minutes=1)
    assert starts(NOON + QUARTER, NOON + 2 * QUARTER) == [1]
    assert starts(NOON + QUARTER - minute, NOON + 2 * QUARTER + minute) == [0, 1, 2]
    assert starts(NOON - QUARTER, NOON) == []


def marks(store: Store) -> list[Any]:
    """Dirty intervals, as numbers of quarters after noon."""
    query = "SELECT start FROM dirty_interval ORDER BY start"
    return [(start - to_ms(NOON)) / INTERVAL_MS for (start,) in rows(store, query)]


@pytest.mark.parametrize(
    ("seconds", "poll_ms", "dirty"),
    [
        (0, 15_000, [0]),
        (877, 15_000, [0]),
        (877.5, 15_000, [0]),
        (878, 15_000, [0, 1]),
        (899.999, 15_000, [0, 1]),
        (0, LONG, [0, 1, 2]),
        (1, LONG, [0, 1, 2, 3]),
        (-0.001, SHORT, [-1, 0]),
    ],
)
def test_a_snapshot_marks_its_interval_and_those_it_holds_into(
    store: Store, seconds: float, poll_ms: int, dirty: list[int]
) -> None:
    store.arrivals.add([snapshot(NOON + seconds * SECOND, [1000], poll_ms=poll_ms)])
    assert marks(store) == dirty
    assert hold_ms(poll_ms) == poll_ms * 1.5


def test_one_instant_is_one_snapshot_of_a_panel(store: Store) -> None:
    first = snapshot(NOON, [1000], seq=1)
    assert store.arrivals.add([first, snapshot(NOON, [2000], seq=2)]) == 1
    assert store.arrivals.add([snapshot(NOON, [3000], seq=3), snapshot(NOON + SECOND, [1])]) == 1
    assert store.arrivals.add([snapshot(NOON, [1000], panel_id="rpp-1b")]) == 1
    assert rows(store, "SELECT panel, seq, current FROM snapshot ORDER BY panel, time") == [
        ("rpp-1a", 1, "[1000]"),
        ("rpp-1a", 1, "[1]"),
        ("rpp-1b", 1, "[1000]"),
    ]


def test_no_snapshots_are_no_work(store: Store) -> None:
    assert store.arrivals.add([]) == 0
    assert store.roll_up.intervals() == 0
