"""A month of polls in the archive: its size, how fast it is written and read, a rebuild from it.

A panel of the demo, whose meters read to 0.1 A at 15 s. Each step is the program's own: files are
put on disk, read back and compared before the rows go. Beside it bare pyarrow with the same
columns. Seconds are of the processor.
"""

import hashlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bcm_mqtt.archive import COLUMNS, Archive
from bcm_mqtt.cli.demo.site import history
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.simulator import SimulatedSite
from bcm_mqtt.store import ArchiveFile, Database, FileState, Step, Store

POLES, STEP, BATCH = 48, timedelta(seconds=15), 5_000
START, MONTH = datetime(2026, 10, 1, tzinfo=UTC), timedelta(days=31)
AFTER = timedelta(days=10)
NOW = START + MONTH + 2 * AFTER
YEARS, CIRCUITS = 10, 10_000
RATES = ("moved", "merged", "bare_written", "read", "bare_read")


@dataclass(frozen=True, slots=True)
class Figures:
    """Of polls that were moved, merged and read, and of bare pyarrow.

    Attributes:
        days_size: Bytes a value in files of days, times and manifest included.
        size: The same, merged.
        bare_size: Of the columns of currents alone, as integers of 0.1 A.
        moved: Values moved, compared and stored a second.
        merged: Values merged, compared and stored a second.
        bare_written: Values a second, of the same file.
        read: Values a second, as snapshots.
        bare_read: Values a second, as columns.
    """

    days_size: float
    size: float
    bare_size: float
    moved: float
    merged: float
    bare_written: float
    read: float
    bare_read: float


def run() -> None:
    """Prints sizes and times, each time as values a second."""
    print(f"a month of a panel at {STEP.seconds} s: {values_of(MONTH):,} values")
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name), MONTH)
        with opened(Path(name)) as store:
            before = _rebuilt(store, "SQL")
            found = measured(store, Path(name), MONTH)
            after = _rebuilt(store, "the archive")
    print(f"  the rebuilt intervals are {'the same' if before == after else 'OTHERS'}")
    print(
        f"  B a value, manifest included: {found.days_size:.3f} in files of days, "
        f"{found.size:.3f} merged; bare currents {found.bare_size:.3f}"
    )
    millions = {rate: getattr(found, rate) / 1e6 for rate in RATES}
    print("  M values/s:", ", ".join(f"{one:.2f} {rate}" for rate, one in millions.items()))
    polled = timedelta(days=365.25 * YEARS) // STEP * CIRCUITS
    gigabytes = polled * found.size / 1e9
    print(f"  {YEARS} years of {CIRCUITS:,} circuits: {polled:,} values, {gigabytes:,.0f} GB")


def values_of(span: timedelta) -> int:
    """How many a panel has."""
    return span // STEP * POLES


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """The database of a folder, with its archive beside it."""
    archive = Archive(str(folder / "polls"), "dc1", 0o600)
    with closing(Store(Database(f"sqlite:///{folder}/bcm.db", archive=archive))) as store:
        yield store


def fill(folder: Path, span: timedelta) -> None:
    """Stores the polls of a panel from `START` on, and one by which they are old."""
    with opened(folder) as store:
        store.database.ensure_schema()
        for batch in _batches(history(SimulatedSite(1, seed=7), START, START + span, STEP)):
            store.arrivals.add(batch)
        store.arrivals.add([Snapshot("rpp-1a", NOW, 1, 15_000, (0,) * POLES)])


def measured(store: Store, folder: Path, span: timedelta) -> Figures:
    """Moves and merges all polls of a filled database, and reads them again."""
    steps, took = list[Step](), dict[str, float]()
    begun = time.process_time()
    for step in store.archiving.run(lambda: NOW, AFTER):
        steps.append(step)
        took[step.done] = took.get(step.done, 0) + time.process_time() - begun
        begun = time.process_time()
    sizes = {
        done: sum(
            step.file.bytes + _manifest_bytes(step.file) for step in steps if step.done == done
        )
        for done in took
    }
    (month,) = [one for one in store.archiving.files() if one.state is FileState.STORED]
    archive = Archive(str(folder / "polls"), "dc1", 0o600)
    begun = time.process_time()
    assert sum(1 for _ in archive.rows(month.name, COLUMNS)) == month.rows
    read = time.process_time() - begun
    begun = time.process_time()
    table = pq.read_table(folder / "polls" / month.name, use_threads=False, partitioning=None)
    bare_read = time.process_time() - begun
    begun = time.process_time()
    _write(table, folder / "bare")
    bare_written = time.process_time() - begun
    _write(_tenths(table), folder / "bare")
    values, bare_size = values_of(span), (folder / "bare").stat().st_size
    return Figures(
        *(size / values for size in (sizes["moved"], sizes["merged"], bare_size)),
        *(values / s for s in (took["moved"], took["merged"], bare_written, read, bare_read)),
    )


def _manifest_bytes(file: ArchiveFile) -> int:
    """Of its line, with its index: the name twice."""
    return 2 * len(file.name) + len(file.panel) + len(file.sha256) + len(file.state) + 5 * 8


def _tenths(table: pa.Table) -> pa.Table:
    """The currents alone, each an integer."""
    names = [f"current_{pole}" for pole in range(1, POLES + 1)]
    columns = [np.rint(table[name].cast(pa.float64()).to_numpy() * 10) for name in names]
    return pa.table([pa.array(one.astype(np.int64)) for one in columns], names)


def _write(table: pa.Table, file: Path) -> None:
    """Written as the program does it, by pyarrow alone."""
    numbers = [name for name in table.column_names if name not in {"source", "errors"}]
    pq.write_table(
        table,
        file,
        compression="zstd",
        compression_level=9,
        use_dictionary=False,
        column_encoding=dict.fromkeys(numbers, "DELTA_BINARY_PACKED"),
        store_decimal_as_integer=True,
    )


def _rebuilt(store: Store, source: str) -> str:
    """The digest of all intervals, computed from all polls."""
    store.roll_up.mark_all()
    begun = time.process_time()
    while store.roll_up.intervals():
        pass
    rate = values_of(MONTH) / (time.process_time() - begun)
    print(f"  rebuild from {source}: {rate / 1e6:.2f} M values/s", flush=True)
    with store.database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM interval ORDER BY pole, start")
        return hashlib.sha256(repr(rows.fetchall()).encode()).hexdigest()


def _batches(snapshots: Iterator[Snapshot]) -> Iterator[list[Snapshot]]:
    while batch := list(islice(snapshots, BATCH)):
        yield batch
