"""Totals by day and load profiles that are due, made by as many processes as make them soonest."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from bcm_mqtt.processes import Task, Workers, cores
from bcm_mqtt.store import BillingStore, DayMaker, DueDays, MadeDays

LUMP: Final = 300
"""Days of panels from which on processes are worth their start; fewer take a second or two."""
_AT_ONCE: Final = 600
"""Days of panels in a transaction, which recorders wait for a few seconds."""


def roll_up_due(
    store: BillingStore, zone: ZoneInfo, today: date, workers: int | None
) -> Iterator[int]:
    """Computes all intervals that are due, and days if they are many, a part at a time.

    The load profiles of few days are made sooner when they are read. Takes what `make_due_days`
    takes.
    """
    while done := store.roll_up.intervals(100):
        yield done
    if store.roll_up.count_days(today) >= LUMP:
        yield from make_due_days(store, zone, today, workers)


def make_due_days(
    store: BillingStore, zone: ZoneInfo, today: date = date.max, workers: int | None = None
) -> Iterator[int]:
    """Makes all that are due, a part at a time; yields how many days of panels each part had.

    Args:
        store: With a checked schema.
        zone: Of local days.
        today: Load profiles are made of the days of UTC before it.
        workers: How many processes make them; this one does by itself if it is 1. None takes as
            many as make them soonest.

    Raises:
        WorkError: the database failed, or a worker did.
    """
    if workers is None:
        workers = cores() if store.roll_up.count_days() >= LUMP else 1
    if workers < 2:
        while done := store.roll_up.days(zone, today=today):
            yield done
        return
    with Workers(workers, "load profiles", DayMaker, store.database.url) as running:

        def making(due: Sequence[DueDays]) -> Iterable[MadeDays]:
            return running.results(Task(one.panel, (one,), None) for one in due)

        while done := store.roll_up.days(zone, _AT_ONCE, today, making):
            yield done
