"""Instants as integers and as text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.time import EPOCH, from_ms, from_text, to_ms, to_text, whole_ms
from unit.domain.examples import NOON, UNHURRIED


@UNHURRIED
@given(st.integers(-(10**12), 10**13))
def test_milliseconds_and_texts_come_back_as_they_were(ms: int) -> None:
    assert to_ms(from_ms(ms)) == ms
    assert from_text(to_text(from_ms(ms))) == from_ms(ms)


def test_an_instant_is_written_in_utc_with_milliseconds() -> None:
    there = datetime(2026, 11, 20, 15, 15, 0, 123_999, tzinfo=timezone(-timedelta(hours=5)))
    assert to_text(there) == "2026-11-20T20:15:00.123Z"
    assert from_text("2026-11-20T15:15:00.123-05:00") == whole_ms(there)
    assert from_text("2026-11-20T15:15:00-05:00").tzinfo is UTC


@pytest.mark.parametrize("microseconds", [0, 1, 999])
def test_an_instant_is_rounded_down_to_milliseconds_before_and_after_1970(
    microseconds: int,
) -> None:
    part = timedelta(microseconds=microseconds)
    assert whole_ms(NOON + part) == NOON
    assert to_ms(EPOCH - timedelta(milliseconds=5) + part) == -5


@pytest.mark.parametrize("text", ["2026-11-20T20:15:00", "2026-11-20", "noon", ""])
def test_a_text_without_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"has no offset|Invalid isoformat"):
        from_text(text)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(TypeError):
        to_ms(NOON.replace(tzinfo=None))
