"""A year of 15-minute intervals of a panel, read as charts, tables and typical weeks."""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, text

from bcm_mqtt.domain.history.grid import QUARTER
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.panel import Connection, Panel, Service
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.history.archive import Archive
from bcm_mqtt.history.query import PointsQuery, Span
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from benchmarks.databases import DATABASES, database

RUNS, POLES = 5, 48
ZONE = ZoneInfo("America/New_York")
END = datetime(2026, 3, 1, 5, tzinfo=UTC)
START = END - timedelta(days=365)
_DAY_MS = 86_400_000
_POLES = {
    "sqlite": """
        WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :poles)
        INSERT INTO pole SELECT n, 'rpp-1a', n FROM n
    """,
    "postgresql": "INSERT INTO pole SELECT n, 'rpp-1a', n FROM generate_series(1, :poles) AS n",
}
_INTERVALS = {
    "sqlite": """
        WITH RECURSIVE q (s) AS (
            SELECT :first UNION ALL SELECT s + 1 FROM q WHERE s + 1 < :last
        )
        INSERT INTO interval (pole, start, milliamp_ms, covered_ms, samples, min_milliamps,
                              max_milliamps)
        SELECT p, s * :step, (p * 7919 + s * 31) % 20000 * :step, :step, 60, 0, 20000
        FROM (SELECT id AS p FROM pole) CROSS JOIN q
    """,
    "postgresql": """
        INSERT INTO interval (pole, start, milliamp_ms, covered_ms, samples, min_milliamps,
                              max_milliamps)
        SELECT p, to_timestamp(s * :step / 1000.0), (p * 7919 + s * 31) % 20000 * :step, :step,
               60, 0, 20000
        FROM generate_series(CAST(1 AS bigint), :poles) AS p,
             generate_series(CAST(:first AS bigint), :last - 1) AS s
    """,
}


def run() -> None:
    """Prints the medians for both databases."""
    for name in DATABASES:
        with database(name) as url:
            store = Store(url)
            _fill(store, url, name)
            asked = _questions(Archive(store, ZONE, CustomerRule().customer_of))
            for what, ask in asked.items():
                first, again = _timed(ask)
                print(
                    f"{name}, {what}: {again * 1000:.0f} ms, the first time {first * 1000:.0f} ms",
                    flush=True,
                )
            store.close()


def _questions(archive: Archive) -> dict[str, Callable[[], object]]:
    year, day = Span(START, END, END), Span(END - timedelta(days=1), END, END)
    circuit = partial(archive.circuit, "rpp-1a")
    return {
        "a year of a circuit of one pole": partial(circuit, 1, PointsQuery(year, None)),
        "a year of a circuit of three poles": partial(circuit, 2, PointsQuery(year, None)),
        "the same by 15 minutes": partial(circuit, 2, PointsQuery(year, QUARTER)),
        "a day": partial(circuit, 2, PointsQuery(day, None)),
        "a year of a customer of 15 circuits": partial(
            archive.customer, "Acme", PointsQuery(year, None)
        ),
        "the typical week of a year": partial(archive.circuit_week, "rpp-1a", 2, year),
    }


def _timed(ask: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the first time and the median of those after it."""
    took = []
    for _ in range(RUNS + 1):
        begun = time.perf_counter()
        ask()
        took.append(time.perf_counter() - begun)
    return took[0], statistics.median(took[1:])


def _fill(store: Store, url: str, name: str) -> None:
    store.database.ensure_schema()
    acme = [CircuitVersion((pole,), "Acme-1", 20) for pole in range(1, 31, 2)]
    others = [
        CircuitVersion((pole, pole + 2, pole + 4), "Globex-3", 30, Connection.DELTA)
        for pole in range(2, 44, 6)
    ]
    panel = Panel("rpp-1a", "RPP 1A", Service.parse("120/208"), POLES)
    directory = Directory(panel, (*acme, *others))
    store.directories.add(directory, encode_directory(directory), START)
    engine = create_engine(url)
    values = {
        "poles": POLES,
        "step": INTERVAL_MS,
        "first": to_ms(START) // INTERVAL_MS - 96,
        "last": to_ms(END) // INTERVAL_MS + 96,
    }
    days = range(to_ms(START) // _DAY_MS - 1, to_ms(END) // _DAY_MS + 2)
    with engine.begin() as connection:
        for statement in (_POLES[name], _INTERVALS[name]):
            wanted = {key: value for key, value in values.items() if f":{key}" in statement}
            connection.execute(text(statement), wanted)
        connection.execute(
            text("INSERT INTO dirty_day VALUES ('rpp-1a', :day)"),
            [{"day": datetime.fromtimestamp(day * 86_400, UTC).date()} for day in days],
        )
    engine.dispose()
    while store.roll_up.days(ZONE):
        pass
