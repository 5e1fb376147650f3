"""Other people's history as CSV into each database, with intervals, against pyarrow's read of it.

The floor is `pyarrow.csv.read_csv` of the same file, which stores nothing.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from pyarrow import csv

from bcm_mqtt.exchange import Reading, import_history, read_history
from bcm_mqtt.store import Store
from benchmarks.databases import DATABASES, database
from unit.builders import panel

PANELS, POLES, RUNS = 20, 48, 5
ROWS = 4_000_000
START, NOW = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
SITE = {name: panel(name, poles=POLES) for name in (f"rpp-{one:03}" for one in range(PANELS))}


def run() -> None:
    """Prints the medians for both databases, polled each 15 s and each 15 min."""
    for interval in (timedelta(seconds=15), timedelta(minutes=15)):
        with history_file(interval) as file:
            for name in DATABASES:
                found = list(rounds(name, file, interval, RUNS))
                ratios = [floor / ours for ours, floor in found]
                ours, floor = (statistics.median(each) for each in zip(*found, strict=True))
                print(
                    f"import into {name}, a reading each {interval}: {ROWS / ours:,.0f} rows/s "
                    f"with intervals; pyarrow's read of the file {ROWS / floor:,.0f} rows/s; "
                    f"ratio {statistics.median(ratios):.2f} "
                    f"({min(ratios):.2f} to {max(ratios):.2f})"
                )
    for rows in (ROWS, 4 * ROWS):
        megabytes = subprocess.run(
            [sys.executable, "-m", "benchmarks.history_import", str(rows)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        print(f"memory of the import of {rows:,} rows: {megabytes.strip()} MB")


@contextmanager
def history_file(interval: timedelta, rows: int = ROWS) -> Iterator[Path]:
    """A file of time, panel, pole and amps of 20 panels of 48 poles, by time; removed after."""
    random = Random(1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.csv"
        with file.open("w", encoding="ascii") as text:
            text.write("time,panel,pole,amps\n")
            for poll in range(rows // PANELS // POLES):
                at = f"{START + poll * interval:%Y-%m-%dT%H:%M:%SZ}"
                amps = random.choices(range(400), k=POLES)
                text.writelines(
                    f"{at},{name},{pole},{one / 10}\n"
                    for name in SITE
                    for pole, one in enumerate(amps, start=1)
                )
        yield file


def rounds(name: str, file: Path, interval: timedelta, count: int) -> Iterator[tuple[float, float]]:
    """Seconds of an import into an empty database, and of pyarrow's read of the file."""
    for _ in range(count):
        with database(name) as url:
            ours = imported_s(url, file, interval)
        begun = time.perf_counter()
        csv.read_csv(file)
        yield ours, time.perf_counter() - begun


def imported_s(url: str, file: Path, interval: timedelta) -> float:
    """Seconds of an import, intervals included."""
    with closing(Store(url)) as store:
        store.database.ensure_schema()
        begun = time.perf_counter()
        with closing(read_history(file, Reading(ZoneInfo("UTC"), "", interval), SITE, NOW)) as read:
            done = import_history(store, read, NOW)
        took = time.perf_counter() - begun
        assert done.new == sum(done.snapshots.values()) > 0
        assert store.figures.info().dirty == 0
    return took


if __name__ == "__main__":
    step = timedelta(seconds=15)
    with history_file(step, int(sys.argv[1])) as made, database("sqlite") as empty:
        imported_s(empty, made, step)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
