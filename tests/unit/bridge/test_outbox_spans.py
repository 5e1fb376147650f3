"""Blocks by their times, and what is sent again where clocks jumped or nobody confirms."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.bridge.outbox import Put
from bcm_mqtt.bridge.outbox.spans import Spans
from bcm_mqtt.domain.reading.stored import Range
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.mqtt.payloads import StoredReport, encode_snapshot
from unit.bridge.outbox_days import PANEL, Day
from unit.builders import NOON, SECOND, snapshot

YEARS = timedelta(days=7300)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=12),
    st.lists(st.integers(0, 11), max_size=8),
    st.tuples(st.integers(0, 45), st.integers(0, 45)),
)
def test_all_that_overlap_are_found(
    blocks: list[tuple[int, int]], removed: list[int], ends: tuple[int, int]
) -> None:
    first, last = min(ends), max(ends)
    spans = Spans()
    held = {number: (min(one), max(one)) for number, one in enumerate(blocks)}
    for number, one in held.items():
        spans.add(*one, number)
    for number in removed:
        if number in held:
            spans.remove(held.pop(number)[0], number)
    found = spans.overlapping(first, last)
    assert len(found) == len(set(found))
    assert set(found) == {
        number for number, (begins, ends_) in held.items() if begins <= last and ends_ >= first
    }


def test_a_block_that_begins_years_before_is_confirmed_too(tmp_path: Path) -> None:
    """The clock was set back while it was filled: many blocks lie between its first and last."""
    day = Day(tmp_path)
    day.online()
    numbers = day.put(700)
    for number in range(701, 1501):
        day.id += 1
        day.now_s += 1
        time = NOON + number * SECOND - YEARS
        payload = encode_snapshot(snapshot(time, [number], seq=number))
        day.turn(puts=[Put(day.id, PANEL, to_ms(time), payload, is_sent=True)])
    day.put(700)
    day.wait(120)
    earliest, latest = NOON + numbers[0] * SECOND, NOON + numbers[-1] * SECOND
    day.turn(reports=[StoredReport("dc1", "d1", 1, {PANEL: [Range(earliest, latest, 700)]})])
    assert day.waiting == 1500


@pytest.mark.parametrize("answered", [[0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5]])
def test_what_nobody_confirms_holds_up_nothing(tmp_path: Path, answered: list[int]) -> None:
    """A recorder that does not take the oldest still gets all the others."""
    day = Day(tmp_path)
    day.online()
    numbers = day.put(1000)
    day.wait(120)
    missing = set(numbers)
    for _ in range(60):
        again = day.again()
        taken = [one for one in again if one // 128 in answered or one >= 768]
        missing.difference_update(taken)
        day.stored(taken)
        day.wait(601)
    assert missing == {one for one in numbers if one // 128 not in answered and one < 768}
    assert day.waiting == len(missing)
