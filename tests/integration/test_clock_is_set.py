"""Wall clocks of real processes are set while they run, and wrong at their start.

The table of figures is printed: `pytest -s`.
"""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bcm_mqtt.domain.time import from_ms, to_text
from peers.arrivals import Arrivals
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.postgresql import PostgreSql
from peers.process import Process, wait_until
from peers.set_clock import SetWallClock
from peers.site import Site

HOUR_S, DAY_S = 3600.0, 86_400.0
YEARS_S = 3653 * DAY_S
STEPS_S = [-HOUR_S, HOUR_S, -DAY_S, 8 * DAY_S, 0.0]
"""How far off the clock is, one after the other."""
LASTS_S = 8.0
PAUSE_S = 7.0
"""At a poll each second, on a machine that does other work: far less than any step but the least
that is tried, and less than a step lasts."""


def numbers(site: Site) -> list[int]:
    return [number for (number,) in site.query("SELECT seq FROM snapshot ORDER BY seq")]


def quarantined(site: Site) -> list[int]:
    rows = site.query("SELECT payload FROM quarantine")
    return sorted(json.loads(bytes(payload))["seq"] for (payload,) in rows)


@pytest.fixture
def slow(site: Site) -> Site:
    """Polled each second."""
    text = site.config.read_text()
    site.config.write_text(text.replace("poll_interval: 200ms", "poll_interval: 1s"))
    return site


def start(site: Site, command: str, clock: SetWallClock | None = None) -> Process:
    """A service, with a clock of its own where one is given; the recorder has subscribed."""
    process = site.start(command, **(clock.environment if clock else {}))
    if command == "recorder":
        wait_until(lambda: ": connected" in process.said(), 60, process.said)
    return process


def report(what: str, arrivals: Arrivals, site: Site) -> None:
    found = arrivals.found
    rows = site.query("SELECT seq, time FROM snapshot")
    stored = [
        (number, to_text(time if isinstance(time, datetime) else from_ms(time)))
        for number, time in rows
    ]
    payloads = [json.loads(bytes(body)) for (body,) in site.query("SELECT payload FROM quarantine")]
    refused = [(one["seq"], one["time"]) for one in payloads]
    missing = {(one.number, one.time) for one in found} - {*stored, *refused}
    print(  # noqa: T201 - it is what this test measures
        f"\n{what}: {len(found)} polls, longest pause {arrivals.longest_pause_s():.2f} s, stamped "
        f"twice {len(found) - len({one.time for one in found})}, stored {len(stored)}, in "
        f"quarantine {len(refused)}, missing {len(missing)}, stored twice "
        f"{len(stored) - len(set(stored))}"
    )


@pytest.fixture
def clock(tmp_path: Path) -> SetWallClock:
    return SetWallClock(tmp_path / "clock")


def test_the_clock_of_the_bridge_is_set(
    slow: Site, mosquitto: Mosquitto, clock: SetWallClock
) -> None:
    """Polls go on, all of them are stored but those of a time that nobody agreed with."""
    with Arrivals(mosquitto.port) as arrivals:
        recorder, bridge = start(slow, "recorder"), start(slow, "bridge", clock)
        wait_until(lambda: len(arrivals.found) > 5, 60, bridge.said)
        for off_s in STEPS_S:
            clock.set_by(off_s)
            time.sleep(LASTS_S)
        info = json.loads(mosquitto.retained("bcm/bridge/+/info")["bcm/bridge/dc1/info"])
        assert bridge.stop() == 0
        sent = {one.number for one in arrivals.found}
        wait_until(lambda: {*numbers(slow), *quarantined(slow)} == sent, 60, recorder.said)
        assert recorder.stop() == 0
    report("bridge, -1 h, +2 h, -1 d 1 h, +9 d, -8 d", arrivals, slow)
    assert arrivals.longest_pause_s() < PAUSE_S
    assert len({one.time for one in arrivals.found}) == len(arrivals.found)
    assert len(numbers(slow)) == len(set(numbers(slow)))
    assert not set(numbers(slow)) & set(quarantined(slow))
    # What was stamped 8 days ahead: the bridge itself was set right later.
    assert 1 <= len(quarantined(slow)) <= 2 * LASTS_S
    assert bridge.said().count("the clock was set") == len(STEPS_S)
    assert "the clock was set forward by 777,600.0 s" in bridge.said()
    assert info["clock"]["steps"] == len(STEPS_S)
    assert info["clock"]["step_s"] == pytest.approx(-8 * DAY_S, abs=1)
    assert "nobody agrees with either" in recorder.said()
    assert "Traceback" not in bridge.said() + recorder.said()


