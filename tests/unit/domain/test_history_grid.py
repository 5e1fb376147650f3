"""The grids of a history: how many points, and where they begin."""

from datetime import UTC, datetime, timedelta

import pytest

from bcm_mqtt.domain.history.grid import (
    DAY,
    MOST_POINTS,
    POLLED,
    STEPS,
    SUMMED,
    Step,
    finest,
    local_grid,
    polled_grid,
)
from bcm_mqtt.domain.time import from_ms
from unit.builders import NEW_YORK

HOUR = timedelta(hours=1)


def local_starts(start: datetime, end: datetime, step: Step) -> list[str]:
    grid = local_grid(start, end, NEW_YORK, step)
    return [f"{from_ms(ms).astimezone(NEW_YORK):%d %H:%M}" for ms in grid.starts_ms.tolist()]


@pytest.mark.parametrize(
    ("days", "step"),
    [(1, "15min"), (7, "15min"), (31, "30min"), (62, "1h"), (365, "6h"), (1000, "1d")],
)
def test_a_span_gets_the_shortest_step_that_fits(days: int, step: str) -> None:
    start = datetime(2026, 1, 1, 5, tzinfo=UTC)
    found = finest(SUMMED, start, start + timedelta(days=days))
    assert found
    assert found.name == step


def test_a_day_of_snapshots_has_a_point_for_each_minute() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    found = finest(POLLED, start, start + timedelta(days=1))
    assert found == STEPS["1min"]
    assert polled_grid(start, start + timedelta(days=1), STEPS["1min"]).lengths_ms.size == 1440


def test_a_span_that_is_too_long_has_no_step() -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    assert finest(SUMMED, start, start + timedelta(days=MOST_POINTS + 1)) is None


@pytest.mark.parametrize("step", SUMMED, ids=lambda step: step.name)
def test_points_follow_one_another_and_cover_the_span(step: Step) -> None:
    start, end = datetime(2026, 3, 7, 13, 5, tzinfo=UTC), datetime(2026, 3, 9, 1, 50, tzinfo=UTC)
    grid = local_grid(start, end, NEW_YORK, step)
    assert grid.start <= start < grid.start + 2 * timedelta(milliseconds=step.ms)
    assert grid.end >= end > grid.end - timedelta(milliseconds=step.ms)
    assert (grid.lengths_ms > 0).all()
    assert grid.lengths_ms.sum() == grid.slots.count * 900_000


def test_a_day_is_as_long_as_the_clocks_make_it() -> None:
    start = datetime(2026, 3, 7, 12, tzinfo=UTC)
    spring = local_grid(start, start + timedelta(days=2), NEW_YORK, DAY)
    assert (spring.lengths_ms / 3_600_000).tolist() == [24, 23, 24]
    start = datetime(2026, 10, 31, 12, tzinfo=UTC)
    autumn = local_grid(start, start + timedelta(days=2), NEW_YORK, DAY)
    assert (autumn.lengths_ms / 3_600_000).tolist() == [24, 25, 24]


def test_the_hour_that_comes_twice_is_two_points() -> None:
    start = datetime(2026, 11, 1, 4, tzinfo=UTC)
    assert local_starts(start, start + 4 * HOUR, STEPS["1h"]) == [
        "01 00:00",
        "01 01:00",
        "01 01:00",
        "01 02:00",
    ]
    assert local_starts(start, start + 4 * HOUR, STEPS["2h"]) == ["01 00:00", "01 02:00"]


def test_six_hours_begin_with_the_local_day() -> None:
    start = datetime(2026, 6, 1, 4, tzinfo=UTC)
    found = local_starts(start, start + 24 * HOUR, STEPS["6h"])
    assert found == ["01 00:00", "01 06:00", "01 12:00", "01 18:00"]
