"""60,000 snapshots with 20 kills -9 of recorder, broker and PostgreSQL; fails if any is lost.

The broker runs as it is shipped and is told to save before it is killed; AUTOSAVE=wait waits
for the minute's save that it does by itself, which takes up to a minute for each kill.
"""

import os
import tempfile
from pathlib import Path

from benchmarks.databases import DATABASES, killed

SNAPSHOTS, KILLS, RATE, SEED = 60_000, 20, 1500, 11


def run() -> None:
    """Prints what was killed."""
    await_autosave = os.environ.get("AUTOSAVE") == "wait"
    for name in DATABASES:
        with tempfile.TemporaryDirectory() as folder:
            done = killed(
                *(Path(folder), name, SNAPSHOTS, KILLS, RATE, SEED), await_autosave=await_autosave
            )
        print(
            f"{SNAPSHOTS:,} snapshots into {name}, killed {done}: each stored once, "
            "intervals equal to a rebuild"
        )
