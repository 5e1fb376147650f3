"""The recorder or its database away while snapshots keep coming: what is lost.

OUTAGE_S=3600 asks for the hour; OUTAGE_CASES for some of the cases, as `sqlite:queue`.
"""

import os
import tempfile
from pathlib import Path

from benchmarks.away import CASES, Away, away
from benchmarks.databases import DATABASES, outage

RATE = 1000
PANELS = 50
SECONDS = float(os.environ.get("OUTAGE_S", "60"))
EVERY_CASE = ["database", *(f"{kind}:{case}" for kind in DATABASES for case in CASES)]
ASKED = os.environ.get("OUTAGE_CASES", ",".join(EVERY_CASE)).split(",")


def run() -> None:
    """Prints how each case went; fails where anything was lost or doubled."""
    for name in ASKED:
        if name not in EVERY_CASE:
            raise SystemExit(f"unknown case {name}: expected {', '.join(EVERY_CASE)}")
        with tempfile.TemporaryDirectory() as folder:
            if name == "database":
                _database_away(Path(folder))
            else:
                kind, _, case = name.partition(":")
                _print(name, away(Path(folder), kind, case, SECONDS, PANELS))


def _database_away(folder: Path) -> None:
    """PostgreSQL away while 1,000 snapshots a second keep coming."""
    found = outage(folder, SECONDS, RATE)
    rate = found.stored / found.seconds
    print(
        f"outage of {SECONDS:g} s at {RATE:,} snapshots/s: {found.backlog:,} waited and were "
        f"caught up in {found.seconds:.1f} s at {rate:,.0f}/s, {rate / RATE:.1f} times real time; "
        f"recorder {found.largest_mb:.0f} MB at most; nothing lost or doubled"
    )


def _print(name: str, found: Away) -> None:
    rate = found.stored / found.caught_up_s
    print(
        f"{name}: recorder away {SECONDS:g} s at {PANELS} panels x 1 s: {found.lost} of "
        f"{found.polled:,} lost, {found.twice} twice; {found.backlog:,} waited and were caught up "
        f"in {found.caught_up_s:.0f} s at {rate:,.0f}/s; outbox {found.outbox_mb:.1f} MB; most "
        f"memory: bridge {found.bridge_mb:.0f} MB, recorder {found.recorder_mb:.0f} MB, broker "
        f"{found.broker_mb:.0f} MB"
    )
    for part, usage in found.parts.items():
        print(
            f"  {part}: bridge {usage.cores:.2f} cores; {usage.live:,} live snapshots reach a "
            f"subscriber after {usage.p50_ms:.0f} ms, 99 % within {usage.p99_ms:.0f} ms, all "
            f"within {usage.most_ms:.0f} ms",
            flush=True,
        )
    if found.lost or found.twice:
        raise SystemExit(f"{name}: {found.lost} lost, {found.twice} twice")
