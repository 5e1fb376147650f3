"""Gaps: quarter hours in a row that are not covered whole."""

from datetime import date, datetime, timedelta

import pytest

from bcm_mqtt.domain.interval.coverage import (
    DayCoverage,
    Gap,
    PanelCoverage,
    gaps_of,
    measured_share,
)
from unit.builders import NOON, QUARTER

FULL = 900_000
MINUTE = timedelta(minutes=1)


def covered(*milliseconds: int) -> dict[datetime, int]:
    return {NOON + number * QUARTER: ms for number, ms in enumerate(milliseconds)}


def test_a_time_that_is_covered_has_no_gap() -> None:
    assert gaps_of(covered(FULL, FULL), NOON, NOON + 2 * QUARTER) == []


def test_quarters_in_a_row_are_one_gap_with_what_is_missing_of_them() -> None:
    # 5 minutes of the first, all of the second, which has no row, and 10 minutes of the third.
    some = covered(FULL, 600_000, 0, 300_000, FULL, 0)
    del some[NOON + 2 * QUARTER]
    assert gaps_of(some, NOON, NOON + 6 * QUARTER) == [
        Gap(NOON + QUARTER, NOON + 4 * QUARTER, 30 * MINUTE),
        Gap(NOON + 5 * QUARTER, NOON + 6 * QUARTER, 15 * MINUTE),
    ]


def test_what_is_still_to_come_is_not_missing() -> None:
    assert gaps_of(covered(FULL, 240_000), NOON, NOON + QUARTER + 4 * MINUTE) == []
    late = gaps_of(covered(FULL, 180_000), NOON, NOON + QUARTER + 4 * MINUTE)
    assert late == [Gap(NOON + QUARTER, NOON + QUARTER + 4 * MINUTE, MINUTE)]


def test_nothing_at_all_is_one_gap() -> None:
    assert gaps_of({}, NOON, NOON + timedelta(days=2)) == [
        Gap(NOON, NOON + timedelta(days=2), timedelta(days=2))
    ]


def test_the_share_of_a_site_is_that_of_all_its_panels_days() -> None:
    def panel(name: str, *hours: int) -> PanelCoverage:
        days = [
            DayCoverage(date(2026, 3, number), timedelta(hours=24), timedelta(hours=covered), 1)
            for number, covered in enumerate(hours, start=1)
        ]
        return PanelCoverage(name, tuple(days), ())

    panels = [panel("a", 24, 12, 24), panel("b", 24, 0, 0)]
    assert measured_share(panels, {}) == pytest.approx(84 / 144)
    assert measured_share(panels, {"b": date(2026, 3, 2)}) == pytest.approx(84 / 96)
    assert measured_share(panels, {"a": date(2026, 3, 1), "b": date(2026, 3, 1)}) is None
    assert measured_share([], {}) is None
