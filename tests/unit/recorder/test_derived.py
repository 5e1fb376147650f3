"""Intervals and days are kept up with, a part at a time and never all of the time."""

from datetime import date
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.recorder.derived import Derived
from unit.builders import NEW_YORK, NOON

if TYPE_CHECKING:
    from bcm_mqtt.store import RollUp


class DirtyStore:
    """So many intervals and days are dirty; a part takes so long."""

    def __init__(self, clock: list[float], intervals: int, days: int = 0, takes: float = 0) -> None:
        self._clock, self._takes = clock, takes
        self.dirty_intervals, self.dirty_days = intervals, days

    def intervals(self, limit: int) -> int:
        self._clock[0] += self._takes
        done = min(limit, self.dirty_intervals)
        self.dirty_intervals -= done
        return done

    def days(self, _zone: ZoneInfo, limit: int, today: date) -> int:
        assert today == NOON.date()
        done = min(limit, self.dirty_days)
        self.dirty_days -= done
        return done


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("bcm_mqtt.recorder.derived.time.monotonic", lambda: now[0])
    return now


def derived(store: DirtyStore) -> Derived:
    return Derived(cast("RollUp", store), NEW_YORK, 10.0, lambda: NOON)


def test_it_begins_at_once_and_then_after_a_pause(clock: list[float]) -> None:
    store = DirtyStore(clock, 1)
    made = derived(store)
    made.turn()
    assert store.dirty_intervals == 0
    store.dirty_intervals = 1
    made.turn()
    assert store.dirty_intervals == 1
    clock[0] += 10
    made.turn()
    assert store.dirty_intervals == 0


def test_a_part_is_done_at_each_turn_until_nothing_is_left(clock: list[float]) -> None:
    store = DirtyStore(clock, 450, 25)
    made = derived(store)
    left = []
    for _ in range(4):
        made.turn()
        left.append((store.dirty_intervals, store.dirty_days))
    assert left == [(250, 5), (50, 0), (0, 0), (0, 0)]


def test_a_long_round_is_followed_by_a_pause_twice_as_long(clock: list[float]) -> None:
    store = DirtyStore(clock, 600, takes=10.0)
    made = derived(store)
    for _ in range(4):
        made.turn()  # the last of them finds nothing
    store.dirty_intervals = 1
    for waited, left in ((79.0, 1), (1.0, 0)):
        clock[0] += waited
        made.turn()
        assert store.dirty_intervals == left


def test_the_end_does_what_is_due_then_or_not(clock: list[float]) -> None:
    store = DirtyStore(clock, 0)
    made = derived(store)
    made.turn()
    store.dirty_intervals = 1
    made.finish()
    assert store.dirty_intervals == 0


def test_the_end_takes_a_part_at_most_and_not_long(clock: list[float]) -> None:
    for takes, left in ((0.0, (300, 5)), (1.0, (400, 25)), (9.0, (480, 25))):
        store = DirtyStore(clock, 500, 25, takes)
        derived(store).finish()
        assert (store.dirty_intervals, store.dirty_days) == left
