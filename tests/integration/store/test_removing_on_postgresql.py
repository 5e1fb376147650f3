"""What the unit tests say of SQLite holds on PostgreSQL, and months go as partitions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.domain.interval.retention import MonthSpan, verdict
from bcm_mqtt.store import Store
from unit.builders import snapshot
from unit.store.rows import rows
from unit.store.test_removing import *  # noqa: F403
from unit.store.test_removing import LATER, NOVEMBER, OCTOBER, history, recorded, remove


def test_a_month_is_dropped_with_its_partition(store: Store) -> None:
    recorded(store, history())
    remove(store)
    places = "SELECT tableoid::regclass::text, count(*) FROM snapshot GROUP BY 1 ORDER BY 1"
    assert rows(store, places) == [("snapshot_default", 1), ("snapshot_y2026m11", 2 * 480)]


def test_part_of_a_partition_stays_until_all_of_it_may_go(store: Store) -> None:
    recorded(store, history())
    part = replace(OCTOBER, end=NOVEMBER - timedelta(hours=5))
    assert list(store.upkeep.remove_snapshots([part], LATER)) == []
    rest = replace(OCTOBER, start=part.end)
    (step,) = store.upkeep.remove_snapshots([part, rest], LATER)
    assert (step.what, step.rows) == ("snapshot_y2026m10", 481 + 480)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "UTC"])
def test_a_partition_goes_once_all_that_it_has_is_old_enough_in_the_sites_zone(
    store: Store, zone: str
) -> None:
    recorded(store, [*history(), snapshot(NOVEMBER + timedelta(days=10), [1])])
    site = ZoneInfo(zone)

    def spans_on(day: datetime) -> Sequence[MonthSpan]:
        span = store.upkeep.span_of_snapshots()
        assert span
        found = verdict(*span, timedelta(days=30), (), day, site, unissued=True)
        return found.removable

    early = spans_on(NOVEMBER + timedelta(days=29))
    assert list(store.upkeep.remove_snapshots(early, LATER)) == []
    (step,) = store.upkeep.remove_snapshots(spans_on(NOVEMBER + timedelta(days=32)), LATER)
    assert (step.what, step.rows) == ("snapshot_y2026m10", 481 + 480)
