"""`make bench`: every benchmark, or those that are named; `guard` alone, with what follows it."""

import sys

from benchmarks import (
    archive,
    bill_run,
    bills,
    decoding,
    directory,
    false_alarms,
    growth,
    history,
    history_import,
    home_assistant,
    home_database,
    home_start,
    in_step,
    ingest,
    kills,
    month,
    outage,
    outbox_room,
    polling,
    reports,
    sampling,
    snmp,
    start,
    sums,
    table_sizes,
    uncertainty,
    voltage,
    web,
)
from benchmarks.bridges import cases
from benchmarks.guard import verdict

BENCHMARKS = {
    "archive": archive.run,
    "bill-run": bill_run.run,
    "bills": bills.run,
    "bridges": cases.measure,
    "decoding": decoding.run,
    "directory": directory.run,
    "false-alarms": false_alarms.run,
    "growth": growth.measure,
    "history": history.run,
    "import": history_import.run,
    "home-assistant": home_assistant.run,
    "home-database": home_database.run,
    "home-start": home_start.run,
    "in-step": in_step.run,
    "ingest": ingest.run,
    "kills": kills.run,
    "month": month.run,
    "outage": outage.run,
    "outbox": outbox_room.run,
    "polling": polling.run,
    "reports": reports.run,
    "sampling": sampling.run,
    "snmp": snmp.run,
    "start": start.run,
    "sums": sums.run,
    "table-sizes": table_sizes.run,
    "uncertainty": uncertainty.run,
    "voltage": voltage.run,
    "web": web.run,
}

if __name__ == "__main__":
    if sys.argv[1:2] == ["guard"]:
        sys.exit(verdict.run(sys.argv[2:]))
    unknown = set(sys.argv[1:]) - BENCHMARKS.keys()
    if unknown:
        sys.exit(f"unknown benchmark {', '.join(unknown)}: expected guard, {', '.join(BENCHMARKS)}")
    for name in sys.argv[1:] or BENCHMARKS:
        BENCHMARKS[name]()
