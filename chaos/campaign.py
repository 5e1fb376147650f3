"""Many seeds in processes of their own, and what they found."""

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from itertools import count
from typing import Any

_AT_ONCE = 4
"""Seeds of a process: its start costs a second."""


def one(seed: int, scale: str, without: frozenset[str], planted: str) -> int:
    """Runs a seed and prints its log."""
    run = _prepared()
    outcome = run(seed, scale, without, planted)
    print("\n".join(outcome.log))
    took = f"{outcome.days:.2f} days in {outcome.seconds:.1f} s of the processor"
    print(f"seed {seed}: {took}", file=sys.stderr)
    print(f"digest {outcome.digest}")
    print(f"{len(outcome.violations)} violations")
    return 1 if outcome.violations else 0


def found_within(given: argparse.Namespace, without: frozenset[str], names: list[str]) -> int:
    """Runs seeds with each planted fault until each invariant has found it that must."""
    from chaos.planted import PLANTED  # noqa: PLC0415

    run = _prepared()
    missed = 0
    for name in names:
        against = list(PLANTED[name].against)
        for number in range(given.seeds):
            lines = run(given.first + number, given.scale, without, name).violations
            for part in list(against):
                if found := [line for line in lines if part in line]:
                    against.remove(part)
                    print(f"{name}: found in seed {number + 1}: {found[0]}", flush=True)
            if not against:
                break
            if lines:
                print(f"{name}: seed {number + 1} has only {lines[0]}", flush=True)
        missed += bool(against)
        for part in against:
            print(f"{name}: not found in {given.seeds} seeds by {part!r}", flush=True)
    return 1 if missed else 0


def campaign(given: argparse.Namespace, without: frozenset[str]) -> int:
    """Runs the seeds that were asked for."""
    if given.lines:
        return _lines(given, without)
    begun = time.monotonic()
    counts: Counter[str] = Counter()
    bad = seeds = 0
    days = spent_s = 0.0
    for outcome in _outcomes(given, begun):
        seeds += 1
        days += outcome["days"]
        spent_s += outcome["seconds"]
        counts.update(outcome["counts"])
        if outcome["violations"]:
            bad += 1
            print(f"seed {outcome['seed']} failed:")
            for line in outcome["violations"]:
                print(f"  {line}")
            print(f"  replay: {_replay(given, outcome['seed'])}", flush=True)
    minutes = (time.monotonic() - begun) / 60
    print(f"{seeds} seeds of a {given.scale}, {bad} failed; {days:.1f} simulated days")
    print(
        f"{minutes:.1f} min, {days / minutes:.0f} simulated days a minute; "
        f"{60 * days / max(spent_s, 1e-9):.0f} in a minute of one processor"
    )
    faults = {name: number for name, number in counts.items() if name.startswith("fault ")}
    print(f"{sum(faults.values()):,} faults:")
    for name, number in sorted(faults.items()):
        print(f"  {number:>12,} {name.removeprefix('fault ')}")
    print("what happened:")
    for name, number in sorted(counts.items()):
        if name not in faults:
            print(f"  {number:>12,} {name}")
    if not seeds:
        print("no seed was run")
    return 1 if bad or not seeds else 0


def _lines(given: argparse.Namespace, without: frozenset[str]) -> int:
    run = _prepared()
    for seed in range(given.first, given.first + given.seeds):
        outcome = asdict(run(seed, given.scale, without, given.planted))
        del outcome["log"]
        print(json.dumps(outcome), flush=True)
    return 0


def _prepared() -> Any:
    from chaos import seams  # noqa: PLC0415 - only where a run is to be

    seams.install()
    from chaos.run import run  # noqa: PLC0415

    return run


def _outcomes(given: argparse.Namespace, begun: float) -> Iterator[dict[str, Any]]:
    """Of all seeds, as they are done."""
    chunks = iter(
        (first, min(_AT_ONCE, given.first + given.seeds - first))
        for first in range(given.first, given.first + given.seeds, _AT_ONCE)
    )
    if given.seconds:
        chunks = ((first, 1) for first in count(given.first))
    running: list[tuple[int, int, subprocess.Popen[str]]] = []
    try:
        while True:
            while len(running) < given.processes:
                over = given.seconds and time.monotonic() - begun >= given.seconds
                chunk = None if over else next(chunks, None)
                if chunk is None:
                    break
                running.append((*chunk, _worker(given, *chunk)))
            if not running:
                return
            first, number, process = running.pop(0)
            text, _ = process.communicate()
            done = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
            yield from done
            for seed in range(first + len(done), first + number):
                broke = f"the simulation ended with status {process.returncode}"
                yield {
                    "seed": seed,
                    "violations": [broke],
                    "counts": {},
                    "days": 0.0,
                    "seconds": 0.0,
                }
    finally:
        for _, _, process in running:
            process.kill()
            process.wait()


def _worker(given: argparse.Namespace, first: int, number: int) -> "subprocess.Popen[str]":
    command = [*_command(given), "--lines", "--first", str(first), "--seeds", str(number)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _replay(given: argparse.Namespace, seed: int) -> str:
    return " ".join([".venv/bin/python", *_command(given)[1:], "--seed", str(seed)])


def _command(given: argparse.Namespace) -> list[str]:
    options = {
        "--scale": given.scale,
        "--without": given.without,
        "--only": given.only,
        "--planted": given.planted,
    }
    given_options = [part for name, value in options.items() if value for part in (name, value)]
    return [sys.executable, "-m", "chaos", *given_options]
