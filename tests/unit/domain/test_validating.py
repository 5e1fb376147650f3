"""Validation: each flag where it must be, and none on what a meter usually shows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from bcm_mqtt.domain.interval.device_interval import DeviceInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Interval
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time import Month, from_ms, to_ms
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import panel_usage
from bcm_mqtt.domain.usage.validating import findings
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.domain.vee.quality import Finding, Flag
from unit.domain.examples import NEW_YORK, NOON, QUARTER, Devices, Readings, panel

START, END = Month(2026, 3).bounds(NEW_YORK)
BREAKER = CircuitVersion((1,), "Customer1-A", rating_amps=20)


def usual(milliamps: int = 10_000) -> list[Interval]:
    """A load that is a little different in each interval."""
    random = Random(4)
    found = []
    for ms in range(to_ms(START), to_ms(END), INTERVAL_MS):
        amps = milliamps + random.randrange(1_000)
        found.append(Interval(1, from_ms(ms), amps * INTERVAL_MS, INTERVAL_MS, 60, amps, amps))
    return found


def carrying(one: Interval, milliamps: int) -> Interval:
    return replace(one, milliamp_ms=milliamps * one.covered_ms)


def found_in(
    intervals: Sequence[Interval],
    circuit: CircuitVersion = BREAKER,
    edits: Sequence[IntervalEdit] = (),
    devices: Devices | None = None,
) -> list[Finding]:
    (part,) = panel_usage(
        Directory(panel(), (circuit,)),
        Readings(START, END, {1: intervals}, devices or {}),
        CustomerRule(),
        lambda _: [PricedTime(START, END)],
        BilledTime(START, END, NEW_YORK),
        edits,
    )
    return list(findings(part, edits))


def test_a_usual_load_is_not_flagged() -> None:
    assert found_in(usual()) == []


@pytest.mark.parametrize(("milliamps", "flagged"), [(24_000, False), (24_001, True)])
def test_above_the_rating_begins_above_1_2_times_it(milliamps: int, *, flagged: bool) -> None:
    intervals = usual()
    intervals[100] = carrying(intervals[100], milliamps)
    intervals[200] = carrying(intervals[200], milliamps)
    found = found_in(intervals)
    assert bool(found) is flagged
    if found:
        one, energy = found
        assert energy.flag is Flag.ENERGY_ABOVE_RATING  # at power factor 1 it is the same
        assert (one.flag, one.panel, one.poles) == (Flag.ABOVE_RATING, "rpp-1a", (1,))
        assert (one.start, one.end) == (START + 100 * QUARTER, START + 201 * QUARTER)
        assert one.detail == "pole 1: 2 intervals, up to 24.0 A"


def test_a_breaker_without_a_rating_is_never_above_it() -> None:
    assert found_in(usual(90_000), replace(BREAKER, rating_amps=None)) == []


@pytest.mark.parametrize(("milliamps", "flagged"), [(30_700, False), (30_900, True)])
def test_a_spike_is_more_than_180_percent_above_the_third_highest(
    milliamps: int, *, flagged: bool
) -> None:
    intervals = [carrying(one, 10_000 + number % 1_000) for number, one in enumerate(usual())]
    intervals[100] = carrying(intervals[100], milliamps)
    # The third highest is 10.999 A: 2.8 times that are 30.797 A.
    found = found_in(intervals, replace(BREAKER, rating_amps=None))
    assert [one.flag for one in found] == [Flag.SPIKE] * flagged
    if found:
        assert found[0].start == START + 100 * QUARTER
        assert found[0].detail == "3.708 kW, the third highest is 1.320 kW"


def test_of_less_than_20_intervals_nothing_is_a_spike() -> None:
    few = usual()[:18]
    few[4] = carrying(few[4], 90_000)
    assert found_in(few, replace(BREAKER, rating_amps=None)) == []


@pytest.mark.parametrize(("count", "flagged"), [(95, False), (96, True)])
def test_a_day_of_exactly_the_same_power_is_flat(count: int, *, flagged: bool) -> None:
    intervals = usual()
    for number in range(500, 500 + count):
        intervals[number] = carrying(intervals[number], 8_123)
    found = found_in(intervals)
    assert [one.flag for one in found] == [Flag.FLAT] * flagged
    if found:
        assert (found[0].start, found[0].end) == (START + 500 * QUARTER, START + 596 * QUARTER)
        assert found[0].detail == "24 h of exactly 0.975 kW"


def test_a_load_that_is_off_is_not_flat() -> None:
    assert found_in([carrying(one, 0) for one in usual()]) == []


def test_an_estimated_stretch_is_not_flat() -> None:
    intervals = [carrying(one, 5_000) for one in usual()]
    kept = [one for number, one in enumerate(intervals) if number % 60 < 40]
    assert found_in(kept) == []


def test_a_fall_whose_readings_are_no_longer_stored_is_unexplained() -> None:
    devices = {
        1: [
            DeviceInterval(1, one.start, None, 0, 100 + number % 7, INTERVAL_MS, number == 40)
            for number, one in enumerate(usual())
        ]
    }
    *_, one = found_in(usual(), devices=devices)
    assert (one.flag, one.start) == (Flag.REGISTER_UNEXPLAINED, START + 40 * QUARTER)
    assert one.detail == "pole 1: 1 falls or jumps of which the readings are no longer stored"


def test_what_was_accepted_is_told_no_more_and_what_was_not_still_is() -> None:
    intervals = usual()
    intervals[100] = carrying(intervals[100], 40_000)

    def accepted(start: int, end: int) -> IntervalEdit:
        span = START + start * QUARTER, START + end * QUARTER
        return IntervalEdit("rpp-1a", 1, *span, EditAction.ACCEPT, "me", "seen", NOON)

    assert [one.flag for one in found_in(intervals)] == [
        Flag.ABOVE_RATING,
        Flag.SPIKE,
        Flag.ENERGY_ABOVE_RATING,
        Flag.JUMP,
    ]
    assert found_in(intervals, edits=[accepted(99, 102)]) == []
    assert len(found_in(intervals, edits=[accepted(101, 102)])) == 4


def test_discarded_readings_are_estimated_and_flag_nothing() -> None:
    intervals = usual()
    intervals[100] = carrying(intervals[100], 90_000)
    span = intervals[100].start, intervals[100].start + timedelta(minutes=15)
    gone = IntervalEdit("rpp-1a", 1, *span, EditAction.DISCARD, "me", "lightning", NOON)
    assert found_in(intervals, edits=[gone]) == []
