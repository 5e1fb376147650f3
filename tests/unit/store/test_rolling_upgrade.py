"""Recorders of the release before run on while the schema is upgraded: nothing is lost by it."""

import logging
from collections.abc import Iterator
from contextlib import closing
from threading import Event, Thread

import pytest

from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import RecordingStore, Store, schema
from bcm_mqtt.store.upkeep.records import RECORD_TABLES
from unit.builders import NOON, SECOND, snapshot
from unit.store.recorded import BEGINS, DATA, read, record, replay
from unit.store.rows import execute, rows
from unit.store.test_migrations import migrate

pytestmark = pytest.mark.usefixtures("by_migrations")
BEFORE = schema.OLDEST_RECORDER


@pytest.fixture
def earlier(url: str) -> Iterator[Store]:
    """A database as the oldest release whose recorders may run on has it."""
    opened = Store(url)
    if file := opened.database._sqlite:
        file.make()
    migrate(opened, BEFORE)
    yield opened
    opened.close()


def stored(store: Store) -> dict[str, list[str]]:
    """What recorders write, as people see it."""
    views = ("reading", "pole_interval", "pole_device_interval", "pole_day")
    names = ("snapshot", "directory_revision", "quarantine", "alarm_event", "lost_span")
    return {
        name: sorted(map(repr, rows(store, f"SELECT {columns} FROM {name}")))
        for name in (*views, *names)
        for columns in [_COLUMNS.get(name, "*")]
    }


_COLUMNS = {
    table.name: ", ".join(field.name for field in table.fields)
    for table in RECORD_TABLES
    if table.name in {"snapshot", "quarantine", "alarm_event", "lost_span"}
} | {"directory_revision": "panel, received, sha256"}


def test_an_earlier_recorder_stores_the_same_before_an_upgrade_and_after_it(
    earlier: Store,
) -> None:
    kind = earlier.database.engine.dialect.name
    before, after = read(DATA / f"recorder-{BEFORE}-{kind}.json")
    replay(earlier, before)
    earlier.database.upgrade_schema()
    replay(earlier, after)
    found = stored(earlier)
    assert len(found["snapshot"]) == 2 * 2 * 120
    assert all(found.values())
    for name in reversed(_EMPTIED):
        execute(earlier, f"DELETE FROM {name}")
    for begin in BEGINS:
        record(earlier, begin)
    assert stored(earlier) == found


_EMPTIED = (
    *("pole", "panel", "circuit_version", "directory_revision", "snapshot", "poll_period"),
    *("interval", "device_interval", "electrical_interval", "register_interval", "day_total"),
    *("dirty_interval", "dirty_day", "dirty_profile", "load_profile", "quarantine"),
    *("alarm_event", "lost_span", "recorder", "setting"),
)


def test_what_is_stored_during_an_upgrade_is_there(earlier: Store, url: str) -> None:
    """Each attempt that fails is repeated, as a recorder does."""
    begun, ended, sent = Event(), Event(), list[int]()

    def store_on() -> None:
        with closing(RecordingStore(url)) as recording:
            while not ended.is_set():
                item = snapshot(NOON + len(sent) * SECOND, [1000], seq=len(sent))
                try:
                    recording.arrivals.add([item], "dc1")
                except WorkError:
                    continue
                sent.append(item.seq)
                if len(sent) == 20:
                    begun.set()

    thread = Thread(target=store_on)
    thread.start()
    try:
        assert begun.wait(60)
        earlier.database.upgrade_schema()
        there = len(sent)
        while len(sent) < there + 20:
            assert thread.is_alive()
    finally:
        ended.set()
        thread.join()
    assert rows(earlier, "SELECT seq FROM snapshot ORDER BY seq") == [(seq,) for seq in sent]


def later(store: Store, oldest: str) -> None:
    """As a later release leaves the schema, with the oldest of the recorders that may run on."""
    store.database.ensure_schema()
    execute(
        store,
        "UPDATE alembic_version SET version_num = '9999'",
        f"INSERT INTO setting (name, value) VALUES ('{schema.RECORDERS_SETTING}', '{oldest}')",
    )


def test_a_recorder_starts_on_a_later_schema_that_is_good_for_it_and_nobody_else_does(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    later(store, schema.newest_schema())
    with caplog.at_level(logging.WARNING):
        store.database.ensure_schema(recording=True)
    assert "this recorder is of" in caplog.text
    store.arrivals.add([snapshot(NOON, [1000])])
    for act in (store.database.ensure_schema, store.database.check_schema):
        with pytest.raises(WorkError, match="newer than this version's"):
            act()


@pytest.mark.parametrize("oldest", ["9998", ""])
def test_a_recorder_does_not_start_on_a_later_schema_that_is_not(store: Store, oldest: str) -> None:
    later(store, oldest)
    if oldest:
        with pytest.raises(WorkError, match="newer than this version's"):
            store.database.ensure_schema(recording=True)
    execute(store, "DELETE FROM setting")
    with pytest.raises(WorkError, match="newer than this version's"):
        store.database.ensure_schema(recording=True)


def test_an_upgrade_says_which_recorders_may_run_on(earlier: Store) -> None:
    migrate(earlier, "0020")
    earlier.database.upgrade_schema()
    query = f"SELECT value FROM setting WHERE name = '{schema.RECORDERS_SETTING}'"
    assert rows(earlier, query) == [(schema.OLDEST_RECORDER,)]


def test_a_new_database_says_nothing(store: Store) -> None:
    assert rows(store, "SELECT * FROM setting") == []
