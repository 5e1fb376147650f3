"""Loads in step with the clock: how they are billed, and how often they are found.

`LOADS=20 make bench ARGS=in-step` simulates 20 loads of each kind.
"""

import os
from collections.abc import Iterable
from datetime import timedelta

import numpy as np

from bcm_mqtt.bridge.poll_times import Grid, PollTimes, Spread
from benchmarks.databases import DATABASES  # noqa: F401 - it finds the tests
from unit.bridge.test_poll_times import billed
from unit.domain.in_step_loads import IN_STEP, ORDINARY, Kind, feed_of, found_at

LOADS = int(os.environ.get("LOADS", "100"))
RATES_S = (15, 60, 300, 900)
CYCLES_MIN = ((10, 60), (12, 30), (7.5, 15), (5, 15), (4, 10), (2, 5))
PANELS = 100
QUARTER = timedelta(minutes=15)
_AT_ONCE = 10


def run() -> None:
    """Prints a row for each cycle, and for each kind of load."""
    print("3 kW in step with the clock, polled every 15 minutes through March 2026: error of the")
    print("bill in percent of the truth, against what it states for sampling (k = 2)")
    grids = [Grid(QUARTER, minute * timedelta(minutes=1)) for minute in range(15)]
    spread = [Spread(f"rpp-{number}", QUARTER) for number in range(PANELS)]
    for on_min, cycle_min in CYCLES_MIN:
        for name, every in (("offsets of 0 to 14 min", grids), ("spread polls", spread)):
            _print_bills(f"{on_min:g} of {cycle_min:g} min, {name}", every, on_min, cycle_min)
    print(f"{LOADS} circuit-months of each kind, 0.1 A steps: found to be in step, polled every")
    print(f"  {'':<26}" + "".join(f"{every:>8} s" for every in RATES_S))
    for title, kinds in (("in step", IN_STEP), ("ordinary", ORDINARY)):
        every = np.array([_found(kind) for kind in kinds])
        for kind, found in zip(kinds, every, strict=True):
            _print_found(f"{title}: {kind.__name__}", found / LOADS)
        _print_found(f"{title}: all {every.shape[0] * LOADS}", every.mean(axis=0) / LOADS)


def _print_bills(label: str, every: Iterable[PollTimes], on_min: float, cycle_min: float) -> None:
    bills = np.array([billed(times, on_min, cycle_min) for times in every])
    errors, stated = 100 * bills[:, :2].T / bills[:, 2]
    within = np.mean(np.abs(errors) <= stated)
    print(
        f"  {label:<40} {errors.min():>7.1f} to {errors.max():>6.1f} %, "
        f"rms {np.sqrt(np.mean(errors**2)):>6.2f} %, stated {stated.mean():>5.2f} %, "
        f"within {within:.0%}",
        flush=True,
    )


def _found(kind: Kind) -> list[int]:
    """How many of a kind are found, by rate."""
    found = [0] * len(RATES_S)
    for first in range(0, LOADS, _AT_ONCE):
        feeds = [feed_of(kind, number) for number in range(first, min(first + _AT_ONCE, LOADS))]
        for at, every in enumerate(RATES_S):
            found[at] += sum(map(bool, found_at(feeds, every)))
    return found


def _print_found(label: str, shares: Iterable[float]) -> None:
    print(f"  {label:<26}" + "".join(f"{share:>10.1%}" for share in shares), flush=True)
