"""Whom a bridge waits for: several databases, recorders that share one, and older recorders."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from re import findall

import pytest

from integration.test_acknowledged_end_to_end import (
    OPEN,
    SMALL_QUEUE,
    begin,
    is_whole,
    numbers,
    waiting,
)
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.postgresql import PostgreSql
from peers.process import BCM_MQTT, Process, wait_until
from peers.site import Site

OLDER_ACL = "topic deny bcm/recorder/#\ntopic readwrite #\n"
"""As shipped before recorders said what they have stored: nobody has a right to these topics."""
CLIENTS = ("bcm-bridge-dc1", "bcm-recorder-dc1")
OLDER_RECORDER = """\
import logging
import sys
from pathlib import Path
from bcm_mqtt.cli.site import now
from bcm_mqtt.config import load
from bcm_mqtt.recorder import Recorder
from bcm_mqtt.store import RecordingStore

logging.basicConfig(level=logging.INFO)
settings = load(Path(sys.argv[1]))
store = RecordingStore(settings.database_url)
Recorder(
    store, settings.mqtt.broker, settings.mqtt.topics, "bcm-recorder-dc1", now, settings.site.zone
).run()
"""


def info(broker: Mosquitto) -> dict[str, object]:
    """The outbox as the bridge reports it."""
    found: dict[str, object] = json.loads(broker.retained("bcm/bridge/dc1/info").popitem()[1])
    outbox = found["outbox"]
    assert isinstance(outbox, dict)
    return outbox


def recorders(broker: Mosquitto) -> set[str]:
    """Those that the bridge knows, by name."""
    found = info(broker)["recorders"]
    assert isinstance(found, list)
    return {one["name"] for one in found}


@contextmanager
def site_with(tmp_path: Path, meters: Meters, more: str) -> Iterator[tuple[Site, Mosquitto]]:
    with (
        Mosquitto(tmp_path / "mosquitto", more) as broker,
        Site(tmp_path / "site", broker.port, meters.port) as site,
    ):
        yield site, broker


def beside(site: Site, url: str) -> Site:
    """The same site with another database."""
    other = Site(site.folder / "archive", 1, 1, database=url)
    text = site.config.read_text().replace(f'"{site.database}"', f'"{url}"')
    other.config.write_text(text)
    return other


def named(site: Site, *options: str) -> Process:
    arguments = [*BCM_MQTT, "recorder", "-c", str(site.config), *options]
    process = Process(arguments, site.folder / f"recorder{'-'.join(options)}.log")
    wait_until(lambda: ": connected" in process.said(), 60, process.said)
    return process


def test_each_of_two_databases_must_have_stored_a_snapshot(tmp_path: Path, meters: Meters) -> None:
    with (
        PostgreSql() as postgresql,
        site_with(tmp_path, meters, SMALL_QUEUE) as (site, broker),
        beside(site, postgresql.database()) as other,
    ):
        with named(other, "--name", "archive") as archive:
            bridge, recorder = begin(site)
            wait_until(lambda: other.count("snapshot") > 10, 60, archive.said)
            archive.kill()
        before = site.count("snapshot")
        wait_until(lambda: site.count("snapshot") > before + 40, 60, recorder.said)
        assert is_whole(numbers(site))
        assert waiting(site) > 30, "the archive has not stored them"
        with named(other, "--name", "archive") as archive:
            wait_until(lambda: other.count("snapshot") > before + 40, 90, archive.said)
            wait_until(lambda: is_whole(numbers(other)), 90, bridge.said)
            wait_until(lambda: waiting(site) < 10, 60, bridge.said)
        assert is_whole(numbers(site))
        assert bridge.stop() == 0
        assert "Traceback" not in bridge.said() + archive.said()
        bridge = site.start("bridge")
        # The first of it has none: they are known when each has said what it stored.
        wait_until(lambda: recorders(broker) == {"dc1", "dc1-archive"}, 60, bridge.said)


def test_recorders_that_share_a_database_count_as_one(tmp_path: Path, meters: Meters) -> None:
    """What the broker gave to the one that is killed is sent again, and the other stores it."""
    with (
        PostgreSql() as postgresql,
        site_with(tmp_path, meters, SMALL_QUEUE) as (site, _),
        beside(site, postgresql.database()) as other,
        named(other, "--share", "a") as a,
        named(other, "--share", "b") as b,
    ):
        bridge = site.start("bridge")
        wait_until(lambda: other.count("snapshot") > 20, 60, bridge.said)
        b.kill()
        before = other.count("snapshot")
        wait_until(lambda: other.count("snapshot") > before + 60, 90, a.said)
        wait_until(lambda: waiting(site) < 40, 120, bridge.said)
        assert bridge.stop() == 0
        assert "Traceback" not in bridge.said() + a.said()


def test_an_older_recorder_gets_all_it_got_before(tmp_path: Path, meters: Meters) -> None:
    """It says nothing; the bridge keeps what the broker has not taken, and no more."""
    with site_with(tmp_path, meters, OPEN) as (site, broker):
        site.run("db", "upgrade")
        command = [sys.executable, "-c", OLDER_RECORDER, str(site.config)]
        with Process(command, site.folder / "older.log") as older:
            wait_until(lambda: ": connected" in older.said(), 60, older.said)
            bridge = site.start("bridge")
            wait_until(lambda: site.count("snapshot") > 20, 60, bridge.said)
            assert is_whole(numbers(site))
            wait_until(lambda: waiting(site) < 5, 30, bridge.said)
            assert info(broker)["recorders"] == []


def connected(broker: Mosquitto) -> list[int]:
    """How often the bridge and its recorder."""
    said = broker.process.said()
    return [len(findall(rf"connected from \S+ as {name} ", said)) for name in CLIENTS]


@pytest.mark.parametrize(("protocol", "least"), [("5", 2), ("3.1.1", 3)])
def test_the_older_rights_cost_nothing_that_was_there_before(
    tmp_path: Path, meters: Meters, protocol: str, least: int
) -> None:
    """Mosquitto ends the connection of a client that publishes what it may not.

    It may cost a connection more where the broker's answer was lost with it, as the message is
    sent once more then, or where it took more than 10 s to come back, which looks like another
    cause; one less where the recorder said it twice on its first. Then it is silent there, and no
    more is lost.
    """
    rights = tmp_path / "older.acl"
    rights.write_text(OLDER_ACL)
    with site_with(tmp_path, meters, f"{OPEN}\nacl_file {rights}\nlog_type notice") as (
        site,
        broker,
    ):
        text = site.config.read_text()
        to_broker = f"port: {broker.port}"
        changed = text.replace(to_broker, f'{to_broker}, protocol: "{protocol}"')
        site.config.write_text(changed)
        bridge, recorder = begin(site)
        wait_until(lambda: "bridges keep snapshots only" in recorder.said(), 60, recorder.said)
        mark = (connected(broker), site.count("snapshot"))

        def nothing_is_lost_for_100_snapshots() -> bool:
            nonlocal mark
            found = (connected(broker), site.count("snapshot"))
            if found[0] != mark[0]:
                mark = found
            return found[1] > mark[1] + 100

        wait_until(nothing_is_lost_for_100_snapshots, 120, recorder.said)
        assert is_whole(numbers(site))
        wait_until(lambda: waiting(site) < 5, 30, bridge.said)
        assert info(broker)["recorders"] == []
        bridges, recorders = connected(broker)
        assert bridges == 1, broker.process.said()
        assert least <= recorders <= least + 4, broker.process.said()


def test_home_assistant_alone_leaves_nothing_waiting(tmp_path: Path, meters: Meters) -> None:
    with site_with(tmp_path, meters, OPEN) as (site, broker):
        bridge = site.start("bridge")
        wait_until(lambda: broker.retained("bcm/rpp-1a/availability") != {}, 60, bridge.said)
        found = broker.subscribe("bcm/rpp-1a/snapshot", "-C", "20", "-W", "30")
        assert len(found) == 20
        wait_until(lambda: waiting(site) < 5, 30, bridge.said)
        assert info(broker)["recorders"] == []


@pytest.mark.parametrize(
    ("name", "reason"), [("A/B", "--name 'A/B': expected a name of a-z"), ("", "--name ''")]
)
def test_a_name_that_cannot_be_in_a_topic_is_refused(site: Site, name: str, reason: str) -> None:
    said = site.run("recorder", "--name", name, expect=2)
    assert reason in said
    assert len(said.splitlines()) == 1
