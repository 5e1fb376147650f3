"""`python -m cluster.billed CONFIG WORKERS`: a month's bills, with seconds, memory and a hash."""

import resource
import sys
import time
from contextlib import closing
from pathlib import Path

from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.issue.document import chained, document_of
from bcm_mqtt.billing.issue.inputs import Inputs
from bcm_mqtt.billing.reports import csv_report
from bcm_mqtt.cli.bills.workers import WorkersType, computing
from bcm_mqtt.config import load
from bcm_mqtt.store import Store
from benchmarks.bills import END, MONTH


def main(config: str, workers: str) -> None:
    """Prints `begun` once panels are computed; then what bills and CSV took, and all documents."""
    settings = load(Path(config))
    begun = False

    def progress(done: int, _of: int) -> None:
        nonlocal begun
        if done and not begun:
            begun = True
            print("begun", flush=True)

    began = time.perf_counter()
    with (
        closing(Store(settings.database_url)) as store,
        computing(settings, WorkersType().convert(workers, None, None)) as by,
    ):
        month = bill_month(store, settings.terms, MONTH, END, progress, by)
        csv = csv_report(month, settings.site.zone)
        seconds = time.perf_counter() - began
        own, children = (
            resource.getrusage(who).ru_maxrss / 1024
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        inputs, head = Inputs(store, settings.terms, MONTH), chained("", csv)
        for bill in month.bills:
            head = chained(head, document_of(bill, inputs.basis(bill, "1")))
    print("billed", seconds, own, children, head, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
