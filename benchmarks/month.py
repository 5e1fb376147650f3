"""A month of 15-second snapshots of ten panels: seeded through the ingest, then billed."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.cli.demo.site import history, write_site
from bcm_mqtt.config import load
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.recorder import Ingest
from bcm_mqtt.simulator import SimulatedSite
from bcm_mqtt.store import Store

PANELS, BATCH = 10, 500
MONTH, ZONE = Month(2026, 3), ZoneInfo("America/New_York")
STEP = timedelta(seconds=15)


def run() -> None:
    """Seeds and bills, and prints how long each took."""
    site = SimulatedSite(PANELS, seed=7)
    start, end = MONTH.bounds(ZONE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ports = {place.gateway_id: 5020 for place in site.places}
        settings = load(write_site(site, folder, ports, 1883, "5", 8480))
        store = Store(settings.database_url)
        store.database.ensure_schema()
        ingest = Ingest(store, Topics(), lambda: datetime.now(UTC))
        for directory in settings.directories.values():
            store.directories.add(directory, encode_directory(directory), start)

        begun = time.perf_counter()
        count = sum(1 for _ in history(site, start, end, STEP))
        simulated = time.perf_counter() - begun

        begun = time.perf_counter()
        snapshots = history(site, start, end, STEP)
        for batch in _batches(snapshots):
            ingest.snapshots(batch)
        stored = time.perf_counter() - begun - simulated

        begun = time.perf_counter()
        while store.roll_up.intervals():
            pass
        rolled = time.perf_counter() - begun

        terms = BillingTerms(
            ZONE,
            "USD",
            settings.terms.customers,
            settings.terms.tariffs,
            "standard",
            CustomerRule(),
        )
        begun = time.perf_counter()
        month = bill_month(store, terms, MONTH, end)
        billed = time.perf_counter() - begun
        with closing(sqlite3.connect(folder / "bcm.db")) as connection:
            begun = time.perf_counter()
            connection.execute("SELECT pole, SUM(milliamp_ms) FROM interval GROUP BY 1").fetchall()
            bare = time.perf_counter() - begun
        store.close()
        size = (folder / "bcm.db").stat().st_size

    values = count * 48
    print(f"month of {PANELS} panels at {STEP.seconds} s: {count:,} snapshots, {values:,} values")
    print(f"  simulate     {simulated:8.1f} s  {simulated / values * 1e9:8.0f} ns per value")
    print(f"  store        {stored:8.1f} s  {count / stored:8,.0f} snapshots/s")
    print(f"  intervals    {rolled:8.1f} s  {count / rolled:8,.0f} snapshots/s")
    print(f"  bill         {billed:8.1f} s  {len(month.bills)} customers, {month.kwh:,} kWh")
    print(f"  bare SUM     {bare:8.1f} s  of the same intervals, in SQL alone")
    print(f"  on disk      {size / 1e6:8.0f} MB {size / values:8.1f} B per value")


def _batches(snapshots: Iterator[Snapshot]) -> Iterator[list[Snapshot]]:
    while batch := list(islice(snapshots, BATCH)):
        yield batch