def test_the_clock_of_the_recorder_is_set(
    slow: Site, mosquitto: Mosquitto, clock: SetWallClock
) -> None:
    """What it cannot judge it holds; once its clock is right again, all of it is stored."""
    with Arrivals(mosquitto.port) as arrivals:
        recorder, bridge = start(slow, "recorder", clock), start(slow, "bridge")
        wait_until(lambda: len(numbers(slow)) > 5, 60, recorder.said)
        for off_s in (*STEPS_S[:-1], -YEARS_S, YEARS_S + DAY_S, 0.0):
            clock.set_by(off_s)
            time.sleep(LASTS_S)
        assert bridge.stop() == 0
        sent = {one.number for one in arrivals.found}
        wait_until(lambda: set(numbers(slow)) == sent, 60, recorder.said)
        assert recorder.stop() == 0
    report("recorder, the same, -10 y, +10 y 1 d", arrivals, slow)
    assert len(numbers(slow)) == len(sent)
    assert quarantined(slow) == []
    assert recorder.said().count("this host's clock was set") == 7
    assert "nobody agrees with either" in recorder.said()
    assert "Traceback" not in bridge.said() + recorder.said()


@pytest.mark.parametrize("off_s", [-YEARS_S, -HOUR_S, YEARS_S])
def test_the_bridge_starts_with_a_wrong_clock_that_is_set_right(
    slow: Site, mosquitto: Mosquitto, clock: SetWallClock, off_s: float
) -> None:
    """As a host without a clock of its own does."""
    with Arrivals(mosquitto.port) as arrivals:
        recorder, bridge = start(slow, "recorder"), start(slow, "bridge")
        wait_until(lambda: len(numbers(slow)) > 5, 60, bridge.said)
        assert bridge.stop() == 0
        before = len(arrivals.found)
        wait_until(lambda: len(numbers(slow)) == before, 30, recorder.said)
        clock.set_by(off_s)
        bridge = start(slow, "bridge", clock)
        wait_until(lambda: len(arrivals.found) > before + 5, 60, bridge.said)
        clock.set_by(0)
        time.sleep(LASTS_S)
        assert bridge.stop() == 0
        stamps = {one.time for one in arrivals.found}
        assert len(stamps) == len(arrivals.found)
        wait_until(
            lambda: len(numbers(slow)) + len(quarantined(slow)) == len(stamps), 60, recorder.said
        )
        assert recorder.stop() == 0
    del arrivals.found[:before]
    report(f"bridge, started {off_s:+,.0f} s off", arrivals, slow)
    assert arrivals.longest_pause_s() < PAUSE_S
    assert ("before the last poll" in bridge.said()) is (off_s < 0)
    assert "the clock was set" in bridge.said()
    assert (off_s == -HOUR_S) is (quarantined(slow) == [])
    assert "Traceback" not in bridge.said() + recorder.said()


def test_a_recorder_whose_clock_starts_in_1970_refuses_nothing(
    slow: Site, mosquitto: Mosquitto, clock: SetWallClock
) -> None:
    clock.set_by(30 - datetime.now(UTC).timestamp())
    with Arrivals(mosquitto.port) as arrivals:
        recorder, bridge = start(slow, "recorder", clock), start(slow, "bridge")
        wait_until(lambda: "nobody agrees with either" in recorder.said(), 30, recorder.said)
        time.sleep(3)
        assert numbers(slow) == []
        state = json.loads(mosquitto.retained("bcm/recorder/+/state")["bcm/recorder/dc1/state"])
        assert "clock shows 1970-01-01" in state["problem"]
        assert "this host's clock shows 1970-01-01" in recorder.said()
        clock.set_by(0)
        wait_until(lambda: len(numbers(slow)) > 5, 60, recorder.said)
        assert bridge.stop() == 0
        sent = {one.number for one in arrivals.found}
        wait_until(lambda: set(numbers(slow)) == sent, 60, recorder.said)
        state = json.loads(mosquitto.retained("bcm/recorder/+/state")["bcm/recorder/dc1/state"])
        assert "problem" not in state
        assert recorder.stop() == 0
    report("recorder, started in 1970", arrivals, slow)
    assert len(numbers(slow)) == len(sent)
    assert quarantined(slow) == []


def test_the_clock_of_postgresql_decides(
    tmp_path: Path, mosquitto: Mosquitto, meters: Meters, clock: SetWallClock
) -> None:
    """The recorder is a day behind and stores all the same; of a bridge that is 8 days ahead."""
    ahead = SetWallClock(tmp_path / "ahead")
    with (
        PostgreSql() as postgresql,
        Site(
            tmp_path / "site", mosquitto.port, meters.port, database=postgresql.database()
        ) as site,
        Arrivals(mosquitto.port) as arrivals,
    ):
        text = site.config.read_text()
        site.config.write_text(text.replace("poll_interval: 200ms", "poll_interval: 1s"))
        clock.set_by(-DAY_S)
        recorder, bridge = start(site, "recorder", clock), start(site, "bridge", ahead)
        wait_until(lambda: len(numbers(site)) > 5, 60, recorder.said)
        ahead.set_by(8 * DAY_S)
        wait_until(lambda: len(quarantined(site)) > 3, 30, recorder.said)
        ahead.set_by(0)
        time.sleep(3)
        assert bridge.stop() == 0
        sent = {one.number for one in arrivals.found}
        wait_until(lambda: {*numbers(site), *quarantined(site)} == sent, 60, recorder.said)
        assert recorder.stop() == 0
        report("PostgreSQL: recorder -1 d, bridge +8 d and back", arrivals, site)
        assert "nobody agrees" not in recorder.said()
        assert "Traceback" not in bridge.said() + recorder.said()
