"""Bills by worker processes: the same bytes as by one, and clear ends of those that fail."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Timer

import pytest

from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.reports.json_report import json_report
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.processes import Task, Workers
from bcm_mqtt.store import Store
from peers.process import wait_until
from unit.billing.issue.site import AT, END, MARCH, START, TERMS, rolled_up
from unit.builders import NEW_YORK, circuit, directory, panel

HOUR_MS = 3_600_000
WITHIN_S = 60.0


def _polls() -> Iterator[Snapshot]:
    """One panel by registers and power, one by current with outages, one that begins late."""
    for number, ms in enumerate(range(to_ms(START) - 240 * HOUR_MS, to_ms(END) + 1, HOUR_MS)):
        amps = tuple((4 + (number + pole) % 7) * 1_000 for pole in range(5))
        one = Snapshot("rpp-1a", from_ms(ms), number, HOUR_MS, amps)
        watts = tuple(118 * milliamps for milliamps in amps[:2])
        yield replace(one, power=watts, energy=(100_000 + 700 * number, None))
        if number % 170 > 5 and number > 180:
            yield replace(one, panel="rpp-1b")
        if number > 700:
            yield replace(one, panel="rpp-1c", power=(*watts, 100_000))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('workers')}/bcm.db")
    store.database.ensure_schema()
    polls = list(_polls())
    for first in range(0, len(polls), 100):
        store.arrivals.add(polls[first : first + 100])
    rolled_up(store)
    for name in ("rpp-1a", "rpp-1b", "rpp-1c", "rpp-1d"):
        versions = [circuit((pole,), f"Customer{pole % 3}-{name}-{pole}") for pole in (1, 2, 5)]
        moved = replace(versions[0], description="Customer2-X", valid_from=START + timedelta(10))
        of = replace(panel(name), voltage_from=Companion("rpp-1a", (1, 2, 3)))
        sent = directory(*versions, moved, of=of)
        store.directories.add(sent, encode_directory(sent), AT)
    yield store
    store.close()


def _bytes(site: SiteMonth) -> tuple[str, list[bytes]]:
    """The report, and what no report has."""
    return json_report(site, NEW_YORK) + repr(site), [
        array.tobytes()
        for bill in site.bills
        if bill.load
        for array in (bill.load.microwatt_hours, bill.load.estimated, bill.load.missing_ms)
    ]


def test_any_number_of_workers_gives_the_same_bytes(store: Store) -> None:
    told: list[tuple[int, int]] = []
    alone = bill_month(store, TERMS, MARCH, AT)
    assert any(bill.estimated_kwh for bill in alone.bills)
    assert alone.all_findings
    for workers in (2, 3):
        together = bill_month(
            store, TERMS, MARCH, AT, lambda *one: told.append(one), workers=workers
        )
        assert _bytes(together) == _bytes(alone)
        assert told[-1] == (4, 4)
    assert _bytes(bill_month(store, TERMS, MARCH, AT, workers=None)) == _bytes(alone)


def _children() -> list[int]:
    """The ids of this process's workers."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if (
                parent == os.getpid()
                and b"bcm_mqtt.processes" in (process / "cmdline").read_bytes()
            ):
                found.append(int(process.name))
    return found


def test_who_interrupts_a_bill_run_leaves_no_worker(store: Store) -> None:
    def interrupted(done: int, _of: int) -> None:
        if done == 3:
            assert len(_children()) == 2
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bill_month(store, TERMS, MARCH, AT, interrupted, workers=2)
    assert not _children()


WORK = """\
import os, time

class Odd:
    def done(self, number, parent):
        if number == 13:
            return 1 // 0
        if number == 14:
            time.sleep(60)
        return parent.name(number), os.getpid()

    def rest(self):
        return os.getpid()
"""


class _Parent:
    def name(self, number: int) -> str:
        return f"task {number}"


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type:
    """A class of work that workers find, too."""
    (tmp_path / "odd_work.py").write_text(WORK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    from odd_work import Odd  # type: ignore[import-not-found]  # noqa: PLC0415

    return Odd  # type: ignore[no-any-return]


def _tasks(*numbers: int) -> Iterator[Task]:
    return (Task(f"task {number}", (number,), _Parent()) for number in numbers)


def test_results_come_in_order_and_from_all_workers(odd: type) -> None:
    with Workers(2, "work", odd) as workers:
        results = list(workers.results(_tasks(*range(10))))
        assert [name for name, _ in results] == [f"task {number}" for number in range(10)]
        assert {pid for _, pid in results} <= set(workers.rests())
    assert not _children()


def test_a_task_that_fails_is_named_in_one_line(odd: type) -> None:
    reason = "work of task 13 failed: ZeroDivisionError: integer division or modulo by zero"
    with Workers(2, "work", odd) as workers, pytest.raises(WorkError) as raised:
        list(workers.results(_tasks(1, 13, 2, 3)))
    assert str(raised.value) == reason


def test_a_worker_that_is_killed_is_reported_at_once(odd: type) -> None:
    def kill() -> None:
        wait_until(lambda: len(_children()) == 1, WITHIN_S)
        os.kill(_children()[0], signal.SIGKILL)

    timer = Timer(0.0, kill)
    timer.start()
    with Workers(1, "work", odd) as workers, pytest.raises(WorkError) as raised:
        list(workers.results(_tasks(14)))
    timer.join()
    assert "a worker process was killed (SIGKILL)" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_workers_end_with_their_parent(odd: type) -> None:
    with Workers(1, "work", odd) as workers:
        list(workers.results(_tasks(1)))
        assert _children()
        for worker in workers._workers.values():
            worker.pipe.close()
        wait_until(lambda: not _children(), WITHIN_S)
