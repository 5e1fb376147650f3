"""`make bench ARGS=bridges`: ours, the plain bridge and its peers in each case, as a table.

One after the other in each of five rounds; medians, and ranges in brackets. Peers come from PyPI
when this is run for the first time. Of a circuit ours sends amps, watts and load; the others amps.
Bare sockets, of one gateway, show what the line itself takes.
"""

import statistics

from benchmarks.bridges.contestants import Contestant, bare, modpoll, ours, plain
from benchmarks.bridges.runs import Case, Run, run

ROUNDS = 5
CASES = {
    "line": Case(1, latency_ms=15, seconds=10),
    "dead-unit": Case(1, latency_ms=15, dead_unit=4, warm_s=6, seconds=20),
    "json": Case(10),
    "circuits": Case(10, by_circuit=True),
    "site": Case(50, period_s=1, by_circuit=True, warm_s=10, seconds=10),
}
CONTESTANTS: dict[str, Contestant] = {
    "bare sockets": bare,
    "modpoll 1.6.0": modpoll("modpoll==1.6.0"),
    "modpoll2mqtt 2.4.1": modpoll("modpoll2mqtt==2.4.1"),
    "plain bridge": plain,
    "bcm-mqtt": ours(),
}
FIGURES = {
    "line": ("line", "cycle_ms", "8 meters on a line of 15 ms a request, JSON: a cycle, ms"),
    "dead-unit": ("dead-unit", "cycle_ms", "the same with unit 4 dead, ms"),
    "dead-unit-median": ("dead-unit", "median_ms", "its median, in which unit 4 is left out, ms"),
    "json": ("json", "cpu_ms_per_1000", "10 panels free running, JSON: CPU ms per 1,000 readings"),
    "circuits": ("circuits", "cpu_ms_per_1000", "the same, a topic for each circuit"),
    "site-cores": ("site", "cores", "50 panels at 1 Hz, a topic for each circuit: cores"),
    "site-memory": ("site", "megabytes", "their memory, MB"),
}
"""By name: the case, which figure of its runs, and what that says."""


def bridges(contestants: dict[str, Contestant], cases: list[str], rounds: int) -> None:
    """Prints a line of the table for each figure, as soon as it is there."""
    print(f"| | {' | '.join(contestants)} |\n|{'---|' * (len(contestants) + 1)}")
    for case in cases:
        runs: dict[str, list[Run]] = {name: [] for name in contestants}
        for _ in range(rounds):
            for name, contestant in contestants.items():
                if contestant is not bare or CASES[case].panels == 1:
                    runs[name].append(run(CASES[case], contestant))
        for of_case, figure, what in FIGURES.values():
            if of_case == case:
                cells = (_cell([getattr(one, figure) for one in each]) for each in runs.values())
                print(f"| {what} | {' | '.join(cells)} |", flush=True)


def measure() -> None:
    """All of them."""
    bridges(CONTESTANTS, list(CASES), ROUNDS)


def _cell(values: list[float]) -> str:
    if not values:
        return ""
    median, least, most = (
        f"{one:,.{2 if one < 1 else 1 if one < 100 else 0}f}"
        for one in (statistics.median(values), min(values), max(values))
    )
    return f"{median} ({least} to {most})"
