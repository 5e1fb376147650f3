"""PostgreSQL away while 1,000 snapshots a second keep coming: how fast it is caught up.

10 minutes take more than 15; OUTAGE_S=600 asks for them.
"""

import os
import tempfile
from pathlib import Path

from benchmarks.databases import outage

RATE = 1000
SECONDS = float(os.environ.get("OUTAGE_S", "60"))


def run() -> None:
    """Prints how the backlog went down; fails where anything was lost or doubled."""
    with tempfile.TemporaryDirectory() as folder:
        found = outage(Path(folder), SECONDS, RATE)
    rate = found.stored / found.seconds
    print(
        f"outage of {SECONDS:g} s at {RATE:,} snapshots/s: {found.backlog:,} waited and were "
        f"caught up in {found.seconds:.1f} s at {rate:,.0f}/s, {rate / RATE:.1f} times real time; "
        f"recorder {found.largest_mb:.0f} MB at most; nothing lost or doubled"
    )
