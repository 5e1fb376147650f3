"""Wall clocks of real processes are set while they run, and wrong at their start.

The table of figures is printed: `pytest -s`.
"""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bcm_mqtt.domain.time import from_ms, from_text, to_text
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
POLLS = 5
"""That come before the clock is set again."""
WITHIN_S = 60.0
"""However busy the machine is, and far less than any step."""


def numbers(site: Site) -> list[int]:
    return [number for (number,) in site.query("SELECT seq FROM snapshot ORDER BY seq")]


def quarantined(site: Site) -> list[int]:
    rows = site.query("SELECT payload FROM quarantine")
    return sorted(json.loads(bytes(payload))["seq"] for (payload,) in rows)


def implausible(arrivals: Arrivals) -> list[int]:
    """Numbers of what is stamped so that no clock that is right believes it."""
    now = datetime.now(UTC)
    times = {one.number: from_text(one.time) for one in arrivals.found}
    low, high = now - timedelta(days=3652), now + timedelta(hours=2)
    return sorted(number for number, time in times.items() if not low < time < high)


def wait_for_polls(arrivals: Arrivals, process: Process) -> None:
    enough = len(arrivals.found) + POLLS
    wait_until(lambda: len(arrivals.found) >= enough, WITHIN_S, process.said)


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
    site: Site, mosquitto: Mosquitto, clock: SetWallClock
) -> None:
    """Polls go on, all of them are stored but those of a time that nobody agreed with."""
    with Arrivals(mosquitto.port) as arrivals:
        recorder, bridge = start(site, "recorder"), start(site, "bridge", clock)
        wait_for_polls(arrivals, bridge)
        for off_s in STEPS_S:
            clock.set_by(off_s)
            wait_for_polls(arrivals, bridge)
        wait_until(lambda: clock_in_info(mosquitto)["steps"] == len(STEPS_S), WITHIN_S)
        assert clock_in_info(mosquitto)["step_s"] == pytest.approx(-8 * DAY_S, abs=1)
        wait_until(lambda: quarantined(site) != [], WITHIN_S, recorder.said)
        assert bridge.stop() == 0
        sent = {one.number for one in arrivals.found}
        wait_until(lambda: {*numbers(site), *quarantined(site)} == sent, WITHIN_S, recorder.said)
        assert recorder.stop() == 0
    report("bridge, -1 h, +2 h, -1 d 1 h, +9 d, -8 d", arrivals, site)
    assert len({one.time for one in arrivals.found}) == len(arrivals.found)
    assert len(numbers(site)) == len(set(numbers(site)))
    # What was stamped 8 days ahead: the bridge itself was set right later.
    assert quarantined(site) == implausible(arrivals)
    assert not set(numbers(site)) & set(quarantined(site))
    assert bridge.said().count("the clock was set") == len(STEPS_S)
    assert "the clock was set forward by 777,600.0 s" in bridge.said()
    assert "nobody agrees with either" in recorder.said()
    assert "Traceback" not in bridge.said() + recorder.said()


def clock_in_info(mosquitto: Mosquitto) -> dict[str, float]:
    topic = "bcm/bridge/dc1/info"
    found: dict[str, float] = json.loads(mosquitto.retained(topic)[topic])["clock"]
    return found


def test_the_clock_of_the_recorder_is_set(
    site: Site, mosquitto: Mosquitto, clock: SetWallClock
) -> None:
    """What it cannot judge it holds; once its clock is right again, all of it is stored."""
    with Arrivals(mosquitto.port) as arrivals:
        site.publish_months()
        recorder, bridge = start(site, "recorder", clock), start(site, "bridge")
        wait_until(lambda: len(numbers(site)) > POLLS, WITHIN_S, recorder.said)
        for count, off_s in enumerate((*STEPS_S[:-1], -YEARS_S, YEARS_S + DAY_S, 0.0), 1):
            clock.set_by(off_s)
            wait_for_polls(arrivals, bridge)

            def is_noticed(steps: int = count) -> bool:
                return recorder.said().count("this host's clock was set") == steps

            wait_until(is_noticed, WITHIN_S, recorder.said)
        assert bridge.stop() == 0
        sent = {one.number for one in arrivals.found}
        wait_until(lambda: set(numbers(site)) == sent, WITHIN_S, recorder.said)
        assert recorder.stop() == 0
    report("recorder, the same, -10 y, +10 y 1 d", arrivals, site)
    assert len(numbers(site)) == len(sent)
    assert quarantined(site) == []
    assert "nobody agrees with either" in recorder.said()
    assert "Traceback" not in bridge.said() + recorder.said()


