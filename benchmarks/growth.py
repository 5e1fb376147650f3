"""How cost grows with the site: bridge and recorder by panels, the bill run by circuits.

Panels are polled once a second, with a topic for each circuit, all of them stored in SQLite.
"""

import statistics
from dataclasses import replace

from benchmarks import bills
from benchmarks.bridges.contestants import Site, Started, ours
from benchmarks.bridges.runs import Case, Run, run
from benchmarks.databases import database

PANELS, CIRCUITS, ROUNDS = (1, 10, 50, 200), (100, 1_000, 10_000, 100_000), 1


def measure() -> None:
    """Prints a line for each size."""
    print("| panels | bridge: cores | MB | and recorder: cores | MB |\n|---|---|---|---|---|")
    for panels in PANELS:
        case = Case(panels, period_s=1, by_circuit=True, warm_s=10, seconds=10)
        cells = ""
        for contestant in (ours(), _recorded):
            runs = [run(case, contestant) for _ in range(ROUNDS)]
            cells += f" {_median(runs, 'cores'):.3f} | {_median(runs, 'megabytes'):.0f} |"
        print(f"| {panels} |{cells}", flush=True)
    print("| circuits billed | bare sum, s | bills and CSV, s | MB |\n|---|---|---|---|")
    for circuits in CIRCUITS:
        with database("sqlite") as url:
            bills.fill(url, "sqlite", circuits)
            bare, billed, megabytes = bills.asked(url)
        print(f"| {circuits:,} | {bare:.2f} | {billed:.2f} | {megabytes:.0f} |", flush=True)


def _recorded(site: Site) -> Started:
    """The bridge and a recorder of the same site."""
    bridge = ours()(site)
    (command,) = bridge.commands
    recorder = tuple("recorder" if word == "bridge" else word for word in command)
    return replace(bridge, commands=(command, recorder))


def _median(runs: list[Run], figure: str) -> float:
    return float(statistics.median(getattr(one, figure) for one in runs))
