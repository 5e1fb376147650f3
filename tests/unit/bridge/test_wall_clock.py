"""The bridge's wall clock: steps are said once, and what was stamped is known to the next run."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bcm_mqtt.bridge.wall_clock import WallClock
from unit.builders import NOON, SECOND, SetClock

MS = timedelta(milliseconds=1)


def made(clock: SetClock, folder: Path) -> WallClock:
    return WallClock(clock, clock.monotonic, folder)


async def watched(wall: WallClock, looks: int = 1) -> list[timedelta]:
    """What `run` says in so many looks."""
    said: list[timedelta] = []
    task = asyncio.create_task(wall.run(said.append))
    for _ in range(2 + 200 * looks):
        await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.wait([task])
    return said


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bcm_mqtt.bridge.wall_clock._LOOK_EVERY_S", 0.005)


@pytest.mark.parametrize("step_s", [-1, 1, -3600, 3600, -86_400, 691_200, -3e8, 3e8])
async def test_a_step_is_logged_reported_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, step_s: float
) -> None:
    clock = SetClock()
    wall = made(clock, tmp_path)
    clock.advance(15)
    clock.set_by(step_s)
    wall.stamp("a")  # it may be the first to notice
    assert await watched(wall, 2) == [step_s * SECOND]
    side = "back" if step_s < 0 else "forward"
    message = caplog.messages[0]
    assert message.startswith(f"the clock was set {side} by {abs(step_s):,.1f} s, to ")
    assert (wall.report.steps, wall.report.step_s) == (1, step_s)
    assert wall.report.stepped == clock.now
    assert wall.set_by() == step_s * SECOND


async def test_a_clock_that_goes_on_says_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SetClock()
    wall = made(clock, tmp_path)
    for _ in range(5):
        clock.advance(900)
        clock.set_by(0.4)  # as it is slewed
        assert await watched(wall) == []
    assert caplog.messages == []
    assert wall.report.steps == 0


def test_what_was_stamped_is_not_stamped_by_the_next_run(tmp_path: Path) -> None:
    clock = SetClock()
    first = made(clock, tmp_path)
    for _ in range(3):
        first.stamp("a")
        clock.advance(1)
    first.close()
    clock.now = NOON + SECOND
    again = made(clock, tmp_path)
    assert again.stamp("a") == NOON + SECOND + MS


async def test_a_run_that_was_killed_has_noted_what_it_stamped(tmp_path: Path) -> None:
    clock = SetClock()
    killed = made(clock, tmp_path)
    killed.stamp("a")
    await watched(killed)
    clock.advance(9)
    killed.stamp("a")  # within what was noted ahead
    clock.now = NOON
    again = made(clock, tmp_path)
    stamps = [again.stamp("a") for _ in range(3)]
    assert NOON not in stamps
    clock.advance(9)
    assert again.stamp("a") == NOON + 9 * SECOND + MS


def test_stamps_of_a_clock_that_was_never_set_are_given_anew_once_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    clock = SetClock(datetime(1970, 1, 1, tzinfo=UTC))
    wall = made(clock, tmp_path)
    old = []
    for _ in range(3):
        old += [wall.stamp("a"), wall.stamp("b")]
        clock.advance(15)
    assert [wall.time_of("a", time) for time in old] == [None] * 6
    assert wall.stamped_anew() == {}
    clock.set_by((NOON - clock.now) / SECOND)
    first = wall.stamp("a")  # notices it, and comes after them
    assert first == NOON
    times = [NOON - 45 * SECOND, NOON - 30 * SECOND, NOON - 15 * SECOND]
    anew = [time for time in times for _ in "ab"]
    assert list(wall.stamped_anew().values()) == anew
    # A poll that was under way when the clock was set.
    assert [wall.time_of("b", time) for time in old[1::2]] == times
    assert wall.time_of("a", first) == first
    assert wall.stamped_anew() == {}
    assert "nobody has set it yet: snapshots wait until it is set, for 10 min" in caplog.text
    assert "6 polls from before the clock was set have their right times now" in caplog.text
    wall.close()
    again = SetClock(NOON)
    for time in sorted({*anew, first}):
        again.now = time
        assert made(again, tmp_path).stamp("a") > time


def test_a_start_before_the_last_poll_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SetClock()
    first = made(clock, tmp_path)
    first.stamp("a")
    first.close()
    clock.now = NOON - timedelta(hours=1)
    assert made(clock, tmp_path).report.behind_s == 3600
    [message] = caplog.messages
    assert message.startswith(
        "the clock shows 2026-11-20T11:00:00.000Z, which is before the last poll at "
        "2026-11-20T12:00:00.000Z: polls go on"
    )


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"used": 5, "last": 1}', '{"used": [[1, 2]], "last": 1}', "null"]
)
def test_a_damaged_file_counts_as_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    (tmp_path / "stamps.json").write_text(text)
    clock = SetClock()
    assert made(clock, tmp_path).stamp("a") == NOON
    assert len(caplog.messages) == 1


def test_a_disk_that_fails_stops_no_poll(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "stamps.tmp").mkdir()
    clock = SetClock()
    wall = made(clock, tmp_path)
    assert wall.stamp("a") == NOON
    wall.close()
    wall.close()
    assert len(caplog.messages) == 1
    (tmp_path / "stamps.tmp").rmdir()
    wall.close()
    assert json.loads((tmp_path / "stamps.json").read_text())["last"] == 1795176000000
