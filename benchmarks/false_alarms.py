"""False alarms: how many bills of faultless buildings are held, and what is found in them.

`FIRST=50 SEEDS=25 make bench ARGS=false-alarms` bills the buildings 50 to 74.
"""

import os
import tempfile
from collections import Counter
from pathlib import Path

from bcm_mqtt.store import Store
from benchmarks.databases import DATABASES  # noqa: F401 - it finds the tests
from unit.billing.faultless_building import FaultlessBuilding

FIRST = int(os.environ.get("FIRST", "0"))
SEEDS = int(os.environ.get("SEEDS", "100"))
MOST_HELD = 0.01


def run() -> None:
    """Bills a month of each, and prints what was held and why."""
    bills = 0
    held = Counter[str]()
    found = Counter[str]()
    for seed in range(FIRST, FIRST + SEEDS):
        with tempfile.TemporaryDirectory() as folder:
            store = Store(f"sqlite:///{Path(folder)}/bcm.db")
            store.database.ensure_schema()
            site = FaultlessBuilding(seed).billed(store)
            store.close()
        bills += len(site.bills)
        found.update(one.flag.value for one in site.all_findings)
        for bill in site.bills:
            if bill.holds:
                held[bill.customer.id] += 1
                print(f"  seed {seed}, {bill.customer.id}: {'; '.join(bill.holds)}", flush=True)
    count = held.total()
    print(f"false alarms: {SEEDS} faultless buildings, {bills} bills, {count} held")
    print(f"  {100 * count / bills:.2f} %, at most {100 * MOST_HELD:g} %")
    for flag, times in found.most_common():
        print(f"  {flag:24}{times:6} findings")
