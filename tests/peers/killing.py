"""kill -9 of everything at random moments while snapshots flow, and what must hold after it."""

import signal
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

from bcm_mqtt.store import Store
from bcm_mqtt.store.readings.snapshots import read_snapshots
from peers.flow import PANELS, Flow, begin, snapshots
from peers.postgresql import PostgreSql
from peers.process import Process, wait_until
from peers.shipped_broker import ShippedBroker
from peers.site import Site

_AUTOSAVE_WITHIN_S = 90
"""The shipped configuration saves every 60 s."""
_PASSWORDS = {"bridge": "of the bridge", "recorder": "of the recorder"}


def killed(
    folder: Path,
    database: str,
    count: int,
    kills: int,
    rate: float,
    seed: int,
    *,
    await_autosave: bool = False,
) -> str:
    """Snapshots into a database with so many kills; fails where anything is lost or doubled.

    The broker runs as it is shipped, and is killed after it saved.

    Args:
        folder: For all that is made.
        database: sqlite or postgresql.
        count: Snapshots.
        kills: Of the services in turn, at random moments.
        rate: Snapshots a second.
        seed: Of the moments.
        await_autosave: Whether the broker saves by its own clock, not because it is told to.

    Returns:
        What was killed how often.
    """
    random, start = Random(seed), begin()
    with ExitStack() as stack:
        shipped = ShippedBroker(folder / "broker")
        broker = stack.enter_context(shipped.running(_PASSWORDS))
        postgresql = stack.enter_context(PostgreSql()) if database == "postgresql" else None
        url = postgresql.database() if postgresql else ""
        mqtt = f", username: recorder, password: {_PASSWORDS['recorder']}"
        site = stack.enter_context(Site(folder / "site", shipped.port, 1, mqtt, url))
        victims = ["recorder", "broker", *(["postgresql"] if postgresql else [])]
        done: list[str] = []
        recorder = site.start("recorder")
        wait_until(partial(connected, site), 60, recorder.said)
        access = ("bridge", _PASSWORDS["bridge"])
        with Flow(shipped.port, count, rate, start, access) as flow:
            for number in range(kills):
                at = (number + random.random()) * count / (kills + 1)
                wait_until(partial(has_published, flow, at), 600)
                assert not flow.done, "a kill would come after the flow"
                victim = victims[number % len(victims)]
                if victim == "recorder":
                    recorder.kill()
                    recorder = site.start("recorder")
                elif victim == "broker":
                    flow.pause()  # what was not saved is lost: so nothing comes in between
                    _kill_after_autosave(shipped, broker, told=not await_autosave)
                    broker = stack.enter_context(shipped.running(_PASSWORDS))
                    flow.resume()
                elif postgresql:
                    postgresql.kill()
                    time.sleep(random.random())
                    postgresql.start()
                done.append(victim)
        wait_until(lambda: site.count("snapshot") >= count, 300, recorder.said)
        assert recorder.stop(60) == 0
        assert "Traceback" not in recorder.said()
        check(site, count, start)
    return ", ".join(f"{name} {done.count(name)} times" for name in victims)


def _kill_after_autosave(shipped: ShippedBroker, broker: Process, *, told: bool) -> None:
    before = shipped.saved_ns
    if told:
        broker.send(signal.SIGUSR1)  # save now
    wait_until(lambda: shipped.saved_ns > before, _AUTOSAVE_WITHIN_S, broker.said)
    broker.kill()


def connected(site: Site) -> bool:
    return "connected" in (site.folder / "recorder.log").read_text()


def has_published(flow: Flow, count: float) -> bool:
    return flow.published >= count


def check(site: Site, count: int, start: datetime) -> None:
    """Each is stored once, as it was sent; the intervals are those of a rebuild."""
    assert site.count("snapshot") == count
    assert site.count("quarantine") == 0
    expected = {(item.panel, item.time): item for item in snapshots(count, start)}
    store = Store(site.database)
    try:
        with store.database.reading() as connection:
            for panel in PANELS:
                for item in read_snapshots(connection, panel, start, datetime.now(UTC)):
                    assert item == expected.pop((panel, item.time))
        assert not expected
        while store.roll_up.intervals():
            pass
        before = derived(site)
        assert all(before)
        store.roll_up.mark_all()
        while store.roll_up.intervals():
            pass
        assert derived(site) == before
    finally:
        store.close()


def derived(site: Site) -> list[list[tuple[object, ...]]]:
    """All intervals."""
    return [
        site.query(f"SELECT * FROM {table} ORDER BY pole, start")
        for table in ("interval", "device_interval")
    ]
