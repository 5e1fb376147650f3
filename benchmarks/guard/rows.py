"""What is guarded: a row for each figure that must not become worse without anybody noticing."""

import functools
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks import archive, bills, history_import, ingest, start, table_sizes
from benchmarks.bridges.cases import CASES, FIGURES
from benchmarks.bridges.contestants import ours, plain
from benchmarks.bridges.runs import Run, run
from benchmarks.databases import database

Rounds = Iterator[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of ours and of the floor.

    Attributes:
        name: By which it is chosen and recorded.
        what: What it says, with its unit.
        rounds: Measures both once for each round that is asked for.
        more_is_better: As with a rate; else less is.
        goal: The ratio that it is to have.
    """

    name: str
    what: str
    rounds: Callable[[int], Rounds]
    more_is_better: bool = False
    goal: float | None = None


@functools.cache
def _bridges(case: str, round_: int) -> tuple[Run, Run]:
    """Of ours and the plain bridge; one run serves several rows."""
    assert round_ >= 0
    return run(CASES[case], ours()), run(CASES[case], plain)


def _of_bridges(name: str) -> Callable[[int], Rounds]:
    case, figure, _what = FIGURES[name]

    def rounds(count: int) -> Rounds:
        for number in range(count):
            one, floor = _bridges(case, number)
            yield getattr(one, figure), getattr(floor, figure)

    return rounds


def _of_ingest(name: str) -> Callable[[int], Rounds]:
    def rounds(count: int) -> Rounds:
        for _ in range(count):
            with database(name) as url:
                rate, _size = ingest._ingested(url)
            with database(name) as url:
                yield rate, ingest._bare(url)

    return rounds


def _of_bills(name: str, circuits: int) -> Callable[[int], Rounds]:
    def rounds(count: int) -> Rounds:
        with database(name) as url:
            bills.fill(url, name, circuits)
            for _ in range(count):
                bare, billed, _megabytes = bills.asked(url)
                yield billed, bare

    return rounds


def _empty_month(count: int) -> Rounds:
    """Of bills.run: most of the month was never measured. It has no floor but the machine."""
    begun = bills.MEASURED[0] + 1_000
    with database("sqlite") as url:
        bills.fill(url, "sqlite", bills.EMPTY_CIRCUITS, (begun, begun + bills.EMPTY_INTERVALS))
        for _ in range(count):
            yield bills.asked(url)[1], _additions_s()


def _of_import(name: str) -> Callable[[int], Rounds]:
    def rounds(count: int) -> Rounds:
        step = timedelta(seconds=15)
        with history_import.history_file(step) as file:
            yield from history_import.rounds(name, file, step, count)

    return rounds


@functools.cache
def _archived(round_: int) -> archive.Figures:
    assert round_ >= 0
    span = timedelta(days=4)
    with tempfile.TemporaryDirectory() as name:
        archive.fill(Path(name), span)
        with archive.opened(Path(name)) as store:
            return archive.measured(store, Path(name), span)


def _of_archive(ours: str, floor: str) -> Callable[[int], Rounds]:
    def rounds(count: int) -> Rounds:
        for figures in map(_archived, range(count)):
            yield getattr(figures, ours), getattr(figures, floor)

    return rounds


def _of_tables(name: str) -> Callable[[int], Rounds]:
    def rounds(count: int) -> Rounds:
        with database(name) as url:
            tables, bare = table_sizes.measured(url)
        yield from [(table_sizes.beside(tables), bare)] * count  # sizes hardly vary

    return rounds


def _additions_s() -> float:
    """Seconds of ten million additions in Python."""
    begun, total = time.perf_counter(), 0
    for one in range(10_000_000):
        total += one
    return time.perf_counter() - begun


_GOALS = {
    "line": 0.98,
    "dead-unit": 0.096,
    "json": 0.24,
    "circuits": 0.24,
    "site-cores": 0.29,
    "site-memory": 2.1,
}
ROWS = (
    *(Row(name, FIGURES[name][2], _of_bridges(name), goal=goal) for name, goal in _GOALS.items()),
    *(
        Row(
            f"start-{service}",
            "processor time until it is ready, s",
            functools.partial(start.rounds, service),
        )
        for service in start.LIBRARIES
    ),
    Row(
        "ingest-sqlite",
        "snapshots/s with intervals",
        _of_ingest("sqlite"),
        more_is_better=True,
        goal=0.25,
    ),
    Row("ingest-postgresql", "the same", _of_ingest("postgresql"), more_is_better=True, goal=0.25),
    Row("bills-sqlite", "s of the bills of 10,000 circuits", _of_bills("sqlite", 10_000), goal=1.5),
    Row("bills-postgresql", "the same", _of_bills("postgresql", 10_000), goal=1.5),
    Row("empty-month", "s of the bills of 12,600 circuits with 4 h of history", _empty_month),
    Row("import-sqlite", "s of the import of 4 M rows of CSV", _of_import("sqlite"), goal=5),
    Row("import-postgresql", "the same", _of_import("postgresql"), goal=5),
    Row(
        "archive-bytes",
        "bytes a value of archived polls",
        _of_archive("size", "bare_size"),
        goal=1.8,
    ),
    Row(
        "archive-write",
        "values/s moved, compared and stored",
        _of_archive("moved", "bare_written"),
        more_is_better=True,
    ),
    Row(
        "archive-read",
        "values/s as snapshots",
        _of_archive("read", "bare_read"),
        more_is_better=True,
    ),
    Row("else-bytes-sqlite", "bytes a value beside polls", _of_tables("sqlite"), goal=2.5),
    Row("else-bytes-postgresql", "the same", _of_tables("postgresql"), goal=2.5),
)
