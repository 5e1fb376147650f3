"""Heartbeats: how far a clock is off, whatever a message took, and when it was set back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.bridge_clock import (
    ClockFault,
    ClockFaultKind,
    ClockTrack,
    Heartbeat,
    fault_of,
    followed,
)
from bcm_mqtt.domain.usage.clock_findings import clock_findings
from bcm_mqtt.domain.vee.quality import Flag
from unit.domain.examples import NOON

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def beat(at_s: float, off_s: float = 0.0, boot: str = "one") -> Heartbeat:
    """Sent so many seconds after noon, by a clock that is so much ahead."""
    return Heartbeat(boot, NOON + (at_s + off_s) * SECOND, at_s)


def track(*beats: tuple[float, float, float]) -> ClockTrack:
    """After heartbeats: sent at, ahead by, and how long it took, all in s."""
    known = None
    for at_s, off_s, took_s in beats:
        heard = NOON + (at_s + took_s) * SECOND
        known = followed(known, beat(at_s, off_s), heard, 5_000 + at_s + took_s)
    assert known
    return known


@pytest.mark.parametrize(
    ("off_s", "kind"),
    [
        (0, None),
        (5, None),
        (-5.1, ClockFaultKind.DRIFTS),
        (60, ClockFaultKind.DRIFTS),
        (60.1, ClockFaultKind.OFF),
        (-172_800, ClockFaultKind.OFF),
    ],
)
def test_a_clock_is_off_beyond_60_s_and_drifts_beyond_5(
    off_s: float, kind: ClockFaultKind | None
) -> None:
    known = track((0, off_s, 0))
    assert known.offset == off_s * SECOND
    assert fault_of(known) is kind


@given(st.floats(-1e5, 1e5), st.lists(st.floats(0, 1e4), max_size=8))
def test_a_message_that_was_held_up_changes_nothing(off_s: float, held_up_s: list[float]) -> None:
    beats = [(0.0, off_s, 0.0), *((60.0 * n, off_s, s) for n, s in enumerate(held_up_s, 1))]
    known = track(*beats)
    assert abs(known.offset / SECOND - off_s) < 1e-3
    assert known.set_back == timedelta()


def test_a_clock_is_set_back_where_it_shows_less_than_the_monotonic_one() -> None:
    assert track((0, 0, 0), (60, -30, 0)).set_back == 30 * SECOND
    assert track((0, 0, 0), (60, -0.9, 0)).set_back == timedelta()
    assert track((0, 0, 0), (60, 30, 0)).set_back == timedelta()
    again = followed(track((0, 0, 0)), beat(0, -30, "two"), NOON + 60 * SECOND, 5_060)
    assert again.set_back == timedelta()  # another boot: its monotonic clock is another


def test_another_clock_is_ahead_of_the_listeners() -> None:
    assert track((0, 7, 0)).against(10 * SECOND).offset == -3 * SECOND


def fault(kind: ClockFaultKind, off_s: float, since_s: float = 0) -> ClockFault:
    since = NOON + since_s * SECOND
    span = since, since + 60 * SECOND
    off = off_s * SECOND
    stamped = since + off, since + off + 60 * SECOND
    return ClockFault("rpp-1a", kind, *span, *stamped, "dc1", off, "recorder")


def test_the_greatest_fault_of_a_kind_is_a_finding_of_the_panel() -> None:
    faults = [
        fault(ClockFaultKind.OFF, 75),
        fault(ClockFaultKind.OFF, -90, 600),
        fault(ClockFaultKind.SET_BACK, -165, 600),
    ]
    off, back = clock_findings(faults, NOON - DAY, NOON + DAY)
    assert (off.flag, off.panel, off.poles) == (Flag.CLOCK_OFF, "rpp-1a", ())
    assert (off.start, off.end) == (NOON, NOON + 660 * SECOND)
    assert off.detail == "bridge dc1: up to 90.0 s behind the recorder's"
    assert (back.flag, back.detail) == (Flag.CLOCK_BACK, "bridge dc1: set back by 165.0 s")
    assert off.flag.holds
    assert not back.flag.holds


def test_readings_that_were_stamped_in_another_month_are_found_there_too() -> None:
    boots_in_the_past = fault(ClockFaultKind.OFF, -172_800)
    (before,) = clock_findings([boots_in_the_past], NOON - 5 * DAY, NOON - DAY)
    assert (before.start, before.end) == (NOON - 2 * DAY, NOON - 2 * DAY + 60 * SECOND)
