"""60,000 snapshots with 20 kills -9 of recorder, broker and PostgreSQL; fails if any is lost."""

import tempfile
from pathlib import Path

from benchmarks.databases import DATABASES, killed

SNAPSHOTS, KILLS, RATE, SEED = 60_000, 20, 1500, 11


def run() -> None:
    """Prints what was killed."""
    for name in DATABASES:
        with tempfile.TemporaryDirectory() as folder:
            done = killed(Path(folder), name, SNAPSHOTS, KILLS, RATE, SEED)
        print(
            f"{SNAPSHOTS:,} snapshots into {name}, killed {done}: each stored once, "
            "intervals equal to a rebuild"
        )
