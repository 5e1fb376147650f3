"""A month that is archived is rebuilt to the bit: intervals of all kinds, days, profiles, bills."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bcm_mqtt.archive import Archive
from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.reports.json_report import json_report
from bcm_mqtt.cli.demo.site import history
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.simulator import SimulatedSite
from bcm_mqtt.store import Database, Store
from unit.archive_polls import DAY
from unit.billing.test_month import terms
from unit.builders import NEW_YORK, NOON, circuit, directory, panel
from unit.store.rows import execute, rows
from unit.store.test_device_intervals import metered

MONTH, STEP, POLES = Month(2026, 10), timedelta(minutes=15), 6
START, END = MONTH.bounds(NEW_YORK)
LATER = END + 20 * DAY
COMPUTED = (
    *("interval", "device_interval", "electrical_interval", "register_interval"),
    *("load_profile", "day_total"),
)


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    archive = Archive(str(tmp_path / "polls"), "dc1", 0o600)
    with closing(Store(Database(url, archive=archive))) as opened:
        opened.database.ensure_schema()
        yield opened


def polls() -> Iterator[Snapshot]:
    """Of a panel of currents, a part of whose polls are missing or failed; of one of meters."""
    random = Random(7)
    for one in history(SimulatedSite(1, seed=7), START, END, STEP):
        if random.random() < 0.98:
            amps = list(one.current[:POLES])
            if random.random() < 0.1:
                amps[random.randrange(POLES)] = None
            yield replace(one, current=tuple(amps))
    for one in metered(START, END, step_s=STEP.seconds):
        volts, factor = random.randint(118_000, 122_000), random.randint(850, 990)
        yield replace(one, voltage=(volts,), power_factor=(factor,), reactive_power=(volts // 4,))
    yield from (
        Snapshot(name, LATER, 1, STEP.seconds * 1000, (1,)) for name in ("rpp-1a", "rpp-1b")
    )


def fill(store: Store) -> None:
    store.arrivals.add(list(polls()))
    circuits = (circuit((pole,), f"Customer{pole}-A-{pole}") for pole in range(1, POLES, 2))
    for sent in (
        directory(circuit((2, 4, 6), "Acme-A-2"), *circuits, of=panel(poles=POLES)),
        directory(circuit((1,), "Metered-1"), of=panel("rpp-1b", poles=12)),
    ):
        store.directories.add(sent, encode_directory(sent), NOON)


def compute(store: Store) -> None:
    while store.roll_up.intervals():
        pass
    while store.roll_up.days(NEW_YORK):
        pass


def computed(store: Store) -> dict[str, list[tuple[object, ...]]]:
    return {name: rows(store, f"SELECT * FROM {name} ORDER BY 1, 2") for name in COMPUTED}


def bills(store: Store) -> str:
    return json_report(bill_month(store, terms(), MONTH, LATER), NEW_YORK)


def test_a_month_rebuilt_from_the_archive_is_the_same_to_the_bit(store: Store) -> None:
    fill(store)
    compute(store)
    before, billed = computed(store), bills(store)
    assert all(before.values())
    assert [bill["amount"] > 10 for bill in json.loads(billed)["bills"]] == [True] * 5
    assert {step.done for step in store.archiving.run(lambda: LATER, 10 * DAY)} == {
        "moved",
        "merged",
    }
    assert rows(store, "SELECT count(*) FROM snapshot") == [(2,)]
    execute(store, *(f"DELETE FROM {name}" for name in COMPUTED))
    assert store.roll_up.mark_all() > 2 * 31 * 96
    compute(store)
    assert computed(store) == before
    assert bills(store) == billed
