"""Bills by a Dask cluster over TLS: the same documents as by one process, and who is refused.

Scheduler and workers are threads here, but where they are ended while they work. `make cluster
ARGS=workers` kills a worker, too.
"""

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import distributed
import psycopg
import pytest

from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.computing.at_worker import with_named_days
from bcm_mqtt.billing.computing.on_cluster import ClusterPanels
from bcm_mqtt.billing.issue import IssueRequest, issue_month
from bcm_mqtt.cli import main
from bcm_mqtt.config import load
from bcm_mqtt.domain.tariff import NamedDay
from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.processes.cluster import Cluster, ClusterAddress, TlsFiles
from bcm_mqtt.store import BillingStore, Store
from peers.dask_cluster import Certificates, DaskCluster
from peers.postgresql import PostgreSql
from peers.process import BCM_MQTT, Process, wait_until
from peers.site import Site
from unit.billing.issue.site import AT, END, MARCH, START, rolled_up
from unit.builders import circuit, directory, panel, polled

DASK: Any = distributed  # most of what it has states no types
PANELS = ("rpp-1a", "rpp-1b", "rpp-1c")
HOUR_MS = 3_600_000
WITH_CALENDAR = """\
tariffs:
  standard:
    holidays: [{from: {country: US}}]
    versions:
      - valid_from: 2026-01-01
        energy: {work: 0.2, rest: 0.1}
        schedule:
          - {period: work, days: mon-fri}
        otherwise: rest
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSql]:
    with PostgreSql() as server:
        yield server


@pytest.fixture(scope="module")
def site(server: PostgreSql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Three panels whose March is over, in PostgreSQL."""
    url = server.database()
    with closing(Store(url)) as store:
        store.database.ensure_schema()
        for place, name in enumerate(PANELS):
            amps = [4_000 + 311 * place, 7_000]
            polls = polled(START, END, amps, panel_id=name, poll_ms=HOUR_MS)
            store.arrivals.add(polls[: 200 + 40 * place] + polls[230 + 40 * place :])
            versions = [circuit((pole,), f"Customer{pole % 2}-{name}") for pole in (1, 2)]
            sent = directory(*versions, of=panel(name))
            store.directories.add(sent, encode_directory(sent), AT)
        rolled_up(store)
    with Site(tmp_path_factory.mktemp("site"), 1, 1, database=url) as site:
        yield site


@pytest.fixture(scope="module")
def files(site: Site) -> Certificates:
    return Certificates.made(site.folder / "tls")


@pytest.fixture(scope="module")
def dask(files: Certificates) -> Iterator[Any]:
    kinds = ("scheduler", "worker", "client")
    named = {f"tls_{kind}_cert": str(files.certificate) for kind in kinds}
    named |= {f"tls_{kind}_key": str(files.key) for kind in kinds}
    security = DASK.Security(tls_ca_file=str(files.ca), require_encryption=True, **named)
    with DASK.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        protocol="tls://",
        host="127.0.0.1",
        security=security,
        dashboard_address=None,
    ) as dask:
        yield dask


def _cluster(dask: Any, files: Certificates, patience_s: float = 60) -> Cluster:
    address = ClusterAddress.parse(dask.scheduler_address)
    assert address.is_encrypted
    return Cluster(address, TlsFiles(*files), patience_s)


def _issued(store: BillingStore) -> list[tuple[int, str, str]]:
    return [(one.number, one.sha256, one.document) for one in store.bills.issued(MARCH)]


def test_workers_take_holidays_of_calendars_from_whoever_bills(
    site: Site, dask: Any, files: Certificates
) -> None:
    """Before any bill is issued, as those of an issued month are the bills' own."""
    tariffs = site.folder / "tariffs.yaml"
    good = tariffs.read_text()
    tariffs.write_text(WITH_CALENDAR)
    settings = load(site.config)
    edition = {"standard": (NamedDay(date(2026, 3, 10), "A holiday that the worker has not"),)}
    terms = with_named_days(settings.terms, edition)
    with closing(Store(site.database)) as store, _cluster(dask, files) as cluster:
        panels = ClusterPanels(cluster, settings)
        panels.check(terms)
        usage = bill_month(store, terms, MARCH, AT, workers=panels).usage
        assert usage == bill_month(store, terms, MARCH, AT).usage
        assert usage != bill_month(store, settings.terms, MARCH, AT).usage
    tariffs.write_text(good)


def test_a_cluster_issues_the_same_documents(
    server: PostgreSql, site: Site, dask: Any, files: Certificates
) -> None:
    settings = load(site.config)
    terms, request = settings.terms, IssueRequest(MARCH)
    copy = server.database(like=site.database)
    with closing(Store(copy)) as store:
        issue_month(store, terms, request, AT)
        expected = _issued(store)
    assert len(expected) == 2
    with closing(Store(site.database)) as store, _cluster(dask, files) as cluster:
        panels = ClusterPanels(cluster, settings)
        panels.check(terms)
        issue_month(store, terms, request, AT, workers=panels)
        assert _issued(store) == expected


