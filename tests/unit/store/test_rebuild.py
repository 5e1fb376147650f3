"""A rebuild computes every interval anew from the snapshots: the same, to the bit."""

from datetime import timedelta

from bcm_mqtt.store import Store
from unit.builders import NOON, QUARTER, polled
from unit.store.rows import execute, rows
from unit.store.test_device_intervals import metered

TABLES = ("interval", "device_interval")
SUMS = (
    "SELECT pole, start, milliamp_ms, covered_ms, samples, min_milliamps, max_milliamps"
    " FROM interval ORDER BY pole, start"
)


def everything(store: Store) -> list[object]:
    return [rows(store, f"SELECT * FROM {table} ORDER BY pole, start") for table in TABLES]


def rebuild(store: Store) -> int:
    marked = store.roll_up.mark_all()
    while store.roll_up.intervals():
        pass
    return marked


def filled(store: Store) -> None:
    """Two panels, one of them with registers and a pause, as they come in: by and by."""
    history = [
        *polled(NOON, NOON + 5 * QUARTER, [1000, None, 7], poll_ms=15_000),
        *metered(NOON, NOON + 3 * QUARTER),
        *metered(NOON + 9 * QUARTER, NOON + 11 * QUARTER),
    ]
    for first in range(0, len(history), 37):
        store.arrivals.add(history[first : first + 37])
        store.roll_up.intervals()


def test_a_rebuild_changes_nothing(store: Store) -> None:
    filled(store)
    before = everything(store)
    assert all(before)
    assert rebuild(store) == 6 + 3 + 1 + 2 + 1  # and those that the last readings hold into
    assert everything(store) == before


def test_what_was_damaged_or_deleted_is_as_it_was(store: Store) -> None:
    filled(store)
    before = everything(store)
    execute(
        store,
        "UPDATE interval SET milliamp_ms = 1 WHERE pole = 1",
        "DELETE FROM interval WHERE pole = 3",
        "UPDATE device_interval SET watt_hours = 5",
    )
    rebuild(store)
    assert everything(store) == before


def test_an_interval_that_no_snapshot_covers_goes(store: Store) -> None:
    filled(store)
    before = everything(store)
    execute(
        store,
        "INSERT INTO interval SELECT 2, start, milliamp_ms, covered_ms, samples, min_milliamps,"
        " max_milliamps, 0, 0 FROM interval WHERE pole = 1",
    )
    rebuild(store)
    assert everything(store) == before


def test_an_interval_within_a_silence_goes(store: Store) -> None:
    filled(store)
    before = everything(store)
    is_text = store.database.engine.dialect.name == "sqlite"
    silent = NOON + 6 * QUARTER
    at = int(silent.timestamp() * 1000) if is_text else f"'{silent.isoformat()}'"
    execute(
        store,
        f"INSERT INTO interval SELECT id, {at}, 1, 1, 1, 1, 1, 0, 0 FROM pole"
        " WHERE panel = 'rpp-1b'",
        f"INSERT INTO device_interval SELECT id, {at}, 1, 1, 1, 1, 0, 0 FROM pole"
        " WHERE panel = 'rpp-1b'",
    )
    assert everything(store) != before
    rebuild(store)
    assert everything(store) == before


def test_intervals_whose_snapshots_are_gone_stay(store: Store) -> None:
    filled(store)
    before = rows(store, SUMS)
    late = NOON + 2 * QUARTER
    is_text = store.database.engine.dialect.name == "sqlite"
    at = int(late.timestamp() * 1000) if is_text else f"'{late.isoformat()}'"
    execute(store, f"DELETE FROM snapshot WHERE panel = 'rpp-1a' AND time < {at}")
    rebuild(store)
    query = f"SELECT count(*) FROM interval WHERE start < {at}"
    assert rows(store, query)[0][0] >= 2 * 2
    kept = store.intervals.pole_intervals("rpp-1a", NOON, late - timedelta(seconds=1))
    assert [len(kept[pole]) for pole in (1, 3)] == [2, 2]
    # But that of the first one's readings none has one before it any more.
    assert rows(store, SUMS) == before
