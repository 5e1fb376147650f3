"""Bills of 10,000 circuits against a bare SUM over the same intervals, and how it grows.

300 customers, a month of 15-minute intervals of which 1 % is missing (blocks of 3 h and
single ones), a time-of-use tariff with a demand charge, CSV for all. Then a month of which 4 h
were measured.
"""

import resource
import statistics
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, text

from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.billing.readings.due_days import make_due_days
from bcm_mqtt.billing.reports import csv_report
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.panel import Connection, Panel, Service
from bcm_mqtt.domain.tariff import DemandCharge, PeriodPrice, RateVersion, Tariff
from bcm_mqtt.domain.tariff.schedule import Schedule, ScheduleRule
from bcm_mqtt.domain.time import Month, to_ms
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.processes import cores
from bcm_mqtt.store import Store
from benchmarks.databases import DATABASES, database

RUNS, SIZES, POLES, CUSTOMERS = 5, (100, 1_000, 10_000), 50, 300
ZONE = ZoneInfo("America/New_York")
MONTH = Month(2026, 3)
START, END = MONTH.bounds(ZONE)
MEASURED = to_ms(START) // INTERVAL_MS - 96, to_ms(END) // INTERVAL_MS + 96
EMPTY_CIRCUITS, EMPTY_INTERVALS = 12_600, 16
BARE = "SELECT pole, SUM(milliamp_ms) FROM interval WHERE start >= :s AND start < :e GROUP BY pole"
TARIFF = Tariff(
    "tou",
    "USD",
    ZONE,
    (
        RateVersion(
            date(2026, 1, 1),
            (PeriodPrice("on-peak", Decimal("0.21")), PeriodPrice("off-peak", Decimal("0.09"))),
            schedule=Schedule(
                (ScheduleRule("on-peak", days=frozenset(range(5)), hours=((48, 80),)),),
                otherwise="off-peak",
            ),
            demand=(DemandCharge(Decimal("12.50")),),
        ),
    ),
)
TERMS = BillingTerms(ZONE, "USD", {}, {"tou": TARIFF}, "tou", CustomerRule())
_UNSAFE = {
    "sqlite": (
        *("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -65536"),
        "PRAGMA analysis_limit = 1000",
    ),
    "postgresql": ("SET session_replication_role = 'replica'",),
}
"""So that a fill is fast; the store makes it safe again as it opens the database."""
_POLES = {
    "sqlite": """
        WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < :circuits - 1)
        INSERT INTO pole SELECT n + 1, 'rpp-' || (n / :poles), n % :poles + 1 FROM n
    """,
    "postgresql": """
        INSERT INTO pole SELECT n + 1, 'rpp-' || (n / :poles), n % :poles + 1
        FROM generate_series(0, :circuits - 1) AS n
    """,
}
_GAPS = "(p * 31 + s / 12) % 167 = 0 OR (p * 7 + s * 13) % 250 = 0"
"""By number of pole and interval: 12 of 2004 in blocks of 3 h, 1 of 250 alone."""
_INTERVALS = {
    "sqlite": f"""
        WITH RECURSIVE q (s) AS (
            SELECT :first UNION ALL SELECT s + 1 FROM q WHERE s + 1 < :last
        )
        INSERT INTO interval (pole, start, milliamp_ms, covered_ms, samples, min_milliamps,
                              max_milliamps)
        SELECT p, s * :step, (p * 7919 + s * 31) % 20000 * :step, :step, 60,
               (p * 7919 + s * 31) % 20000, (p * 7919 + s * 31) % 20000
        FROM (SELECT id AS p FROM pole) CROSS JOIN q WHERE NOT ({_GAPS})
    """,
    "postgresql": f"""
        INSERT INTO interval (pole, start, milliamp_ms, covered_ms, samples, min_milliamps,
                              max_milliamps)
        SELECT p, to_timestamp(s * :step / 1000.0), (p * 7919 + s * 31) % 20000 * :step, :step,
               60, (p * 7919 + s * 31) % 20000, (p * 7919 + s * 31) % 20000
        FROM generate_series(CAST(1 AS bigint), :circuits) AS p,
             generate_series(CAST(:first AS bigint), :last - 1) AS s
        WHERE NOT ({_GAPS})
    """,
}


