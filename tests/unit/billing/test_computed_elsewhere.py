"""Panels computed anywhere: by any lumps and in any order, the documents are the same bytes."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.billing.computing.panels import ComputedPanels, compute_panels
from bcm_mqtt.billing.issue.document import chained, document_of
from bcm_mqtt.billing.issue.inputs import Inputs
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.domain.usage.calibration.setting import CalibratedTo, Scope, StatedPart
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.processes import dumped, loaded
from bcm_mqtt.processes.cluster import in_order
from bcm_mqtt.store import BillingStore, Store
from unit.billing.issue.site import AT, END, MARCH, START, TERMS, rolled_up
from unit.builders import UNHURRIED, circuit, directory, panel

PANELS = ("msb-1", "rpp-1a", "rpp-1b")
HOUR_MS = 3_600_000


def _polls() -> Iterator[Snapshot]:
    """Each panel with outages of its own, one by power as well."""
    for number, ms in enumerate(range(to_ms(START) - 48 * HOUR_MS, to_ms(END) + 1, HOUR_MS)):
        for place, name in enumerate(PANELS):
            if (number + 31 * place) % 170 > 5:
                amps = tuple((3 + (number * 7 + pole * place) % 11) * 1_013 for pole in range(2))
                if place == 0:  # measures one circuit of each of the others, not very well
                    amps = (2 * amps[0] * (970 + number % 90) // 1000, 0)
                power = (118 * amps[0], 117 * amps[1]) if place == 1 else None
                one = Snapshot(name, from_ms(ms), number, HOUR_MS, amps)
                yield replace(one, power=power) if power else one


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('elsewhere')}/bcm.db")
    store.database.ensure_schema()
    polls = list(_polls())
    for first in range(0, len(polls), 400):
        store.arrivals.add(polls[first : first + 400])
    rolled_up(store)
    for name in PANELS:
        versions = [circuit((pole,), f"Customer{pole % 2}-{name}-{pole}") for pole in (1, 2)]
        sent = directory(*versions, of=panel(name))
        store.directories.add(sent, encode_directory(sent), AT)
    yield store
    store.close()


class Disordered(Executor):
    """Does nothing before all tasks are there, and then in an order of its own."""

    def __init__(self, order: Sequence[int]) -> None:
        self._order = order
        self._tasks: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:  # noqa: ANN401
        future = Future[Any]()
        self._tasks.append((future, lambda: work(*args, **named)))
        if len(self._tasks) == len(self._order):
            for place in self._order:
                of, done = self._tasks[place]
                of.set_result(done())
        return future


@dataclass
class Scattered:
    """Panels in lumps, each computed by itself, as a worker of another machine does."""

    ends: Sequence[bool]
    order: Sequence[int]
    known: dict[tuple[str, ...], bytes]

    def computed(
        self,
        moment: BillingStore,
        directories: Sequence[Directory],
        terms: BillingTerms,
        time: BilledTime,
    ) -> Iterator[ComputedPanels]:
        lumps: list[list[Directory]] = [[]]
        for one, ends in zip(directories, [*self.ends, False], strict=True):
            lumps[-1].append(one)
            if ends:
                lumps.append([])

        def made(lump: Sequence[Directory]) -> bytes:
            names = tuple(one.panel.id for one in lump)
            if names not in self.known:  # as it takes most of the time
                self.known[names] = dumped(compute_panels(moment, lump, terms, time))
            return self.known[names]

        order = [place for place in self.order if place < len(lumps)]
        tasks = [(lump,) for lump in lumps]
        yield from map(loaded, in_order(Disordered(order), made, tasks))


def _bytes(site: SiteMonth, inputs: Inputs) -> tuple[str, str]:
    """The head of a chain of all documents, and what no document has."""
    head = ""
    for bill in site.bills:
        head = chained(head, document_of(bill, inputs.basis(bill, "1.2.3")))
    loads = [bill.load.microwatt_hours.tobytes().hex() for bill in site.bills if bill.load]
    return head, repr(replace(site, bills=())) + "".join(loads)


CALIBRATED = replace(
    TERMS,
    calibrations=(
        CalibratedTo(
            *("utility", "Meter 4711", Feeder("msb-1", 1)),
            (Scope("rpp-1a", frozenset({1})), Scope("rpp-1b", None, frozenset({2}))),
            parts=(StatedPart("pump", kwh_a_day=Decimal(1)),),
            bound=Decimal("0.03"),
        ),
    ),
)


@pytest.mark.parametrize("terms", [TERMS, CALIBRATED], ids=["as measured", "calibrated"])
def test_any_lumps_in_any_order_give_the_same_documents(store: Store, terms: BillingTerms) -> None:
    inputs = Inputs(store, terms, MARCH)
    alone = bill_month(store, terms, MARCH, AT)
    if terms is CALIBRATED:
        (one,) = alone.calibrations
        assert one.billed.scaled > 1000
        assert one.billed.beyond > 100
        assert one.billed.unread > 10
    assert all(bill.budget and bill.budget.expanded_kwh for bill in alone.bills)
    assert any(bill.estimated_kwh for bill in alone.bills)
    expected = _bytes(alone, inputs)
    known = dict[tuple[str, ...], bytes]()
    places = range(len(PANELS))

    @settings(UNHURRIED, max_examples=16)
    @given(
        st.lists(st.booleans(), min_size=len(PANELS) - 1, max_size=len(PANELS) - 1),
        st.permutations(places),
    )
    def same(ends: list[bool], order: list[int]) -> None:
        told: list[tuple[int, int]] = []
        workers = Scattered(ends, order, known)
        site = bill_month(store, terms, MARCH, AT, lambda *one: told.append(one), workers=workers)
        assert _bytes(site, inputs) == expected
        assert told[-1] == (len(PANELS), len(PANELS))

    same()
    assert len(known) > 3


def test_results_come_in_order_and_what_is_left_is_withdrawn() -> None:
    results = in_order(Disordered([2, 0, 1]), lambda one: one * 10, [(1,), (2,), (3,)])
    assert list(results) == [10, 20, 30]
    futures: list[Future[int]] = []

    class Never(Executor):
        def submit(self, *_: object, **__: object) -> Future[int]:  # type: ignore[override]
            futures.append(Future())
            return futures[-1]

    @cache
    def look() -> None:
        raise WorkError("nobody is there")

    with pytest.raises(WorkError, match="nobody is there"):
        list(in_order(Never(), abs, [(1,), (2,)], look))
    assert all(future.cancelled() for future in futures)


def test_a_task_that_ends_its_workers_is_one_line() -> None:
    class Dying(Executor):
        def submit(self, *_: object, **__: object) -> Future[int]:  # type: ignore[override]
            future = Future[int]()
            future.set_exception(RuntimeError("4 workers died\nwhile they did it"))
            return future

    with pytest.raises(WorkError) as raised:
        list(in_order(Dying(), abs, [(1,)]))
    assert str(raised.value) == "a task failed at its workers: 4 workers died while they did it"


def test_what_is_dumped_is_loaded() -> None:
    sent = {"a": (1, START), "b": circuit((1,))}
    assert loaded(dumped(sent)) == sent
