"""Totals by local day: the sums of the intervals, whatever the zone and however they came."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.domain.time import midnight
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, NOON, QUARTER, polled
from unit.store.rows import execute, rows
from unit.store.test_device_intervals import metered

NOVEMBER_1 = datetime(2026, 11, 1, tzinfo=UTC).date()
"""The clock goes back: 25 hours in New York."""


def computed(store: Store, zone: ZoneInfo = NEW_YORK) -> None:
    while store.roll_up.intervals():
        pass
    while store.roll_up.days(zone):
        pass


def days(store: Store, columns: str) -> list[tuple[object, ...]]:
    return rows(store, f"SELECT {columns} FROM pole_day ORDER BY panel, pole, day")


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("America/New_York", 25), ("UTC", 24), ("Asia/Kathmandu", 24), ("Pacific/Kiritimati", 24)],
)
def test_a_day_is_from_local_midnight_to_local_midnight(
    store: Store, zone: str, hours: int
) -> None:
    at = ZoneInfo(zone)
    start, end = midnight(NOVEMBER_1, at), midnight(NOVEMBER_1 + timedelta(days=1), at)
    store.arrivals.add(polled(start, end, [10_000], poll_ms=300_000))
    computed(store, at)
    first = days(store, "day, ampere_hours, covered_hours")[0]
    assert (str(first[0]), first[1], first[2]) == ("2026-11-01", hours * 10.0, float(hours))


def test_totals_are_the_sums_of_the_intervals(store: Store) -> None:
    store.arrivals.add(polled(NOON, NOON + 100 * QUARTER, [1000, 2000], poll_ms=900_000))
    store.arrivals.add(metered(NOON, NOON + 3 * QUARTER))
    computed(store)
    for table, names in (
        ("interval", ["milliamp_ms", "covered_ms", "samples"]),
        ("device_interval", ["milliwatt_ms", "power_ms", "watt_hours", "energy_ms"]),
    ):
        sums = ", ".join(f"sum({name})" for name in names)
        query = f"SELECT pole, {sums} FROM {{}} GROUP BY pole ORDER BY pole"
        expected = [row for row in rows(store, query.format(table)) if row[1] is not None]
        found = [row for row in rows(store, query.format("day_total")) if row[1] is not None]
        assert found == expected
        assert expected


def test_a_late_snapshot_changes_its_day_alone(store: Store) -> None:
    history = polled(NOON, NOON + 200 * QUARTER, [1000], poll_ms=900_000)
    store.arrivals.add([*history[:5], *history[6:]])
    computed(store)
    before = rows(store, "SELECT day, samples FROM day_total ORDER BY day")
    store.arrivals.add([history[5]])
    computed(store)
    after = rows(store, "SELECT day, samples FROM day_total ORDER BY day")
    assert after == [(before[0][0], before[0][1] + 1), *before[1:]]


def test_another_zone_sums_all_days_anew(store: Store) -> None:
    store.arrivals.add(polled(NOON, NOON + 200 * QUARTER, [1000], poll_ms=900_000))
    computed(store)
    new_york = rows(store, "SELECT * FROM day_total ORDER BY pole, day")
    computed(store, ZoneInfo("Asia/Tokyo"))
    assert rows(store, "SELECT * FROM day_total ORDER BY pole, day") != new_york
    computed(store)
    assert rows(store, "SELECT * FROM day_total ORDER BY pole, day") == new_york


def test_a_day_whose_intervals_are_gone_has_no_total(store: Store) -> None:
    store.arrivals.add(polled(NOON, NOON + QUARTER, [1000], poll_ms=900_000))
    computed(store)
    execute(store, "DELETE FROM interval", "INSERT INTO dirty_day VALUES ('rpp-1a', '2026-11-20')")
    computed(store)
    assert rows(store, "SELECT * FROM day_total") == []


def test_no_more_days_are_summed_than_asked(store: Store) -> None:
    store.arrivals.add(polled(NOON, NOON + 300 * QUARTER, [1000], poll_ms=900_000))
    while store.roll_up.intervals():
        pass
    assert [store.roll_up.days(NEW_YORK, limit=3) for _ in range(3)] == [3, 1, 0]
