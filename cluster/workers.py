"""A month's bills by one process, by two, and by a Dask cluster, of which a worker is killed.

All read one database of PostgreSQL on this machine; `CIRCUITS=1000` takes less than 10,000.
"""

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.bills import CUSTOMERS, fill
from peers.dask_cluster import Certificates, DaskCluster
from peers.postgresql import PostgreSql

CIRCUITS = int(os.environ.get("CIRCUITS", "10000"))
_MAIN = """\
site: {{id: dc1, time_zone: America/New_York}}
database: {{url: "{database}"}}
gateways: {{}}
panels: {{}}
tariffs: tariffs.yaml
billing: {{default_tariff: tou}}
"""
_TARIFFS = """\
tariffs:
  tou:
    versions:
      - valid_from: 2026-01-01
        energy: {on-peak: 0.21, off-peak: 0.09}
        schedule: [{period: on-peak, days: mon-fri, hours: 12:00-20:00}]
        otherwise: off-peak
        demand: [{price: 12.50}]
"""


@dataclass(frozen=True, slots=True)
class _Found:
    """A bill run: seconds, megabytes of each process, and the hash of all documents."""

    seconds: float
    megabytes: list[float]
    documents: str


def run() -> int:
    """Prints a line for each; 1 where the documents are not the same bytes."""
    print(f"{CIRCUITS:,} circuits of {CUSTOMERS} customers, PostgreSQL, {os.cpu_count()} cores")
    with PostgreSql() as server, TemporaryDirectory() as name:
        folder, url = Path(name), server.database()
        fill(url, "postgresql", CIRCUITS)
        config = folder / "bcm.yaml"
        (folder / "tariffs.yaml").write_text(_TARIFFS)
        config.write_text(_MAIN.format(database=url))
        print("| computed by | s | MB of each process | load | documents |\n|---|---|---|---|---|")
        found = [_shown("one process", _billed(config, "1"))]
        found.append(_shown("two processes", _billed(config, "2")))
        with DaskCluster(folder / "dask", config) as dask:
            _add(config, dask.certificates)
            found.append(_shown("Dask, two workers", _billed(config, dask.address, dask)))
            one = _billed(config, dask.address, dask, kills=True)
            found.append(_shown("Dask, two workers of which one is killed", one))
    return 0 if len({one.documents for one in found}) == 1 else 1


def _shown(what: str, found: _Found) -> _Found:
    megabytes = ", ".join(f"{one:.0f}" for one in found.megabytes)
    load, _, _ = os.getloadavg()
    print(
        f"| {what} | {found.seconds:.1f} | {megabytes} | {load:.1f} | {found.documents[:16]} |",
        flush=True,
    )
    return found


def _add(config: Path, certificates: Certificates) -> None:
    config.write_text(config.read_text() + certificates.section)


def _billed(
    config: Path, workers: str, dask: DaskCluster | None = None, *, kills: bool = False
) -> _Found:
    """In a process of its own; the first worker is killed once the first panels are computed."""
    command = [sys.executable, "-m", "cluster.billed", str(config), workers]
    megabytes: list[float] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            kind, *values = line.split()
            if kind == "begun" and dask and kills:
                megabytes.append(_most(dask.workers[0].pid))
                dask.workers[0].kill()
            if kind == "billed":
                seconds, own, children, documents = values
    assert process.returncode == 0
    megabytes = [float(own), *megabytes]
    if dask:
        megabytes += [_most(one.pid) for one in dask.workers if one.running]
    elif float(children):
        megabytes += [float(children)] * int(workers)
    return _Found(float(seconds), megabytes, documents)


def _most(pid: int) -> float:
    """Megabytes of memory that a process had at most."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0
