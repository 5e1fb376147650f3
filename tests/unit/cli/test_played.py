"""The clock of `demo --speed`: a day behind, faster than the real one, never ahead of it."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bcm_mqtt.cli.played import PLAYED, PlayedClock, PlayedLoop

DAY_S = PLAYED.total_seconds()


def test_it_is_a_day_behind_until_it_begins_and_then_catches_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: real[0])
    clock = PlayedClock(1440, tmp_path / "clock")
    assert clock.behind_s() == DAY_S
    real[0] += 10
    assert clock.behind_s() == DAY_S
    clock.begin()
    real[0] += 30
    assert clock.behind_s() == DAY_S - 30 * 1439
    assert clock.monotonic() == real[0] + 30 * 1439
    assert abs(clock.now() - (datetime.now(UTC) - timedelta(seconds=DAY_S - 30 * 1439))) < PLAYED
    real[0] += 31
    assert clock.behind_s() == 0


def test_without_a_demo_it_is_the_real_one() -> None:
    clock = PlayedClock.given()
    assert (clock.speed, clock.behind_s()) == (1, 0)


def test_processes_of_the_demo_are_given_it(tmp_path: Path) -> None:
    clock = PlayedClock(60, tmp_path / "a folder" / "clock")
    with clock.used():
        assert PlayedClock.given() == clock
    assert PlayedClock.given().speed == 1


def test_timers_of_its_loop_come_as_much_earlier(tmp_path: Path) -> None:
    clock = PlayedClock(3600, tmp_path / "clock")
    clock.begin()

    async def an_hour() -> float:
        begun = asyncio.get_running_loop().time()
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time() - begun

    begun = time.monotonic()
    with asyncio.Runner(loop_factory=lambda: PlayedLoop(clock)) as runner:
        assert runner.run(an_hour()) >= 3600
    assert time.monotonic() - begun < 20
