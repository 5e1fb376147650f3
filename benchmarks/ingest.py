"""Snapshots from a real broker into each database, intervals included, as fast as they go.

They wait in the broker's queue, so that the recorder is what is measured. Beside it the
bare INSERT of the same rows by the driver's executemany: no recorder can be faster.
"""

import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import make_url

from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.mqtt.client import Broker, MqttClient
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.recorder import Recorder
from bcm_mqtt.store import Store
from bcm_mqtt.store.types import array_text
from benchmarks.databases import DATABASES, Mosquitto, bytes_on_disk, database

PANELS, POLES, STEP = 100, 48, timedelta(seconds=15)
RUNS, SNAPSHOTS = 5, 60_000
CLIENT = "bcm-recorder-bench"
BATCH = 500
ZONE = ZoneInfo("America/New_York")


def snapshots(count: int = SNAPSHOTS) -> Iterator[Snapshot]:
    """Of 100 panels in turn, with currents in tenths of an amp as a meter has them."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=60)
    for index in range(count):
        at = start + index // PANELS * STEP
        current = tuple(100 * ((index * 7 + pole * 131) % 200) for pole in range(POLES))
        yield Snapshot(f"rpp-{index % PANELS:03}", at, index // PANELS, 15_000, current)


def run() -> None:
    """Prints the medians for both databases."""
    for name in DATABASES:
        rates, bare = [], []
        for _ in range(RUNS):
            with database(name) as url:
                rate, size = _ingested(url)
                rates.append(rate)
            with database(name) as url:
                bare.append(_bare(url))
        rate, plain = statistics.median(rates), statistics.median(bare)
        print(
            f"ingest into {name}: {rate:,.0f} snapshots/s, {rate * POLES:,.0f} values/s with "
            f"intervals ({min(rates):,.0f} to {max(rates):,.0f}); bare executemany "
            f"{plain:,.0f}/s, ratio {rate / plain:.2f}; {size:.1f} B per value on disk"
        )


def _ingested(url: str) -> tuple[float, float]:
    """Snapshots per second until all intervals are computed, and bytes per value."""
    with tempfile.TemporaryDirectory() as folder, Mosquitto(Path(folder)) as mosquitto:
        _queue(mosquitto.port)
        store = Store(url)
        store.database.ensure_schema()
        recorder = Recorder(
            store,
            Broker(port=mosquitto.port),
            Topics(),
            CLIENT,
            lambda: datetime.now(UTC),
            ZONE,
        )
        stored = 0
        add = store.arrivals.add

        def counting(items: list[Snapshot], name: str = "") -> int:
            nonlocal stored
            new = add(items, name)
            stored += new
            if stored == SNAPSHOTS:
                recorder.stop()
            return new

        store.arrivals.add = counting  # type: ignore[assignment, method-assign]
        begun = time.perf_counter()
        recorder.run()
        while store.roll_up.intervals():
            pass
        while store.roll_up.days(ZONE):
            pass
        took = time.perf_counter() - begun
        assert store.figures.info().dirty == 0
        size = bytes_on_disk(store)
        store.close()
    return SNAPSHOTS / took, size / SNAPSHOTS / POLES


def _queue(port: int) -> None:
    """Fills the recorder's session at the broker from another process."""
    topics = Topics()
    client = MqttClient(
        Broker(port=port),
        CLIENT,
        on_connect=lambda: client.subscribe(topics.every_snapshot, topics.every_directory),
        keep_session=True,
        manual_ack=True,
    )
    client.start()
    client.ready.wait(10)
    time.sleep(0.5)
    client.stop()
    subprocess.run(
        [sys.executable, "-m", "benchmarks.publisher", str(port), str(SNAPSHOTS)], check=True
    )


def _bare(url: str) -> float:
    """The same rows by the driver alone, in batches of the recorder's size."""
    store = Store(url)
    store.database.ensure_schema()
    store.close()
    parsed = make_url(url)
    dialect = parsed.get_backend_name()
    rows = [
        (
            item.panel,
            item.time if dialect == "postgresql" else to_ms(item.time),
            item.seq,
            item.interval_ms,
            array_text(item.current, dialect),
        )
        for item in snapshots()
    ]
    insert = "INSERT INTO snapshot (panel, time, seq, interval_ms, current) VALUES "
    if dialect == "sqlite":
        connection = sqlite3.connect(str(parsed.database))
        connection.execute("PRAGMA synchronous=FULL")
        values = "(?, ?, ?, ?, ?)"
    else:
        plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = psycopg.connect(plain)
        values = "(%s, %s, %s, %s, %s::int[])"
    begun = time.perf_counter()
    for first in range(0, len(rows), BATCH):
        connection.cursor().executemany(insert + values, rows[first : first + BATCH])
        connection.commit()
    took = time.perf_counter() - begun
    connection.close()
    return SNAPSHOTS / took
