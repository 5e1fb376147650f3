"""Energy of registers that are read within quarter hours: months, explanations, charts."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.explaining.explained import explained
from bcm_mqtt.billing.explaining.steps import FigureQuery, Step
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.history.circuit_slots import circuit_slots
from bcm_mqtt.domain.history.grid import QUARTER, Grid
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.directory import CircuitSpan
from bcm_mqtt.domain.time import Month, to_ms
from bcm_mqtt.history.panel_past import panel_past
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.billing.explaining.calculator import check
from unit.billing.issue.site import APRIL, AT, END, MARCH, TERMS, rolled_up
from unit.builders import circuit, directory, snapshot

MINUTE = timedelta(minutes=1)
HOUR = 60 * MINUTE
SENT = directory(circuit((1,)))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/bcm.db")
    made.database.ensure_schema()
    made.directories.add(SENT, encode_directory(SENT), AT)
    yield made
    made.close()


def put(store: Store, snapshots: Iterable[Snapshot]) -> None:
    store.arrivals.add(list(snapshots))
    rolled_up(store)


def counting(first: datetime, until: datetime, step: timedelta) -> Iterator[Snapshot]:
    """A register of a load of 1.2 kW that ends with March."""
    at = first
    while at <= until:
        hours = (min(at, END) - first) / HOUR
        current = [10_000] if at == first else []
        yield replace(snapshot(at, current), energy=(5_000_000 + round(1200 * hours),))
        at += step


def billed(store: Store, month: Month) -> Bill:
    (bill,) = bill_month(store, TERMS, month, AT).bills
    return bill


def steps(store: Store, bill: Bill, at: datetime) -> list[Step]:
    query = FigureQuery(circuit=("rpp-1a", 1), at=at)
    sections = list(explained(store, TERMS, bill, AT, query, {}))
    assert check(sections)
    return [step for section in sections for step in section.steps]


def test_what_is_read_after_the_month_is_shared_by_both_months(store: Store) -> None:
    first = END - 10 * HOUR - 8 * MINUTE
    put(store, counting(first, END + 5 * HOUR + 7 * MINUTE, 15 * MINUTE))
    march, april = billed(store, MARCH), billed(store, APRIL)
    # 10 hours and 8 minutes of 1.2 kW; of the last 160 Wh, read at 00:07, seven of 15 minutes.
    assert (str(march.kwh), str(april.kwh)) == ("12.085", "0.075")
    found = steps(store, march, END - 15 * MINUTE)
    assert [step.amount for step in found if step.what.startswith("spread")] == [
        140_000_000,
        85_333_333,
    ]


def test_a_chart_of_march_has_what_was_read_of_it_in_april(store: Store) -> None:
    first = END - 10 * HOUR - 8 * MINUTE
    put(store, counting(first, END + 5 * HOUR + 7 * MINUTE, 15 * MINUTE))
    spans = [CircuitSpan(SENT.versions[0], END - HOUR, END)]
    edges = np.arange(to_ms(END - HOUR), to_ms(END) + 1, INTERVAL_MS)
    grid = Grid(QUARTER, edges)
    past = panel_past(store.intervals, SENT, spans, grid, AT, with_extremes=False)
    found = circuit_slots(past, spans, grid.slots)
    assert found.microwatt_hours.tolist() == [3e8, 3e8, 3e8, 225_333_333]


@pytest.mark.parametrize(
    ("power", "rest"), [(None, "calculated from current, of the"), (1_200_000, "of the")]
)
def test_the_rest_of_15_minutes_by_power_or_current_is_named(
    store: Store, power: int | None, rest: str
) -> None:
    first = END - 10 * HOUR
    polls = (
        snapshot(first + minute * MINUTE, [10_000], poll_ms=60_000) for minute in range(9 * 60)
    )
    # A register from ten minutes after the first hour on; power or current all the time.
    counted = (
        replace(
            one,
            power=() if power is None else (power,),
            energy=(5_000_000 + 20 * number,) if number >= 70 else None,
        )
        for number, one in enumerate(polls)
    )
    put(store, counted)
    found = steps(store, billed(store, MARCH), first + HOUR)
    (step,) = [one for one in found if one.what.startswith(rest)]
    # 1.2 kW for eleven minutes; the register was read for four, until 14 minutes past.
    assert step.what.endswith("time that no register counted")
    energy = {one.what: one.amount for one in found}["energy"]
    assert energy == 300_000_000
    assert step.amount == 200_000_000
