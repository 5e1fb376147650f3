"""Measures the rows, says which are ahead or behind, and records them where that is asked for."""

import argparse
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.guard import record
from benchmarks.guard.rows import ROWS, Row

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def run(arguments: list[str]) -> int:
    """Prints a line for each row; 1 where one is behind its record."""
    chosen = _options(arguments)
    last, measured = record.read(PAGE.read_text("utf-8")), []
    day, commit = datetime.now(UTC).date(), _commit()
    for row in ROWS:
        if chosen.rows and row.name not in chosen.rows:
            continue
        new = record.record_of(row.name, [*row.rounds(chosen.rounds)], day, commit)
        measured.append((row, new))
        print(_line(row, new, last.get(row.name)), flush=True)
        if chosen.record:  # at once, so that what was measured stays when a later row fails
            PAGE.write_text(record.written(PAGE.read_text("utf-8"), [new]), "utf-8")
    return int(any(_verdict(row, new, last.get(row.name)) == "behind" for row, new in measured))


def _verdict(row: Row, new: record.Record, last: record.Record | None) -> str:
    return record.verdict(new, last, more_is_better=row.more_is_better)


def _line(row: Row, new: record.Record, last: record.Record | None) -> str:
    """What is printed for a row."""
    before = f" {last.ratio:.3g} ({last.day}, {last.commit})" if last else ""
    goal = f"; goal {row.goal:.3g}" if row.goal else ""
    return (
        f"{row.name}: {new.ratio:.3g} times the floor ({new.least:.3g} to {new.most:.3g}), "
        f"{_verdict(row, new, last)}{before}{goal}; {row.what}: {new.ours:.4g}, "
        f"floor {new.floor:.4g}"
    )


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("guard", description=__doc__)
    names = [row.name for row in ROWS]
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(names)}")
    parser.add_argument("--rounds", type=_rounds, default=5, help="of which the medians are taken")
    parser.add_argument("--record", action="store_true", help="into docs/performance.md")
    chosen = parser.parse_args(arguments)
    if unknown := [row for row in chosen.rows if row not in names]:
        parser.error(f"unknown row {', '.join(unknown)}: expected {', '.join(names)}")
    return chosen


def _rounds(text: str) -> int:
    if text.isdecimal() and int(text):
        return int(text)
    message = f"{text!r}: expected 1 or more"
    raise argparse.ArgumentTypeError(message)


def _commit() -> str:
    described = ("git", "-C", str(PAGE.parent), "describe", "--always", "--dirty", "--exclude=*")
    return subprocess.run(described, check=True, capture_output=True, text=True).stdout.strip()
