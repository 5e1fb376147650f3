"""Intervals of power and registers: differences, whatever a register does; missing is never 0."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.device_interval import (
    LONGEST_STEP_MS,
    DeviceInterval,
    RegisterReading,
    device_intervals_of,
    device_readings,
    last_registers,
)
from bcm_mqtt.domain.interval.interval import INTERVAL_MS, intervals_of
from bcm_mqtt.domain.interval.polls import Polls
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import to_ms
from unit.domain.examples import NOON, QUARTER, UNHURRIED, snapshot

MINUTE = timedelta(minutes=1)


def read(
    minute: float,
    energy: tuple[int | None, ...] | None,
    power: tuple[int | None, ...] | None = None,
) -> Snapshot:
    at = NOON + minute * MINUTE
    return replace(snapshot(at, [None], poll_ms=60_000), energy=energy, power=power)


def registers(*readings: int | None, start: float = 0) -> list[Snapshot]:
    """One pole's register, read every minute."""
    return [read(start + minute, (value,)) for minute, value in enumerate(readings)]


def counted(snapshots: list[Snapshot]) -> tuple[int | None, int, int, int] | None:
    """Wh, time, falls and jumps of the interval at NOON."""
    found = device_intervals_of(snapshots, NOON)
    if not found:
        return None
    (item,) = found
    return item.watt_hours, item.energy_ms, item.register_falls, item.register_jumps


def test_energy_is_the_difference_of_the_last_readings_in_and_before_the_interval() -> None:
    readings = [*registers(90, 100, start=-2), *registers(*range(110, 260, 10))]
    assert counted(readings) == (150, 15 * 60_000, 0, 0)


def test_without_a_reading_before_it_is_what_was_counted_within() -> None:
    assert counted(registers(100, 110, 130)) == (30, 120_000, 0, 0)


def test_one_reading_alone_is_no_energy_and_not_0() -> None:
    assert counted(registers(100)) is None
    assert counted(registers(None, 100, None)) is None


def test_a_read_that_failed_is_never_0_and_loses_nothing() -> None:
    assert counted(registers(100, None, None, 130)) == (30, 180_000, 0, 0)


def test_a_fall_is_an_event_and_counts_from_0_again() -> None:
    assert counted(registers(1000, 1010, 5, 15)) == (10 + 5 + 10, 180_000, 1, 0)
    assert counted(registers(1000, 0, 0, 0)) == (0, 180_000, 1, 0)


def test_what_cannot_have_flowed_is_an_event_and_counts_nothing() -> None:
    # 10 MW for a minute and the slack of 10 kWh: 176,667 Wh.
    assert counted(registers(0, 176_666)) == (176_666, 60_000, 0, 0)
    assert counted(registers(0, 176_667)) == (0, 0, 0, 1)
    assert counted(registers(5, 10**12, 7)) == (7, 60_000, 1, 1)


def test_each_channel_has_its_own_events() -> None:
    both = [read(0, (100, 7)), read(1, (110, None)), read(2, (3, 9))]
    found = device_intervals_of(both, NOON)
    assert [(item.pole, item.watt_hours, item.register_falls) for item in found] == [
        (1, 13, 1),
        (2, 2, 0),
    ]


def test_energy_over_a_pause_is_in_the_interval_of_the_next_reading() -> None:
    readings = [*registers(100, start=-180), *registers(700, 710, start=10)]
    assert counted(readings) == (610, 191 * 60_000, 0, 0)
    for quarters in range(-11, 0):
        assert device_intervals_of(readings, NOON + quarters * QUARTER) == []


def test_a_reading_before_may_be_told_from_outside_and_that_among_the_snapshots_is_newer() -> None:
    before = {1: RegisterReading(to_ms(NOON) - 3_600_000, 40)}
    within = registers(100, 110)
    assert [item.watt_hours for item in device_intervals_of(within, NOON, before)] == [70]
    newer = [*registers(90, start=-1), *within]
    assert [item.watt_hours for item in device_intervals_of(newer, NOON, before)] == [20]


def test_a_register_that_was_not_read_for_two_months_begins_anew() -> None:
    within = registers(100, 110)
    for age_ms, watt_hours in ((LONGEST_STEP_MS, 70), (LONGEST_STEP_MS + 1, 10)):
        before = {1: RegisterReading(to_ms(NOON) - age_ms, 40)}
        assert device_intervals_of(within, NOON, before)[0].watt_hours == watt_hours


READINGS = st.lists(st.none() | st.integers(0, 9_000), min_size=2, max_size=60)


@UNHURRIED
@given(READINGS.map(lambda values: sorted(values, key=lambda value: value or 0)))
def test_intervals_of_a_register_that_never_falls_add_up_to_its_difference(
    values: list[int | None],
) -> None:
    readings = registers(*values)
    items = [
        item
        for number in range(4)
        for item in device_intervals_of(readings, NOON + number * QUARTER)
    ]
    known = [value for value in values if value is not None]
    assert sum(item.watt_hours or 0 for item in items) == (known[-1] - known[0] if known else 0)
    assert not any(item.register_falls or item.register_jumps for item in items)


@UNHURRIED
@given(READINGS, st.randoms(use_true_random=False))
def test_order_and_duplication_of_snapshots_never_change_an_interval(
    values: list[int | None], random: object
) -> None:
    readings = registers(*values, start=-5)
    arrived = [*readings, *readings[::2]]
    random.shuffle(arrived)  # type: ignore[attr-defined]
    assert device_intervals_of(arrived, NOON) == device_intervals_of(readings, NOON)


@UNHURRIED
@given(st.lists(st.none() | st.integers(-5_000, 90_000), min_size=1, max_size=30))
def test_power_is_summed_as_current_is(values: list[int | None]) -> None:
    """The same numbers once as mA and once as mW."""
    milliamps = [
        snapshot(NOON + (minute - 4) * MINUTE, [value], poll_ms=60_000)
        for minute, value in enumerate(values)
    ]
    milliwatts = [read(minute - 4, None, (value,)) for minute, value in enumerate(values)]
    assert [
        (item.pole, item.milliwatt_ms, item.power_ms)
        for item in device_intervals_of(milliwatts, NOON)
    ] == [(item.pole, item.milliamp_ms, item.covered_ms) for item in intervals_of(milliamps, NOON)]


def test_power_and_energy_of_a_pole_stand_side_by_side() -> None:
    readings = [read(minute, (100 + minute,), (60_000,)) for minute in range(15)]
    assert device_intervals_of(readings, NOON) == [
        DeviceInterval(1, NOON, 60_000 * INTERVAL_MS, INTERVAL_MS, 14, 14 * 60_000)
    ]


def test_a_snapshot_without_power_does_not_end_the_hold_of_the_one_before() -> None:
    readings = [read(0, None, (60_000,)), read(1, (5,))]
    (item,) = device_intervals_of(readings, NOON)
    assert (item.milliwatt_ms, item.power_ms) == (60_000 * 90_000, 90_000)


def test_a_pole_that_a_device_measures_nothing_of_has_no_interval() -> None:
    assert device_intervals_of([snapshot(NOON, [1000])], NOON) == []
    found = device_intervals_of([read(0, (None, 1)), read(1, (None, 2))], NOON)
    assert [item.pole for item in found] == [2]


def test_the_last_registers_are_those_that_were_read() -> None:
    polls = Polls.of([read(0, (1, 2)), read(1, (3, None)), read(2, None)])
    known = last_registers(device_readings(polls)[1])
    noon = to_ms(NOON)
    assert known == {1: RegisterReading(noon + 60_000, 3), 2: RegisterReading(noon, 2)}
