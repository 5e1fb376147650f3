"""Load profiles: always what the intervals are, however far they have been made."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.load_profile import UNKNOWN, DayFacts, LoadProfile
from bcm_mqtt.domain.interval.retention import MonthSpan
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import Month, to_ms
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, QUARTER, polled, snapshot
from unit.store.rows import execute, rows

START = datetime(2026, 11, 19, 22, tzinfo=UTC)
END = START + timedelta(hours=30)
"""Three days of UTC, none of them whole."""
FACTS = (
    *("covered_ms", "samples", "min_milliamps", "max_milliamps"),
    *("sampling_deviation", "steady_ms"),
)
NOTHING = DayFacts(0.0, 0, 0)
PROFILES = "SELECT * FROM load_profile ORDER BY pole, day"


def history() -> Iterator[Snapshot]:
    """Two poles from the first day on, one from the second; a gap and other values in each."""
    for number in range(30 * 12):
        at = START + number * timedelta(minutes=5)
        third = number * 70 if number > 200 else None
        if number % 97 > 5:
            yield snapshot(at, [1000 + number, number % 7 * 1000, third], poll_ms=300_000)


def rolled_up(store: Store) -> None:
    while store.roll_up.intervals():
        pass


def made(store: Store) -> None:
    while store.roll_up.days(NEW_YORK):
        pass


def expected(store: Store, start: datetime = START, end: datetime = END) -> LoadProfile:
    """Of the intervals, one by one."""
    first = datetime.combine(start.date(), datetime.min.time(), UTC)
    days = -(-(end - first) // timedelta(days=1))
    until = first + timedelta(days=days)
    found = store.intervals.pole_intervals("rpp-1a", first, until)
    poles = tuple(sorted(found))
    profile = LoadProfile(
        store.intervals.load_profile("rpp-1a", start, end).slots,
        poles,
        np.zeros((len(poles), 96 * days), np.int64),
        np.zeros((len(poles), 96 * days), np.int64),
        np.zeros((len(poles), days), np.int64),
        np.zeros((len(poles), days), np.float64),
        *np.zeros((2, len(poles), days), np.int64),
    )
    for row, number in enumerate(poles):
        for day in range(days):
            begin = first + timedelta(days=day)
            items = [one for one in found[number] if one.start.date() == begin.date()]
            for one in items:
                slot = (one.start - first) // QUARTER
                profile.milliamp_ms[row, slot] = one.milliamp_ms
                profile.covered_ms[row, slot] = one.covered_ms
                profile.samples[row, day] += one.samples
            columns = (
                np.array(
                    [UNKNOWN if (at := getattr(one, name)) is None else at for one in items],
                    np.int64,
                )
                for name in FACTS
            )
            [facts] = DayFacts.of_days(np.zeros(1, np.intp), *columns) if items else [NOTHING]
            profile.sampling_variance[row, day] = float(round(facts.sampling_variance**0.5)) ** 2
            profile.steady_ms[row, day] = facts.steady_ms
            profile.divisors[row, day] = facts.divisor
    return profile


def same(one: LoadProfile, other: LoadProfile) -> bool:
    assert (one.slots, one.poles) == (other.slots, other.poles)
    names = ("milliamp_ms", "covered_ms", "samples", "sampling_variance", "steady_ms", "divisors")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


@pytest.fixture
def filled(store: Store) -> Store:
    store.arrivals.add(list(history()))
    rolled_up(store)
    return store


def test_profiles_are_the_intervals_before_they_are_made_and_after(filled: Store) -> None:
    before = filled.intervals.load_profile("rpp-1a", START, END)
    assert rows(filled, PROFILES) == []
    assert same(before, expected(filled))
    made(filled)
    assert len(rows(filled, PROFILES)) == 3 + 3 + 2
    assert same(filled.intervals.load_profile("rpp-1a", START, END), before)
    assert before.milliamp_ms.sum() > 0


def test_a_profile_is_of_whole_days(filled: Store) -> None:
    made(filled)
    found = filled.intervals.load_profile(
        "rpp-1a", START + timedelta(hours=3), END - timedelta(hours=5)
    )
    assert found.slots.at(0) == datetime(2026, 11, 20, tzinfo=UTC)
    assert found.slots.count == 96
    found = filled.intervals.load_profile(
        "rpp-1a", START, START.replace(hour=0) + timedelta(days=1)
    )
    assert (found.slots.count, found.poles) == (96, (1, 2))


def test_a_day_that_is_covered_whole_needs_no_covered_times(store: Store) -> None:
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    store.arrivals.add(polled(midnight, midnight + timedelta(days=1), [1000], poll_ms=60_000))
    rolled_up(store)
    made(store)
    query = "SELECT day, covered_ms IS NULL, length(milliamp_ms), samples FROM load_profile"
    found = [(str(day), bool(null), *others) for day, null, *others in rows(store, query)]
    assert found[0] == ("2026-11-20", True, 768, 1440)
    profile = store.intervals.load_profile("rpp-1a", midnight, midnight + timedelta(days=1))
    assert set(profile.covered_ms[0]) == {900_000}
    assert same(profile, expected(store, midnight, midnight + timedelta(days=1)))


def test_a_day_that_has_changed_is_read_from_the_intervals(filled: Store) -> None:
    made(filled)
    stored = rows(filled, PROFILES)
    filled.arrivals.add([snapshot(START + timedelta(hours=3, seconds=7), [90_000, None, 4])])
    rolled_up(filled)
    found = filled.intervals.load_profile("rpp-1a", START, END)
    assert same(found, expected(filled))
    assert rows(filled, PROFILES) == stored
    made(filled)
    assert rows(filled, PROFILES) != stored
    assert same(filled.intervals.load_profile("rpp-1a", START, END), found)


def test_a_rebuild_makes_the_same_profiles(filled: Store) -> None:
    made(filled)
    before = rows(filled, PROFILES)
    execute(filled, "UPDATE load_profile SET samples = 1 WHERE pole = 1")
    filled.roll_up.mark_all()
    rolled_up(filled)
    made(filled)
    assert rows(filled, PROFILES) == before


def test_profiles_that_an_upgrade_asked_for_are_made_as_far_as_the_limit_goes(
    filled: Store,
) -> None:
    made(filled)
    before = rows(filled, PROFILES)
    marks = ", ".join(f"('rpp-1a', '2026-11-{day}')" for day in (19, 20, 21))
    execute(filled, "DELETE FROM load_profile", f"INSERT INTO dirty_profile VALUES {marks}")
    assert [filled.roll_up.days(NEW_YORK, limit=2) for _ in range(3)] == [2, 1, 0]
    assert rows(filled, PROFILES) == before


def test_profiles_of_a_panel_without_intervals_are_empty(store: Store) -> None:
    found = store.intervals.load_profile("rpp-1a", START, END)
    assert (found.poles, found.milliamp_ms.shape, found.samples.shape) == ((), (0, 288), (0, 3))
    assert found.slots.first_ms == to_ms(datetime(2026, 11, 19, tzinfo=UTC))


def test_profiles_go_with_their_intervals_and_totals_stay(url: str) -> None:
    store = Store(url)
    store.database.ensure_schema()
    begin = datetime(2026, 10, 30, tzinfo=UTC)
    store.arrivals.add(polled(begin, begin + timedelta(days=3), [1000, 7], poll_ms=300_000))
    rolled_up(store)
    made(store)
    totals = rows(store, "SELECT * FROM day_total ORDER BY pole, day")
    october = MonthSpan(Month(2026, 10), *Month(2026, 10).bounds(NEW_YORK))
    # What PostgreSQL would keep until all of its month may go.
    execute(store, "DELETE FROM snapshot")
    assert sum(step.rows for step in store.upkeep.remove_intervals([october])) == 2 * 4 * 52
    span = begin, begin + timedelta(days=3)
    assert same(store.intervals.load_profile("rpp-1a", *span), expected(store, *span))
    made(store)
    assert same(store.intervals.load_profile("rpp-1a", *span), expected(store, *span))
    days = [str(day) for (day,) in rows(store, "SELECT DISTINCT day FROM load_profile ORDER BY 1")]
    assert days == ["2026-11-01", "2026-11-02"]
    assert rows(store, "SELECT * FROM day_total ORDER BY pole, day") == totals
    store.close()


def test_first_intervals_are_each_poles_own(filled: Store) -> None:
    assert filled.intervals.first_intervals("rpp-1a") == {
        1: START + 2 * QUARTER,
        2: START + 2 * QUARTER,
        3: START + 201 * timedelta(minutes=5),
    }
    assert filled.intervals.first_intervals("rpp-9") == {}


@settings(max_examples=20, deadline=None)
@given(
    gone=st.sets(st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from([19, 20, 21]))),
    dirty=st.sets(st.sampled_from([19, 20, 21])),
    unmade=st.sets(st.sampled_from([19, 20, 21])),
)
def test_profiles_are_the_intervals_whatever_is_made_dirty_or_missing(
    gone: set[tuple[int, int]], dirty: set[int], unmade: set[int]
) -> None:
    with TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder)}/bcm.db")
        store.database.ensure_schema()
        store.arrivals.add(list(history()))
        rolled_up(store)
        for pole, day in gone:  # the meter was away
            begin = to_ms(datetime.combine(date(2026, 11, day), datetime.min.time(), UTC))
            span = f"start >= {begin} AND start < {begin + 86_400_000}"
            execute(store, f"DELETE FROM interval WHERE pole = {pole} AND {span}")
        made(store)
        for day in dirty:
            execute(
                store,
                f"INSERT INTO dirty_day VALUES ('rpp-1a', '2026-11-{day}')",
                f"UPDATE load_profile SET samples = -1 WHERE day = '2026-11-{day}'",
            )
        for day in unmade:
            execute(store, f"DELETE FROM load_profile WHERE day = '2026-11-{day}'")
        assert same(store.intervals.load_profile("rpp-1a", START, END), expected(store))
        store.close()