def test_what_a_bridge_stamped_before_its_clock_was_set_is_stored_when_it_was(
    site: Site, mosquitto: Mosquitto, clock: SetWallClock
) -> None:
    """As a host without a clock of its own does: it begins in 1970, and is set by the network."""
    began = datetime.now(UTC)
    clock.set_by(30 - began.timestamp())
    with Arrivals(mosquitto.port) as arrivals:
        recorder, bridge = start(site, "recorder"), start(site, "bridge", clock)
        wait_until(lambda: "nobody has set it yet" in bridge.said(), WITHIN_S, bridge.said)
        topic = "bcm/rpp-1a/circuit/1/current"
        assert mosquitto.subscribe(topic, "-C", "1", "-W", "30"), "live values go on"
        waited = Path(f"{site.folder}/bridge/outbox.db")
        wait_until(lambda: entries(waited) > POLLS, WITHIN_S, bridge.said)
        assert arrivals.found == []
        clock.set_by(0)
        wait_for_polls(arrivals, bridge)
        wait_until(lambda: "have their right times now" in bridge.said(), WITHIN_S, bridge.said)
        assert bridge.stop() == 0
        sent = {one.number for one in arrivals.found}
        wait_until(lambda: set(numbers(site)) == sent, WITHIN_S, recorder.said)
        assert recorder.stop() == 0
    report("bridge, started in 1970", arrivals, site)
    assert quarantined(site) == []
    assert implausible(arrivals) == []
    assert len(numbers(site)) == len(sent)
    times = sorted((one.number, from_text(one.time)) for one in arrivals.found)
    assert times[0][1] >= began
    assert all(earlier < later for (_, earlier), (_, later) in pairwise(times))
    assert "Traceback" not in bridge.said() + recorder.said()


def entries(outbox: Path) -> int:
    with closing(sqlite3.connect(f"file:{outbox}?mode=ro", uri=True, timeout=30)) as database:
        return int(database.execute("SELECT count(*) FROM entry").fetchone()[0])


@pytest.mark.parametrize("off_s", [-HOUR_S, YEARS_S])
def test_the_bridge_starts_with_a_wrong_clock_that_is_set_right(
    site: Site, mosquitto: Mosquitto, clock: SetWallClock, off_s: float
) -> None:
    """As a host without a clock of its own does."""
    with Arrivals(mosquitto.port) as arrivals:
        recorder, bridge = start(site, "recorder"), start(site, "bridge")
        wait_for_polls(arrivals, bridge)
        assert bridge.stop() == 0
        before = len(arrivals.found)
        wait_until(lambda: len(numbers(site)) == before, WITHIN_S, recorder.said)
        clock.set_by(off_s)
        bridge = start(site, "bridge", clock)
        wait_for_polls(arrivals, bridge)
        clock.set_by(0)
        wait_for_polls(arrivals, bridge)
        if implausible(arrivals):
            wait_until(lambda: quarantined(site) != [], WITHIN_S, recorder.said)
        assert bridge.stop() == 0
        stamps = {one.time for one in arrivals.found}
        assert len(stamps) == len(arrivals.found)
        wait_until(
            lambda: len(numbers(site)) + len(quarantined(site)) == len(stamps),
            WITHIN_S,
            recorder.said,
        )
        assert recorder.stop() == 0
    del arrivals.found[:before]
    report(f"bridge, started {off_s:+,.0f} s off", arrivals, site)
    assert ("before the last poll" in bridge.said()) is (off_s < 0)
    assert "the clock was set" in bridge.said()
    assert quarantined(site) == implausible(arrivals)
    assert (off_s == -HOUR_S) is (quarantined(site) == [])
    assert "Traceback" not in bridge.said() + recorder.said()


def test_a_recorder_whose_clock_starts_in_1970_refuses_nothing(
    site: Site, mosquitto: Mosquitto, clock: SetWallClock
) -> None:
    clock.set_by(30 - datetime.now(UTC).timestamp())
    with Arrivals(mosquitto.port) as arrivals:
        recorder, bridge = start(site, "recorder", clock), start(site, "bridge")
        wait_until(lambda: "nobody agrees with either" in recorder.said(), WITHIN_S, recorder.said)
        wait_for_polls(arrivals, bridge)
        assert numbers(site) == []
        assert "clock shows 1970-01-01" in state_of_recorder(mosquitto)["problem"]
        assert "this host's clock shows 1970-01-01" in recorder.said()
        clock.set_by(0)
        wait_until(lambda: len(numbers(site)) > POLLS, WITHIN_S, recorder.said)
        assert bridge.stop() == 0
        sent = {one.number for one in arrivals.found}
        wait_until(lambda: set(numbers(site)) == sent, WITHIN_S, recorder.said)
        wait_until(lambda: "problem" not in state_of_recorder(mosquitto), WITHIN_S, recorder.said)
        assert recorder.stop() == 0
    report("recorder, started in 1970", arrivals, site)
    assert len(numbers(site)) == len(sent)
    assert quarantined(site) == []


def state_of_recorder(mosquitto: Mosquitto) -> dict[str, str]:
    topic = "bcm/recorder/dc1/state"
    found: dict[str, str] = json.loads(mosquitto.retained(topic)[topic])
    return found


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
        clock.set_by(-DAY_S)
        recorder, bridge = start(site, "recorder", clock), start(site, "bridge", ahead)
        wait_until(lambda: len(numbers(site)) > POLLS, WITHIN_S, recorder.said)
        ahead.set_by(8 * DAY_S)
        wait_until(lambda: len(quarantined(site)) >= POLLS, WITHIN_S, recorder.said)
        ahead.set_by(0)
        wait_for_polls(arrivals, bridge)
        assert bridge.stop() == 0
        sent = {one.number for one in arrivals.found}
        wait_until(lambda: {*numbers(site), *quarantined(site)} == sent, WITHIN_S, recorder.said)
        assert recorder.stop() == 0
        report("PostgreSQL: recorder -1 d, bridge +8 d and back", arrivals, site)
        assert quarantined(site) == implausible(arrivals)
        assert "nobody agrees" not in recorder.said()
        assert "Traceback" not in bridge.said() + recorder.said()
