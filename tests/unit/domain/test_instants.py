"""Instants as integers and as text."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.time import (
    EPOCH,
    LocalTimeError,
    from_ms,
    from_text,
    instant_of,
    to_ms,
    to_text,
    whole_ms,
)
from unit.builders import NEW_YORK
from unit.domain.examples import NOON, UNHURRIED

_FIRST = datetime.fromisoformat("1971-01-01")


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


@pytest.mark.parametrize(
    ("text", "said", "offsets"),
    [
        (
            "2026-11-01T01:30",
            "2026-11-01 01:30:00 comes twice in America/New_York, where clocks go back",
            ["2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00"],
        ),
        (
            "2026-03-08T02:30",
            (
                "2026-03-08 02:30:00 does not exist in America/New_York, where clocks go forward "
                "over it"
            ),
            ["2026-03-08T02:30:00-05:00", "2026-03-08T02:30:00-04:00"],
        ),
    ],
)
def test_a_local_time_that_is_not_one_instant_is_refused_with_both_offsets(
    text: str, said: str, offsets: list[str]
) -> None:
    with pytest.raises(LocalTimeError) as caught:
        instant_of(text, NEW_YORK)
    assert str(caught.value) == f"{said}: expected it with its offset, {' or '.join(offsets)}"
    first, second = (instant_of(one, NEW_YORK) for one in offsets)
    assert abs(second - first) == timedelta(hours=1)


@UNHURRIED
@given(st.integers(0, 60 * 24 * 366 * 60).map(lambda m: _FIRST + timedelta(minutes=m)))
def test_a_local_time_is_read_as_the_one_instant_at_which_clocks_show_it(local: datetime) -> None:
    try:
        at = instant_of(local.isoformat(), NEW_YORK)
    except LocalTimeError:
        shown = {local.replace(tzinfo=NEW_YORK, fold=fold).utcoffset() for fold in (0, 1)}
        assert len(shown) == 2
    else:
        assert at.astimezone(NEW_YORK).replace(tzinfo=None) == local


def test_a_day_whose_midnight_comes_twice_or_never_begins_once() -> None:
    havana = ZoneInfo("America/Havana")
    assert instant_of("2026-11-01", havana) == datetime(2026, 11, 1, 4, tzinfo=UTC)
    assert instant_of("2026-03-08", havana) == datetime(2026, 3, 8, 5, tzinfo=UTC)
