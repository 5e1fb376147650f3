"""What the unit tests say of SQLite holds on PostgreSQL, and months go as partitions."""

from dataclasses import replace
from datetime import timedelta

from bcm_mqtt.store import Upkeep
from unit.store.rows import rows
from unit.store.test_removing import *  # noqa: F403
from unit.store.test_removing import LATER, NOVEMBER, OCTOBER, history, recorded, remove


def test_a_month_is_dropped_with_its_partition(upkeep: Upkeep) -> None:
    recorded(upkeep, history())
    remove(upkeep)
    places = "SELECT tableoid::regclass::text, count(*) FROM snapshot GROUP BY 1 ORDER BY 1"
    assert rows(upkeep, places) == [("snapshot_default", 1), ("snapshot_y2026m11", 2 * 480)]


def test_part_of_a_partition_stays_until_all_of_it_may_go(upkeep: Upkeep) -> None:
    recorded(upkeep, history())
    part = replace(OCTOBER, end=NOVEMBER - timedelta(hours=5))
    assert list(upkeep.remove_snapshots([part], LATER)) == []
    rest = replace(OCTOBER, start=part.end)
    (step,) = upkeep.remove_snapshots([part, rest], LATER)
    assert (step.what, step.rows) == ("snapshot_y2026m10", 481 + 480)
