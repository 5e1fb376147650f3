"""Days that others make by connections of their own are those that a roll-up makes itself."""

from collections.abc import Iterator, Sequence
from datetime import date

import pytest

from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import DayMaker, DueDays, MadeDays, Store
from unit.builders import NEW_YORK
from unit.store.rows import execute, rows
from unit.store.test_load_profiles import PROFILES, history, made, rolled_up

TOTALS = "SELECT * FROM day_total ORDER BY pole, day"
MARKS = "SELECT panel, day FROM dirty_day ORDER BY panel, day"


@pytest.fixture
def filled(store: Store) -> Store:
    store.arrivals.add(list(history()))
    rolled_up(store)
    return store


def test_another_connection_makes_the_same_days(filled: Store, url: str) -> None:
    maker, given = DayMaker(url), list[DueDays]()

    def making(due: Sequence[DueDays]) -> Iterator[MadeDays]:
        given.extend(due)
        yield from map(maker.done, due)

    assert filled.roll_up.count_days() == 3
    assert filled.roll_up.count_days(date(2026, 11, 21)) == 2
    assert filled.roll_up.days(NEW_YORK, making=making) == 3
    maker.rest()
    elsewhere = rows(filled, PROFILES), rows(filled, TOTALS)
    assert [(one.panel, len(one.profiles)) for one in given] == [("rpp-1a", 3)]
    assert filled.roll_up.count_days() == 0
    filled.roll_up.mark_all()
    rolled_up(filled)
    made(filled)
    assert (rows(filled, PROFILES), rows(filled, TOTALS)) == elsewhere
    assert all(elsewhere)


def test_days_that_could_not_be_made_are_still_due(filled: Store) -> None:
    def making(due: Sequence[DueDays]) -> Iterator[MadeDays]:
        raise WorkError(f"{len(due)} panels: a worker was killed")

    marks = rows(filled, MARKS)
    with pytest.raises(WorkError, match="1 panels"):
        filled.roll_up.days(NEW_YORK, making=making)
    assert rows(filled, MARKS) == marks
    assert rows(filled, TOTALS) == []


def test_panels_with_the_oldest_days_come_first_and_each_panel_s_days_together(
    store: Store,
) -> None:
    days = (("a", 3), ("a", 4), ("b", 2), ("b", 4), ("c", 3))
    marks = ", ".join(f"('{panel}', '2026-11-0{day}')" for panel, day in days)
    execute(store, f"INSERT INTO dirty_day VALUES {marks}")
    left = []
    while store.roll_up.days(NEW_YORK, limit=2):
        left.append("".join(f"{panel}{str(day)[-1]}" for panel, day in rows(store, MARKS)))
    assert left == ["a3a4c3", "c3", ""]
