"""The outbox while the clock is not set: what it stamps is sent by its right time, and once."""

from pathlib import Path

import pytest

from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.reading.stored import Name, ranges_of
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.mqtt.payloads import StoredReport, decode_snapshot
from unit.bridge.outbox_days import PANEL, Day
from unit.builders import NOON, SECOND

HOUR_S = 3600


def unset(folder: Path, count: int) -> tuple[Day, dict[tuple[str, int], int]]:
    """A day with snapshots that wait, and what an hour more makes of their times."""
    day = Day(folder)
    day.online()
    numbers = day.put(count, sent=False, waits=True)
    times = [to_ms(NOON + number * SECOND) for number in numbers]
    return day, {("rpp-1a", time): time + HOUR_S * 1000 for time in times}


def sent(day: Day) -> list[Snapshot]:
    """What goes out within 15 s."""
    found = []
    for _ in range(15):
        day.wait(1)
        found += day.outbox.again(day.now_s, 999)
    return [decode_snapshot(due.payload, "rpp-1a") for due in found]


def fails(*_: object) -> None:
    raise OSError("database or disk is full")


@pytest.mark.parametrize("is_full", [False, True], ids=["", "full disk"])
def test_what_waits_is_sent_with_its_new_time_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_full: bool
) -> None:
    day, anew = unset(tmp_path, 300)
    day.wait(120)
    assert day.again() == []
    assert day.waiting == 300
    with monkeypatch.context() as bad:
        if is_full:
            bad.setattr("bcm_mqtt.bridge.outbox.file.OutboxFile.add_entries", fails)
        day.turn(stamped_anew=anew)
        found = sent(day)
    assert {(one.seq, one.time) for one in found} == {
        (number, NOON + (HOUR_S + number) * SECOND) for number in range(1, 301)
    }
    day.wait(10)
    assert day.restarted(kill=True).waiting == 300
    names = ranges_of([Name(PANEL, one.time, one.seq) for one in found])
    day.turn(reports=[StoredReport("dc1", "d1", 1, names)])
    assert day.waiting == 0


def test_a_kill_before_the_clock_is_set_leaves_what_was_stamped(tmp_path: Path) -> None:
    day, _ = unset(tmp_path, 5)
    again = day.restarted(kill=True)
    again.online()
    assert [one.time for one in sent(again)] == [NOON + n * SECOND for n in range(1, 6)]


def test_where_nobody_sets_the_clock_it_goes_as_it_is(tmp_path: Path) -> None:
    day, anew = unset(tmp_path, 5)
    day.turn(stamped_anew={name: name[1] for name in anew})
    assert [one.time for one in sent(day)] == [NOON + n * SECOND for n in range(1, 6)]


def test_what_waits_takes_its_turn_in_being_given_up(tmp_path: Path) -> None:
    """And is no ghost then."""
    day, anew = unset(tmp_path, 5)
    day.wait(8 * 86_400)
    assert day.waiting == 0
    day.turn(stamped_anew=anew)
    assert sent(day) == []
    assert day.restarted(kill=True).waiting == 0
