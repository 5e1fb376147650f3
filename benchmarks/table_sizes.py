"""Bytes in a database for each value of a poll: by table, with its indices.

Panels of the demo at 15 s arrive hour by hour, and each hour's intervals, days and load profiles
are computed then, as a recorder does it. PostgreSQL is vacuumed each day, as it does by itself
where time passes. Beside it the intervals alone, as columns of Parquet that bare pyarrow wrote.
"""

import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from bcm_mqtt.cli.demo.site import history
from bcm_mqtt.simulator import SimulatedSite
from bcm_mqtt.store import Store
from benchmarks.databases import DATABASES, database

PANELS, POLES, STEP = 4, 48, timedelta(seconds=15)
START, DAYS = datetime(2026, 10, 1, tzinfo=UTC), 8
ZONE = ZoneInfo("America/New_York")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
VALUES = DAYS * DAY // STEP * PANELS * POLES
_SIZES = {
    "sqlite": """
        SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_schema USING (name) GROUP BY 1
    """,
    "postgresql": """
        SELECT CASE WHEN relispartition THEN 'snapshot' ELSE relname END,
            sum(pg_total_relation_size(oid))
        FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace GROUP BY 1
    """,
}


def run() -> None:
    """Prints the tables that grow with polls, for both databases."""
    for name in DATABASES:
        with database(name) as url:
            tables, bare = measured(url)
        print(
            f"{name}: {sum(tables.values()):.2f} bytes a value, {beside(tables):.3f} beside polls"
        )
        for table, size in sorted(tables.items(), key=lambda pair: -pair[1]):
            if size >= 0.0005:
                print(f"  {table}: {size:.3f}")
        print(f"  bare intervals: {bare:.3f}")


def beside(tables: dict[str, float]) -> float:
    """Bytes a value of all tables but polls."""
    return sum(size for name, size in tables.items() if name != "snapshot")


def measured(url: str) -> tuple[dict[str, float], float]:
    """Bytes a value of each table in an empty database that is filled; of bare intervals."""
    with closing(Store(url)) as store:
        store.database.ensure_schema()
        before = _sizes(store)
        _fill(store)
        sizes = {name: size - before.get(name, 0) for name, size in _sizes(store).items()}
        return {name: size / VALUES for name, size in sizes.items()}, _bare(store) / VALUES


def _fill(store: Store) -> None:
    snapshots = history(SimulatedSite(PANELS, seed=7), START, START + DAYS * DAY, STEP)
    by_time = sorted(snapshots, key=attrgetter("time"))
    for hour, arrived in groupby(by_time, key=lambda one: (one.time - START) // HOUR):
        store.arrivals.add(list(arrived))
        while store.roll_up.intervals():
            pass
        now = START + (hour + 1) * HOUR
        store.roll_up.days(ZONE, today=now.date())
        if now.hour == 0 and store.database.engine.dialect.name == "postgresql":
            _vacuum(store)


def _vacuum(store: Store) -> None:
    with store.database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM")


def _sizes(store: Store) -> dict[str, int]:
    """Bytes of all tables, indices included."""
    with store.database.engine.connect() as connection:
        rows = connection.exec_driver_sql(_SIZES[connection.dialect.name])
        return {name: int(size) for name, size in rows}


def _bare(store: Store) -> int:
    """Bytes of the intervals as columns that are delta-coded and compressed."""
    with store.database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM interval ORDER BY pole, start")
        names, columns = list(rows.keys()), [pa.array(one) for one in zip(*rows, strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "intervals.parquet"
        pq.write_table(
            pa.table(columns, names),
            file,
            compression="zstd",
            compression_level=9,
            use_dictionary=False,
            column_encoding=dict.fromkeys(names, "DELTA_BINARY_PACKED"),
        )
        return file.stat().st_size
