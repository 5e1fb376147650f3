"""The newest readings of several sources of a panel, as one snapshot."""

from datetime import timedelta

from bcm_mqtt.domain.interval.interval import intervals_of
from bcm_mqtt.domain.reading.polled.merged import Merged
from bcm_mqtt.domain.reading.reading import Snapshot
from unit.builders import NOON, SECOND

LOW, HIGH = (1, 2), (3, 4)


def low(at: float, *values: int | None) -> Snapshot:
    time = NOON + at * SECOND
    return Snapshot("p", time, 1, 15_000, values, source="low", poles=LOW, errors={1: "why"})


def high(at: float, *values: int | None) -> Snapshot:
    current = (None, None, *values)
    return Snapshot("p", NOON + at * SECOND, 9, 60_000, current, source="high", poles=HIGH)


def test_a_snapshot_of_all_of_a_panel_is_itself() -> None:
    whole = Snapshot("p", NOON, 1, 15_000, (1, 2))
    assert Merged().take(whole) is whole


def test_what_a_poll_does_not_read_stays_and_what_it_could_not_is_missing() -> None:
    merged = Merged()
    assert merged.take(low(0, 10, 20)).current == (10, 20)
    both = merged.take(high(1, 30, 40))
    assert both.current == (10, 20, 30, 40)
    assert (both.time, both.seq, both.interval_ms) == (NOON + SECOND, 9, 60_000)
    assert (both.source, both.poles, both.errors) == ("", (), {1: "why"})
    assert merged.take(low(15, 11, None)).current == (11, None, 30, 40)


def test_quantities_of_another_period_stay() -> None:
    merged = Merged()
    energy = Snapshot("p", NOON, 1, 60_000, energy=(5000, 6000), poles=LOW)
    assert merged.take(energy).current == (None, None)
    current = Snapshot("p", NOON + SECOND, 2, 1000, (10, 20), poles=LOW)
    both = merged.take(current)
    assert (both.current, both.energy, both.power) == ((10, 20), (5000, 6000), None)


def test_a_source_that_was_taken_away_is_forgotten_after_three_polls() -> None:
    merged = Merged()
    merged.take(low(0, 10, 20))
    assert merged.take(high(45, 30, 40)).current == (10, 20, 30, 40)
    assert merged.take(high(46, 30, 40)).current == (None, None, 30, 40)


def test_sources_at_one_instant_are_both_in_the_interval() -> None:
    """10 mA for 15 s, and 30 mA for 22.5 s, which is 1.5 polls of 15 s."""
    one = low(0, 10, None)
    other = Snapshot("p", NOON, 1, 15_000, (None, None, 30), source="high", poles=(3,))
    later = low(15, 10, 20)
    sums = {item.pole: item.milliamp_ms for item in intervals_of([other, later, one], NOON)}
    assert sums == {1: 10 * 37_500, 2: 20 * 22_500, 3: 30 * 22_500}


def test_of_a_pole_that_is_read_twice_at_one_instant_the_last_counts() -> None:
    first, second = (
        Snapshot("p", NOON, 1, 15_000, (value,), source=source)
        for value, source in ((10, "a"), (20, "b"))
    )
    (found,) = intervals_of([first, second], NOON)
    assert (found.milliamp_ms, found.samples) == (20 * 22_500, 1)
    assert found.covered_ms == timedelta(seconds=22.5) / timedelta(milliseconds=1)
