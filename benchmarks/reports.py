"""Reports of a month of 300 customers and 10,000 circuits: time per file of every format."""

import statistics
import time

from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.reports import Issuer
from bcm_mqtt.billing.reports.folder import FORMATS, MonthReports, month_files
from bcm_mqtt.store import Store
from benchmarks.bills import END, MONTH, TERMS, ZONE, fill
from benchmarks.databases import database


def run() -> None:
    """Prints the medians and the slowest."""
    with database("sqlite") as url:
        fill(url, "sqlite", 10_000)
        measure(url)


def measure(url: str) -> None:
    """Makes the files of each format in memory."""
    store = Store(url)
    panels = {panel: directory.panel for panel, directory in store.directories.all().items()}
    site = bill_month(store, TERMS, MONTH, END)
    store.close()
    reports = MonthReports(site, Issuer("Benchmark", ZONE), END, panels)
    for form in FORMATS:
        took, sizes = [], []
        begun = time.perf_counter()
        for name, content in month_files(reports, (form,)):
            if not name.startswith("summary"):
                took.append(time.perf_counter() - begun)
                sizes.append(len(content))
            else:
                print(f"  summary of {len(site.bills)}: {time.perf_counter() - begun:.2f} s")
            begun = time.perf_counter()
        print(
            f"{form}: {len(took)} files of {statistics.median(sizes) / 1000:.0f} kB, "
            f"{statistics.median(took):.3f} s each, at most {max(took):.3f} s",
            flush=True,
        )
