"""A month of 15-minute intervals of 10,000 circuits, summed up by circuit in SQL alone."""

import resource
import statistics
import subprocess
import sys
import time
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, text

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.time import Month, to_ms
from bcm_mqtt.store import Store
from benchmarks.databases import DATABASES, database

RUNS, CIRCUITS, POLES = 5, 10_000, 50
START, END = Month(2026, 3).bounds(ZoneInfo("America/New_York"))

_FILL = {
    "sqlite": (
        """
        WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < :circuits - 1)
        INSERT INTO pole SELECT n + 1, 'rpp-' || (n / :poles), n % :poles + 1 FROM n
        """,
        """
        WITH RECURSIVE s (start) AS (
            SELECT :first UNION ALL SELECT start + :step FROM s WHERE start + :step < :last
        )
        INSERT INTO interval (pole, start, milliamp_ms, covered_ms, samples, min_milliamps,
                              max_milliamps)
        SELECT p.id, s.start, (p.id * 7919 + s.start / :step) % 20000 * :step, :step, 60, 0, 20000
        FROM pole AS p CROSS JOIN s
        """,
        "ANALYZE",
    ),
    "postgresql": (
        """
        INSERT INTO pole SELECT n + 1, 'rpp-' || (n / :poles), n % :poles + 1
        FROM generate_series(0, :circuits - 1) AS n
        """,
        "SET session_replication_role = 'replica'",  # its poles are there: no look at each
        """
        INSERT INTO interval (pole, start, milliamp_ms, covered_ms, samples, min_milliamps,
                              max_milliamps)
        SELECT p, to_timestamp(s / 1000.0), (p * 7919 + s / :step) % 20000 * :step, :step,
               60, 0, 20000
        FROM generate_series(1, :circuits) AS p,
             generate_series(CAST(:first AS bigint), :last - 1, :step) AS s
        """,
        "ANALYZE",
    ),
}
SUM = {
    "sqlite": """
        SELECT p.panel, p.number, sum(i.milliamp_ms)
        FROM pole AS p JOIN interval AS i ON i.pole = p.id
        WHERE i.start >= :start AND i.start < :end
        GROUP BY p.id
    """,
    "postgresql": """
        SELECT p.panel, p.number, s.amount
        FROM (
            SELECT pole, sum(milliamp_ms) AS amount FROM interval
            WHERE start >= :start AND start < :end GROUP BY pole
        ) AS s JOIN pole AS p ON p.id = s.pole
    """,
}
"""As docs/sql.md has it: SQLite goes from pole to pole by the key, PostgreSQL scans in parallel."""


def run() -> None:
    """Prints the medians for both databases."""
    for name in DATABASES:
        with database(name) as url:
            store = Store(url)
            store.database.ensure_schema()
            store.close()
            _fill(url, name)
            found = [_asked(url) for _ in range(RUNS)]
        seconds, memory = statistics.median(one for one, _ in found), max(one for _, one in found)
        rows = CIRCUITS * ((to_ms(END) - to_ms(START)) // INTERVAL_MS)
        print(
            f"sum of a month in {name}: {seconds:.2f} s for {rows:,} intervals of "
            f"{CIRCUITS:,} circuits; {memory:.0f} MB at most"
        )


def _fill(url: str, name: str) -> None:
    engine = create_engine(url)
    values = {
        "circuits": CIRCUITS,
        "poles": POLES,
        "first": to_ms(START) - 10 * INTERVAL_MS,
        "last": to_ms(END) + 10 * INTERVAL_MS,
        "step": INTERVAL_MS,
    }
    with engine.begin() as connection:
        for statement in _FILL[name]:
            wanted = {key: value for key, value in values.items() if f":{key}" in statement}
            connection.execute(text(statement), wanted)
    if name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM"))  # as the server does by itself in time
    engine.dispose()


def _asked(url: str) -> tuple[float, float]:
    """Seconds and the megabytes that they took, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.sums", url], check=True, capture_output=True, text=True
    )
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes


def ask(url: str) -> None:
    """Runs the query once and prints its seconds and this process's megabytes."""
    engine = create_engine(url)
    bounds = (START, END)
    span = map(to_ms, bounds) if engine.dialect.name == "sqlite" else bounds
    start, end = span
    with engine.connect() as connection:
        begun = time.perf_counter()
        rows = connection.execute(
            text(SUM[engine.dialect.name]), {"start": start, "end": end}
        ).all()
        took = time.perf_counter() - begun
    assert len(rows) == CIRCUITS
    print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    ask(sys.argv[1])
