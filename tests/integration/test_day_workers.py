"""Days by worker processes: the same rows as by one, and a clear end of one that fails."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from bcm_mqtt.billing.readings import due_days
from bcm_mqtt.billing.readings.due_days import make_due_days
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import DayMaker, Store
from peers.postgresql import PostgreSql
from unit.builders import NEW_YORK
from unit.store.rows import execute, rows

START = datetime(2026, 11, 1, 5, tzinfo=UTC)
PROFILES = "SELECT * FROM load_profile ORDER BY pole, day"
TOTALS = "SELECT * FROM day_total ORDER BY pole, day"
MARKS = "SELECT panel, day FROM dirty_day ORDER BY panel, day"


def _polls() -> Iterator[Snapshot]:
    for number in range(24 * 9):
        amps = tuple((number * pole) % 11 * 1_000 for pole in range(1, 4))
        for panel in ("rpp-1a", "rpp-1b", "rpp-1c"):
            at = START + number * timedelta(hours=1)
            yield Snapshot(panel, at, number, 3_600_000, amps)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as store:
            yield _filled(store)
    else:
        with PostgreSql() as server, closing(Store(server.database())) as store:
            yield _filled(store)


def _filled(store: Store) -> Store:
    store.database.ensure_schema()
    store.arrivals.add(list(_polls()))
    while store.roll_up.intervals():
        pass
    return store


def _made(store: Store) -> tuple[list[tuple[object, ...]], ...]:
    return rows(store, PROFILES), rows(store, TOTALS), rows(store, MARKS)


def test_any_number_of_workers_makes_the_same_days(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_days, "_AT_ONCE", 14)
    today = date(2026, 11, 9)
    found = []
    for workers in (1, 2, 3):
        assert sum(make_due_days(store, NEW_YORK, today, workers)) == 3 * 10
        found.append(_made(store))
        execute(store, "DELETE FROM load_profile", "DELETE FROM day_total")
        execute(store, "DELETE FROM dirty_profile")
        store.roll_up.mark_all()
        while store.roll_up.intervals():
            pass
    assert found[0] == found[1] == found[2]
    profiles, totals, marks = found[0]
    assert (len(profiles), len(totals), marks) == (3 * 3 * 8, 3 * 3 * 10, [])


class _Killed(DayMaker):
    """Whose process ends in the middle."""

    def done(self, *_: object) -> NoReturn:
        raise SystemExit(9)


def test_a_worker_that_ends_leaves_the_days_due(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    monkeypatch.setattr(due_days, "DayMaker", _Killed)
    before = _made(store)
    with pytest.raises(WorkError, match="load profiles stopped: a worker process ended"):
        list(make_due_days(store, NEW_YORK, workers=2))
    assert _made(store) == before
    assert len(before[2]) == 3 * 10
