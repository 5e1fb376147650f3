"""A month of polls in the archive: its size, how fast it is written and read, a rebuild from it.

A panel of the demo, whose meters read to 0.1 A at 15 s. Each step is the program's own: files are
put on disk, read back and compared before the rows go. Beside it bare pyarrow with the same
columns. Seconds are of the processor.
"""

import hashlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq

from bcm_mqtt.archive import COLUMNS, Archive
from bcm_mqtt.cli.demo.site import history
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.simulator import SimulatedSite
from bcm_mqtt.store import ArchiveFile, Database, FileState, Step, Store
from benchmarks.databases import bytes_on_disk

POLES, STEP, BATCH = 48, timedelta(seconds=15), 5_000
START, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
AFTER = timedelta(days=10)
NOW = END + 2 * AFTER
YEARS, CIRCUITS = 10, 10_000


def run() -> None:
    """Prints sizes and times, each time as values a second."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = Archive(str(folder / "polls"), "dc1", 0o600)
        database = Database(f"sqlite:///{folder}/bcm.db", archive=archive)
        with closing(Store(database)) as store:
            store.database.ensure_schema()
            for batch in _batches(history(SimulatedSite(1, seed=7), START, END, STEP)):
                store.arrivals.add(batch)
            store.arrivals.add([Snapshot("rpp-1a", NOW, 1, 15_000, (0,) * POLES)])
            values = (END - START) // STEP * POLES
            print(f"a month of a panel at {STEP.seconds} s: {values:,} values")
            in_sql = bytes_on_disk(store) / values
            before = _rebuilt(store, "rebuild from SQL", values)
            steps = _moved(store, values)
            _print_sizes(steps, values, in_sql)
            (month,) = [one for one in store.archiving.files() if one.state is FileState.STORED]
            _read(archive, month, folder / "polls" / month.name, values)
            after = _rebuilt(store, "rebuild from the archive", values)
            print(f"  the rebuilt intervals are {'the same' if before == after else 'OTHERS'}")


def _moved(store: Store, values: int) -> list[Step]:
    """What was done, of which each kind is printed."""
    steps, took = [], dict[str, float]()
    begun = time.process_time()
    for step in store.archiving.run(lambda: NOW, AFTER):
        steps.append(step)
        took[step.done] = took.get(step.done, 0) + time.process_time() - begun
        begun = time.process_time()
    _print_rate("days moved, compared and stored", values, took["moved"])
    _print_rate("the month merged from them, compared", values, took["merged"])
    return steps


def _print_sizes(steps: list[Step], values: int, in_sql: float) -> None:
    for done, what in (("moved", "days"), ("merged", "the month")):
        files = [step.file for step in steps if step.done == done]
        size = sum(file.bytes + _manifest_bytes(file) for file in files) / values
        print(
            f"  {what}, manifest included: {size:.3f} B a value; {in_sql:.1f} in SQL with all else"
        )
    polled = timedelta(days=365.25 * YEARS) // STEP * CIRCUITS
    gigabytes = polled * size / 1e9
    print(f"  {YEARS} years of {CIRCUITS:,} circuits: {polled:,} values, {gigabytes:,.0f} GB")


def _manifest_bytes(file: ArchiveFile) -> int:
    """Of its line, with its index: the name twice."""
    return 2 * len(file.name) + len(file.panel) + len(file.sha256) + len(file.state) + 5 * 8


def _read(archive: Archive, month: ArchiveFile, path: Path, values: int) -> None:
    begun = time.process_time()
    assert sum(1 for _ in archive.rows(month.name, COLUMNS)) == month.rows
    _print_rate("read as snapshots", values, time.process_time() - begun)
    begun = time.process_time()
    table = pq.read_table(path, use_threads=False, partitioning=None)
    _print_rate("read by bare pyarrow", values, time.process_time() - begun)
    numbers = [name for name in table.column_names if name not in {"source", "errors"}]
    begun = time.process_time()
    pq.write_table(
        table,
        path.with_name("bare"),
        compression="zstd",
        use_dictionary=False,
        column_encoding=dict.fromkeys(numbers, "DELTA_BINARY_PACKED"),
        store_decimal_as_integer=True,
    )
    _print_rate("written by bare pyarrow", values, time.process_time() - begun)


def _rebuilt(store: Store, what: str, values: int) -> str:
    """The digest of all intervals, computed from all polls."""
    store.roll_up.mark_all()
    begun = time.process_time()
    while store.roll_up.intervals():
        pass
    _print_rate(what, values, time.process_time() - begun)
    with store.database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM interval ORDER BY pole, start")
        return hashlib.sha256(repr(rows.fetchall()).encode()).hexdigest()


def _print_rate(what: str, values: int, took: float) -> None:
    print(f"  {what}: {values / took / 1e6:.2f} M values/s ({took:.1f} s)", flush=True)


def _batches(snapshots: Iterator[Snapshot]) -> Iterator[list[Snapshot]]:
    while batch := list(islice(snapshots, BATCH)):
        yield batch
