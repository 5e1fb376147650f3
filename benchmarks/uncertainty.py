"""What bills state as their uncertainty against what really flowed, for simulated feeds.

Statistical causes alone: the truth has the same voltage, power factor and no error of class. The
bounds for those are in a column of their own.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bcm_mqtt.domain.usage.uncertainty.budget import Budget
from bcm_mqtt.domain.usage.usage import Usage
from benchmarks.databases import DATABASES  # noqa: F401 - it finds the tests
from unit.domain.feeds import CONNECTIONS, feed, outages, polled, rows_of, true_kwh

FEEDS = 200
RATES_S = (15, 60, 300, 900)
GAPS = (0.0, 0.05, 0.2)
_AT_ONCE = 40


@dataclass(frozen=True)
class Bill:
    """A feed's month: shares of the true energy in percent."""

    kind: str
    error: float
    stated: float
    bounds: float


def run(feeds: int = FEEDS) -> None:
    """Prints a row for each connection, rate and share of gaps, and for each kind of load."""
    by_row = defaultdict[str, list[Bill]](list)
    by_kind = defaultdict[str, list[Bill]](list)
    for first in range(0, feeds, _AT_ONCE):
        for name, every, gap, bill in _bills(range(first, min(first + _AT_ONCE, feeds))):
            by_row[f"{name} {every:>4} s, {gap:>4.0%} gaps"].append(bill)
            by_kind[f"{bill.kind:<10} {every:>4} s, {gap:>4.0%} gaps"].append(bill)
    print(f"{feeds} feeds, November 2026, readings in steps of 0.1 A; percent of the energy")
    for title, rows in (("row", by_row), ("load", by_kind)):
        print(f"  {title:<28} bills  within  mean ±  p95 of error  ratio  bounds ±")
        for label, bills in sorted(rows.items()):
            _print(label, bills)


def _bills(numbers: range) -> Iterator[tuple[str, int, float, Bill]]:
    simulated = defaultdict(list)
    kinds = []
    for number in numbers:
        one = feed(number)
        kinds.append(one.kind)
        random = np.random.default_rng(10_000 + number)
        for gap in GAPS:
            gone = outages(random, gap)
            for every in RATES_S:
                for name, connection in CONNECTIONS.items():
                    seen = polled(one, random, every, connection.pole_count, gone)
                    simulated[name, every, gap].append(seen)
    for (name, every, gap), seen in simulated.items():
        connection = CONNECTIONS[name]
        rows = rows_of(connection, seen)
        for kind, row, one in zip(kinds, rows, seen, strict=True):
            yield name, every, gap, _bill(kind, row, true_kwh(connection, one))


def _bill(kind: str, row: Usage, truth: float) -> Bill:
    budget = Budget.of(row.components)
    shares = (float(row.kwh) - truth, float(budget.statistical_kwh), float(budget.bounds_kwh))
    return Bill(kind, *(100 * share / truth for share in shares))


def _print(label: str, bills: list[Bill]) -> None:
    within = sum(abs(bill.error) <= bill.stated for bill in bills) / len(bills)
    stated = float(np.mean([bill.stated for bill in bills]))
    error = float(np.quantile([abs(bill.error) for bill in bills], 0.95))
    bounds = float(np.mean([bill.bounds for bill in bills]))
    print(
        f"  {label:<28} {len(bills):>5} {within:>7.1%} {stated:>7.2f} {error:>13.2f} "
        f"{stated / error:>6.2f} {bounds:>9.1f}"
    )
