"""Months of snapshots on PostgreSQL: made ahead of time, and nothing is refused without them."""

from datetime import UTC, datetime

from bcm_mqtt.store import Store
from unit.builders import NOON, SECOND, snapshot
from unit.store.rows import execute, rows

LATER = ["snapshot_y2026m11", "snapshot_y2026m12", "snapshot_y2027m01", "snapshot_y2027m02"]


def places(store: Store) -> list[tuple[str, int]]:
    return [
        (name, count)
        for name, count in rows(
            store, "SELECT tableoid::regclass::text, count(*) FROM snapshot GROUP BY 1 ORDER BY 1"
        )
    ]


def test_this_month_and_three_ahead_are_made_once(store: Store) -> None:
    assert store.arrivals.prepare_months(NOON) == LATER
    assert store.arrivals.prepare_months(NOON) == []
    store.arrivals.add([snapshot(NOON, [1]), snapshot(datetime(2027, 2, 28, tzinfo=UTC), [2])])
    assert places(store) == [("snapshot_y2026m11", 1), ("snapshot_y2027m02", 1)]


def test_a_month_begins_and_ends_at_midnight_utc(store: Store) -> None:
    store.arrivals.prepare_months(NOON)
    december = datetime(2026, 12, 1, tzinfo=UTC)
    store.arrivals.add([snapshot(december - SECOND / 1000, [1]), snapshot(december, [2])])
    assert places(store) == [("snapshot_y2026m11", 1), ("snapshot_y2026m12", 1)]


def test_what_no_partition_was_made_for_is_taken_and_moved_to_one_of_its_month(
    store: Store,
) -> None:
    early = [snapshot(datetime(2026, month, 3, tzinfo=UTC), [month]) for month in (1, 2, 11)]
    store.arrivals.add(early)
    before = rows(store, "SELECT * FROM snapshot ORDER BY time")
    assert places(store) == [("snapshot_default", 3)]
    assert store.arrivals.prepare_months(NOON) == ["snapshot_y2026m01", "snapshot_y2026m02", *LATER]
    assert places(store) == [(f"snapshot_y2026m{month}", 1) for month in ("01", "02", "11")]
    assert rows(store, "SELECT * FROM snapshot ORDER BY time") == before
    assert store.arrivals.add(early) == 0


def test_a_query_of_a_month_reads_that_month_alone(store: Store) -> None:
    store.arrivals.prepare_months(NOON)
    execute(store, "ANALYZE")
    query = (
        "EXPLAIN SELECT pole, avg(amps) FROM reading WHERE panel = 'rpp-1a' "
        "AND time >= '2026-12-01Z' AND time < '2027-01-01Z' GROUP BY pole"
    )
    plan = "\n".join(line for (line,) in rows(store, query))
    assert "snapshot_y2026m12" in plan
    assert "snapshot_y2026m11" not in plan