def test_the_command_prints_the_same(
    site: Site, dask: Any, files: Certificates, capsys: pytest.CaptureFixture[str]
) -> None:
    site.config.write_text(site.config.read_text() + files.section)
    printed = []
    for workers in (dask.scheduler_address, "1"):
        line = ["bill", "2026-03", "--draft", "--format", "json", "--workers", workers]
        assert main([*line, "-c", str(site.config)]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert '"kwh"' in printed[0]


def test_workers_that_may_not_compute_and_none_at_all_end_it_with_one_line(
    site: Site, dask: Any, files: Certificates
) -> None:
    tariffs = site.folder / "tariffs.yaml"
    good = tariffs.read_text()
    settings = load(site.config)
    tariffs.write_text(good.replace("0.1185", "0.2"))
    with closing(Store(site.database)) as store, _cluster(dask, files, patience_s=1) as cluster:
        panels = ClusterPanels(cluster, settings)
        with pytest.raises(
            WorkError, match=r"^worker tls://.* they differ in tariffs \(and 1 more"
        ):
            panels.check(settings.terms)
        with pytest.raises(WorkError, match=r"^billing of rpp-1a failed at a worker, .*tariffs$"):
            bill_month(store, settings.terms, MARCH, AT, workers=panels)
        tariffs.write_text(good)
        dask.scale(0)
        wait_until(lambda: not dask.workers, 30)
        with pytest.raises(WorkError, match=r"^no worker has been at tls://.* for 1 s"):
            bill_month(store, settings.terms, MARCH, AT, workers=panels)
        with pytest.raises(WorkError, match=r"^no worker is at tls://"):
            panels.check(settings.terms)


def test_certificates_of_another_authority_are_refused(dask: Any, tmp_path: Path) -> None:
    with (
        pytest.raises(WorkError, match=r"^no scheduler was reached at tls://"),
        _cluster(dask, Certificates.made(tmp_path)),
    ):
        pass


@contextmanager
def held_up(server: PostgreSql, site: Site, workers: str) -> Iterator[Process]:
    """A command that issues bills, once a worker waits for what it wants to read."""
    log = site.folder / "bill.log"
    log.unlink(missing_ok=True)
    line = ("bill", "2026-03", "--issue", "--workers", workers, "-c", str(site.config))
    waits = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"

    def is_held_up() -> bool:
        assert process.running, process.said()
        return server.ask(waits) == [(True,)]

    with psycopg.connect(site.database.replace("+psycopg", "")) as holding:
        holding.execute("LOCK TABLE load_profile IN ACCESS EXCLUSIVE MODE")
        with Process([*BCM_MQTT, *line], log) as process:
            wait_until(is_held_up, 60, process.said)
            yield process


def test_a_run_that_is_ended_is_one_line_and_stores_nothing(
    server: PostgreSql, tmp_path: Path
) -> None:
    url = server.database()
    with (
        Site(tmp_path / "site", 1, 1, database=url) as site,
        DaskCluster(tmp_path / "dask", site.config, 1) as dask,
        closing(Store(url)) as store,
    ):
        site.config.write_text(site.config.read_text() + dask.certificates.section)
        settings = load(site.config)
        store.database.ensure_schema()
        store.arrivals.add(polled(START, END, [4_000] * 48, poll_ms=6 * HOUR_MS))
        for sent in settings.directories.values():
            store.directories.add(sent, encode_directory(sent), AT)
        rolled_up(store)
        with held_up(server, site, dask.address) as bill:
            bill.send(signal.SIGINT)
            assert bill.wait(60) == 130
            said = f"ended while workers at {dask.address} computed; nothing was issued"
            assert bill.said().strip() == f"bcm-mqtt: {said}"
        stopped = dask.workers[0]
        stopped.send(signal.SIGSTOP)
        address, tls = ClusterAddress.parse(dask.address), TlsFiles(*dask.certificates)
        with Cluster(address, tls, patience_s=2) as cluster:
            said = r"^worker tls://\S+ has not answered for 2 s: expected one that runs"
            with pytest.raises(WorkError, match=said):
                ClusterPanels(cluster, settings).check(settings.terms)
        stopped.send(signal.SIGCONT)
        with held_up(server, site, dask.address) as bill:
            assert dask.scheduler
            dask.scheduler.kill()
            assert bill.wait(60) == 1
            [line] = bill.said().splitlines()
            assert line.startswith(f"bcm-mqtt: the scheduler at {dask.address} has gone: ")
            assert line.endswith("; nothing was issued")
        assert not _issued(store)
