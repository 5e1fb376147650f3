"""Intervals of voltage, power factor and reactive power: left-hold, as of current."""

from dataclasses import replace

from bcm_mqtt.domain.interval.electrical_interval import (
    ElectricalInterval,
    electrical_intervals_of,
    measures_supply,
)
from bcm_mqtt.domain.interval.polls import Polls
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import from_ms, to_ms
from unit.domain.examples import NOON, snapshot


def at(second: int, *volts: int | None) -> Snapshot:
    return replace(
        snapshot(from_ms(to_ms(NOON) + second * 1000), [None], poll_ms=300_000), voltage=volts
    )


def test_a_reading_stands_until_the_next_at_most_one_and_a_half_polls() -> None:
    polls = [at(0, 120_000, None), at(300, 118_000, 119_000), at(600, None, 121_000)]
    one, other = electrical_intervals_of(polls, NOON)
    # Pole 1 failed at 600 s: its reading of 300 s stands until 750 s.
    assert one == ElectricalInterval(1, NOON, 120_000 * 300_000 + 118_000 * 450_000, 750_000)
    assert other == ElectricalInterval(2, NOON, 119_000 * 300_000 + 121_000 * 300_000, 600_000)


def test_power_factors_count_by_magnitude_and_one_of_a_meter_without_load_not_at_all() -> None:
    poll = replace(at(0), voltage=None, power_factor=(-900, 0, 1001, 1000))
    assert [
        (one.pole, one.power_factor_ms, one.power_factor_covered_ms)
        for one in electrical_intervals_of([poll], NOON)
    ] == [(1, 900 * 450_000, 450_000), (4, 1000 * 450_000, 450_000)]


def test_reactive_power_has_its_sign() -> None:
    poll = replace(at(0), voltage=None, reactive_power=(-50_000,))
    (found,) = electrical_intervals_of([poll], NOON)
    assert (found.millivar_ms, found.reactive_ms) == (-50_000 * 450_000, 450_000)
    assert (found.millivolt_ms, found.voltage_ms) == (None, 0)


def test_a_panel_that_measures_none_of_it_has_none() -> None:
    poll = snapshot(NOON, [1000])
    assert not measures_supply(Polls.of([poll]))
    assert electrical_intervals_of([poll], NOON) == []
