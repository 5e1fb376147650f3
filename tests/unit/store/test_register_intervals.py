"""Registers by interval: they stay when polls go, and are those of the domain."""

from dataclasses import replace
from datetime import timedelta

from bcm_mqtt.domain.interval.register_interval import RegisterPast, register_intervals_of
from bcm_mqtt.domain.interval.retention import MonthSpan
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import Store
from unit.builders import NOON, QUARTER
from unit.store.test_device_intervals import metered

DAY = timedelta(days=1)


def shown(store: Store, start: int = 0, end: int = 8) -> list[list[int]]:
    past = store.intervals.registers("rpp-1b", NOON + start * QUARTER, NOON + end * QUARTER)
    return [list(map(int, level)) for level in past[1].levels] if past else []


def recorded(store: Store) -> list[list[int]]:
    """Two quarter hours with a misread 0 in the first, a pause, and two more."""
    history = [*metered(NOON, NOON + 2 * QUARTER), *metered(NOON + 5 * QUARTER, NOON + 7 * QUARTER)]
    history[20] = replace(history[20], energy=(0,))
    store.arrivals.add(history)
    store.roll_up.intervals()
    of_domain = [
        item
        for quarter in range(7)
        for item in register_intervals_of(history, NOON + quarter * QUARTER)
    ]
    return [list(map(int, level)) for level in RegisterPast.of(of_domain).levels]


def test_what_is_stored_is_what_the_domain_says(store: Store) -> None:
    levels = recorded(store)
    assert shown(store) == levels
    assert [level[2] for level in levels if level[2] < 70_000] == [0]


def test_a_time_is_read_with_the_last_interval_before_and_the_first_one_after(store: Store) -> None:
    levels = recorded(store)
    starts = [level[0] for level in shown(store, 3, 4)]
    assert starts == [level[0] for level in levels if 1 <= (level[0] - levels[0][0]) // 900_000 < 6]
    assert shown(store, 8, 9)[-1] == levels[-1]


def test_they_stay_when_the_polls_go(store: Store) -> None:
    levels = recorded(store)
    span = MonthSpan(Month(2026, 11), NOON - DAY, NOON + DAY)
    removed = list(store.upkeep.remove_snapshots([span], NOON + 60 * DAY))
    assert sum(step.rows for step in removed)
    store.roll_up.mark_all()
    store.roll_up.intervals()
    assert shown(store) == levels
