"""What is removed is not missed: intervals stay as they are, whatever comes later."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.domain.interval.retention import MonthSpan
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import Store
from unit.builders import QUARTER, SECOND, polled, snapshot
from unit.store.rows import execute, rows
from unit.store.test_device_intervals import metered
from unit.store.test_rebuild import everything, rebuild

# Months of UTC, which are the partitions of PostgreSQL.
OCTOBER = MonthSpan(Month(2026, 10), *Month(2026, 10).bounds(ZoneInfo("UTC")))
NOVEMBER = OCTOBER.end
LATER = datetime(2026, 12, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    opened.database.ensure_schema()
    yield opened
    opened.close()


def history() -> list[Snapshot]:
    """Two panels from two hours before November until two hours after its begin."""
    span = NOVEMBER - 2 * HOUR - 7 * SECOND, NOVEMBER + 2 * HOUR
    return [*polled(*span, [1000, None, 7], poll_ms=15_000), *metered(*span)]


def recorded(store: Store, snapshots: list[Snapshot]) -> list[object]:
    """Stores and rolls up; the intervals."""
    store.arrivals.add(snapshots)
    while store.roll_up.intervals():
        pass
    return everything(store)


def remove(store: Store) -> tuple[int, list[str]]:
    """How many snapshots of October went, and why others did not."""
    steps = list(store.upkeep.remove_snapshots([OCTOBER], LATER))
    return sum(step.rows for step in steps), [step.waits for step in steps if step.waits]


def oldest_interval(store: Store) -> datetime:
    span = store.upkeep.span_of_intervals()
    assert span
    return span[0]


def stored_times(store: Store, panel: str) -> list[int]:
    query = f"SELECT time FROM snapshot WHERE panel = '{panel}' ORDER BY time"
    return [time for (time,) in rows(store, query)]


def test_snapshots_of_a_span_go_and_all_others_stay(store: Store) -> None:
    recorded(store, history())
    before = stored_times(store, "rpp-1a")
    assert store.upkeep.count_snapshots(OCTOBER) == 2 * 481
    assert remove(store) == (481 + 480, [])  # the last readings of the registers stay
    edge = int(NOVEMBER.timestamp() * 1000)
    assert stored_times(store, "rpp-1a") == [time for time in before if time >= edge]
    assert stored_times(store, "rpp-1b")[:2] == [edge - 7_000, edge + 8_000]
    assert remove(store) == (0, [])


def test_intervals_stay_as_they_are_even_when_all_are_computed_again(store: Store) -> None:
    before = recorded(store, history())
    remove(store)
    assert everything(store) == before
    rebuild(store)
    assert everything(store) == before


def test_a_snapshot_that_comes_after_the_others_were_removed_changes_no_interval(
    store: Store,
) -> None:
    before = recorded(store, history())
    remove(store)
    late = [snapshot(NOVEMBER - HOUR, [60_000] * 3, poll_ms=60_000)]
    assert recorded(store, late) == before
    # Nor does one of the quarter hour into which the last of them reached.
    assert recorded(store, [snapshot(NOVEMBER + SECOND, [60_000] * 3)]) == before
    assert remove(store) == (1, [])


def test_what_comes_late_for_a_time_without_snapshots_is_computed(store: Store) -> None:
    pause = [one for one in history() if one.time < NOVEMBER - HOUR]
    recorded(store, pause)
    remove(store)
    late = [one for one in history() if one.time >= NOVEMBER - HOUR + QUARTER]
    found = recorded(store, late)
    assert found == recorded(store, [])
    start = NOVEMBER - HOUR + QUARTER
    assert len(store.intervals.pole_intervals("rpp-1a", start, NOVEMBER)[1]) == 3


def test_snapshots_stay_while_intervals_wait_for_them(store: Store) -> None:
    before = recorded(store, history())
    store.arrivals.add([snapshot(NOVEMBER - HOUR, [60_000] * 3)])
    count = store.upkeep.count_snapshots(OCTOBER)
    removed, waits = remove(store)
    assert waits
    assert all("intervals wait to be computed" in why for why in waits)
    # On PostgreSQL a month goes for all panels or none.
    assert store.upkeep.count_snapshots(OCTOBER) == count - removed
    assert len(stored_times(store, "rpp-1a")) == 481 + 480 + 1
    while store.roll_up.intervals():
        pass
    assert everything(store) != before
    assert remove(store)[1] == []


def test_snapshots_without_intervals_stay(store: Store) -> None:
    store.arrivals.add(polled(NOVEMBER - HOUR, NOVEMBER, [1000]))
    execute(store, "DELETE FROM dirty_interval")
    removed, (why,) = remove(store)
    assert removed == 0
    assert why.endswith("there are no intervals: see bcm-mqtt db rollup --rebuild")
    assert store.upkeep.count_snapshots(OCTOBER) == 4


def test_snapshots_that_say_nothing_need_no_intervals(store: Store) -> None:
    recorded(store, polled(NOVEMBER - HOUR, NOVEMBER, [None, None]))
    assert remove(store) == (4, [])


def test_a_register_that_was_silent_counts_on_from_its_last_reading(store: Store) -> None:
    def two_poles(one: Snapshot) -> Snapshot:
        silent = NOVEMBER - HOUR <= one.time < NOVEMBER + HOUR
        energy = (*(one.energy or ()), None if silent else one.seq)
        return replace(one, current=(1000, 1000), power=None, energy=energy)

    polls = metered(NOVEMBER - 2 * HOUR, NOVEMBER + 2 * HOUR)
    items = [two_poles(replace(one, seq=seq)) for seq, one in enumerate(polls)]
    before = recorded(store, items)
    remove(store)
    times = stored_times(store, "rpp-1b")
    edge = int(NOVEMBER.timestamp() * 1000)
    assert times[:3] == [edge - 3_600_000 - 15_000, edge - 15_000, edge]
    rebuild(store)
    assert everything(store) == before


def test_removing_step_by_step_is_removing_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bcm_mqtt.store.upkeep.upkeep._AT_A_TIME", 100)
    before = recorded(store, history())
    for _ in range(3):  # killed after every step, and begun again
        next(store.upkeep.remove_snapshots([OCTOBER], LATER), None)
    remove(store)
    assert store.upkeep.count_snapshots(OCTOBER) == 1
    rebuild(store)
    assert everything(store) == before


def test_intervals_go_once_their_snapshots_are_gone_and_do_not_come_back(store: Store) -> None:
    recorded(store, history())
    waits = {step.waits for step in store.upkeep.remove_intervals([OCTOBER])}
    assert waits == {"their snapshots are still there"}
    assert oldest_interval(store) == NOVEMBER - 2 * HOUR - QUARTER
    remove(store)
    steps = list(store.upkeep.remove_intervals([OCTOBER]))
    assert sum(step.rows for step in steps) == 2 * 9 + 2 * 9 + 9
    assert oldest_interval(store) == NOVEMBER
    store.arrivals.add([snapshot(NOVEMBER - HOUR, [60_000])])
    rebuild(store)
    assert oldest_interval(store) == NOVEMBER


def test_an_empty_database_has_nothing_to_remove(store: Store) -> None:
    assert store.upkeep.span_of_snapshots() is None
    assert store.upkeep.span_of_intervals() is None
    assert remove(store) == (0, [])
    assert list(store.upkeep.remove_intervals([OCTOBER])) == []