def run() -> None:
    """Prints the medians for both databases: three sizes, and a month that is mostly empty."""
    for name in DATABASES:
        for circuits in SIZES:
            with database(name) as url:
                fill(url, name, circuits)
                found = [asked(url) for _ in range(RUNS)]
            bare, billed, ratio, memory = (
                statistics.median(run[0] for run in found),
                statistics.median(run[1] for run in found),
                statistics.median(run[1] / run[0] for run in found),
                max(run[2] for run in found),
            )
            print(
                f"{name}, {circuits:,} circuits: bare SUM {bare:.2f} s, bills and CSV "
                f"{billed:.2f} s, {ratio:.2f} times; {memory:.0f} MB at most",
                flush=True,
            )
    begun = to_ms(START) // INTERVAL_MS + 1_000
    for name in DATABASES:
        with database(name) as url:
            fill(url, name, EMPTY_CIRCUITS, (begun, begun + EMPTY_INTERVALS))
            seconds = statistics.median(asked(url)[1] for _ in range(RUNS))
        print(
            f"{name}, {EMPTY_CIRCUITS:,} circuits measured for {EMPTY_INTERVALS // 4} h: bills "
            f"and CSV {seconds:.1f} s",
            flush=True,
        )


def fill(url: str, name: str, circuits: int, measured: tuple[int, int] = MEASURED) -> None:
    """Circuits in an empty database, with intervals of some quarter hours since the epoch."""
    store = Store(url)
    store.database.ensure_schema()
    panels = [f"rpp-{number}" for number in range(circuits // POLES)]
    for number, panel in enumerate(panels):
        sent = _directory(panel, number)
        store.directories.add(sent, encode_directory(sent), START)
    store.close()
    engine = create_engine(url)
    values = {"circuits": circuits, "poles": POLES, "step": INTERVAL_MS}
    values |= {"first": measured[0], "last": measured[1]}
    days = range(measured[0] // 96, (measured[1] - 1) // 96 + 1)
    begun = time.perf_counter()
    with engine.connect() as connection:
        for unsafe in _UNSAFE[name]:  # 100,000 circuits are 20 GB, written once
            connection.exec_driver_sql(unsafe)
        connection.commit()
        for statement in (_POLES[name], _INTERVALS[name]):
            wanted = {key: value for key, value in values.items() if f":{key}" in statement}
            connection.execute(text(statement), wanted)
        marks = [
            {"panel": panel, "day": date.fromordinal(719_163 + day)}
            for panel in panels
            for day in days
        ]
        insert = text("INSERT INTO dirty_day VALUES (:panel, :day)")
        if name == "sqlite":
            marks = [mark | {"day": str(mark["day"])} for mark in marks]
        connection.execute(insert, marks)
        connection.execute(text("ANALYZE"))
        connection.commit()
    filled = time.perf_counter() - begun
    begun = time.perf_counter()
    for _ in make_due_days(store, ZONE):
        pass
    took = time.perf_counter() - begun
    store.close()
    if name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM"))  # as the server does by itself in time
    engine.dispose()
    print(
        f"  ({circuits:,} circuits in {name}: intervals written in {filled:.0f} s, load profiles "
        f"made in {took:.0f} s)",
        flush=True,
    )


def _directory(panel: str, number: int) -> Directory:
    versions = []
    for pole in range(1, POLES + 1):
        customer = (number * POLES + pole) * 7 % CUSTOMERS
        versions.append(
            CircuitVersion((pole,), f"Customer{customer}-{panel}-{pole}", 30, Connection("1P"))
        )
    return Directory(Panel(panel, panel, Service.parse("120/208"), POLES), tuple(versions))


def asked(url: str) -> tuple[float, float, float]:
    """Seconds of the bare sum and of the bills, and megabytes, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bills", url], check=True, capture_output=True, text=True
    )
    bare, billed, megabytes = map(float, done.stdout.split())
    return bare, billed, megabytes


def ask(url: str) -> None:
    """Sums, bills and prints."""
    bare, poles = bare_sum(url)
    store = Store(url)
    begun = time.perf_counter()
    month = bill_month(store, TERMS, MONTH, END, workers=None)
    written = csv_report(month, ZONE)
    billed = time.perf_counter() - begun
    store.close()
    check(month, written, poles)
    print(bare, billed, megabytes())


def bare_sum(url: str) -> tuple[float, int]:
    """Seconds of the month's sum by pole in SQL alone, and of how many poles."""
    engine = create_engine(url)
    lite = engine.dialect.name == "sqlite"
    bounds = {"s": to_ms(START), "e": to_ms(END)} if lite else {"s": START, "e": END}
    with engine.connect() as connection:
        begun = time.perf_counter()
        rows = connection.execute(text(BARE), bounds).all()
        bare = time.perf_counter() - begun
    engine.dispose()
    return bare, len(rows)


def check(month: SiteMonth, written: str, poles: int) -> None:
    """That all poles were billed, some of each bill is estimated, and the CSV has all rows."""
    rows = [row for bill in month.bills for row in bill.usage]
    assert len({(row.panel, row.circuit.poles) for row in rows}) == poles
    assert written.count("\n") > len(rows)
    assert all(bill.estimated_kwh for bill in month.bills)


def megabytes() -> float:
    """Of this process, and of one worker as large as the largest for each core."""
    own, worker = (
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own + cores() * worker


if __name__ == "__main__":
    ask(sys.argv[1])
