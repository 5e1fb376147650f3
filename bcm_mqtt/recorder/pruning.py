"""Pruning: what is older than the site retains it is removed, by whole days.

No clock that was set removes anything: the present that decides is not later than the newest
data, and goes on hardly faster than time passes.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.interval.retention import (
    MonthSpan,
    Retention,
    Verdict,
    believed_now,
    verdict,
)
from bcm_mqtt.domain.time import Clock, Month, to_text
from bcm_mqtt.recorder.rounds import UpkeepPace, in_rounds
from bcm_mqtt.store import Removal, Upkeep

_LOG = logging.getLogger(__name__)
_NOTHING = Verdict((), ())


@dataclass(frozen=True, slots=True)
class Plan:
    """What may go now, and what is retained only because its bill was not issued.

    Attributes:
        snapshots: What of the snapshots.
        intervals: What of the intervals.
        now: When it was made, UTC.
    """

    snapshots: Verdict
    intervals: Verdict
    now: datetime


def plan(
    upkeep: Upkeep, retention: Retention, issued: Collection[Month], now: datetime, zone: ZoneInfo
) -> Plan:
    """What of a database may go, as old as it is before the newest of it.

    Args:
        upkeep: The database.
        retention: How long each kind of data is retained.
        issued: Months whose bill was issued.
        now: UTC.
        zone: The site's.

    Raises:
        WorkError: the database failed.
    """
    snapshots = intervals = _NOTHING
    unissued = retention.unissued
    if retention.raw is not None and (span := upkeep.span_of_snapshots()):
        snapshots = verdict(
            *span, retention.raw, issued, min(now, span[1]), zone, unissued=unissued
        )
    if retention.intervals is not None and (span := upkeep.span_of_intervals()):
        keep = retention.intervals
        present = min(now, span[1])
        intervals = verdict(
            *span, keep, issued, present, zone, unissued=unissued, whole_months=True
        )
    return Plan(snapshots, intervals, now)


Staying = Callable[[MonthSpan], str]
"""Why snapshots of a span must stay for now, once all that is made of them was tried; or ""."""


def removals(upkeep: Upkeep, of: Plan, staying: Staying = lambda _span: "") -> Iterator[Removal]:
    """Does what a plan says, step by step, as the caller goes on.

    Args:
        upkeep: The database.
        of: The plan.
        staying: Asked before the snapshots of a span go.

    Raises:
        WorkError: the database failed; the steps before it are done.
    """
    removable = []
    for span in of.snapshots.removable:
        if waits := staying(span):
            yield Removal("snapshots", span.start, span.end, 0, waits)
        else:
            removable.append(span)
    if removable:
        yield from upkeep.remove_snapshots(removable, of.now)
    if of.intervals.removable:
        yield from upkeep.remove_intervals(of.intervals.removable)


class Pruning:
    """Prunes in a thread of its own, on a connection of its own."""

    def __init__(
        self,
        upkeep: Upkeep,
        retention: Retention,
        issued: Callable[[], Collection[Month]],
        clock: Clock,
        zone: ZoneInfo,
        pace: UpkeepPace | None = None,
        staying: Staying = lambda _span: "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Does not touch the database yet.

        Args:
            upkeep: Its database need not answer yet.
            retention: How long each kind of data is retained.
            issued: Gives the months whose bill was issued.
            clock: Says what is old.
            zone: The site's.
            pace: Or the default.
            staying: Asked before the snapshots of a span go.
            monotonic: A clock that never jumps, s.
        """
        self._monotonic = monotonic
        self._looked_s: float | None = None
        self._upkeep = upkeep
        self._retention = retention
        self._issued = issued
        self._clock = clock
        self._zone = zone
        self._pace = pace or UpkeepPace()
        self._staying = staying
        self._held: tuple[Month, ...] = ()
        self._stopping = Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Prunes while the context stands; leaving it waits for the step under way."""
        failed = "nothing more is removed for now"
        with in_rounds("pruning", self.prune, self._pace, self._stopping, failed):
            yield

    def prune(self) -> int:
        """Removes what may go now, and logs what was removed and what was retained.

        Returns:
            How many rows went.

        Raises:
            WorkError: the database failed; the steps before it are done.
        """
        now = self._believed_now()
        if now is None:
            return 0
        due = plan(self._upkeep, self._retention, self._issued(), now, self._zone)
        self._report_held(due.snapshots.held)
        removed = 0
        begun = time.monotonic()
        for step in removals(self._upkeep, due, self._staying):
            removed += step.rows
            if step.waits:
                start, end = to_text(step.start), to_text(step.end)
                _LOG.warning("%s: not removed from %s to %s: %s", step.what, start, end, step.waits)
            took_s = time.monotonic() - begun
            if step.rows and self._stopping.wait(max(self._pace.pause_s, took_s)):
                break
            begun = time.monotonic()
        if removed:
            _LOG.info("%s rows removed that were past their retention", f"{removed:,}")
        return removed

    def _believed_now(self) -> datetime | None:
        """The present that decides; the first look of a database decides nothing."""
        span = self._upkeep.span_of_snapshots() or self._upkeep.span_of_intervals()
        if span is None:
            return None
        now, seen, at_s = self._clock(), self._upkeep.retention_seen(), self._monotonic()
        before_s = at_s if self._looked_s is None else self._looked_s
        believed = believed_now(now, span[1], seen, timedelta(seconds=at_s - before_s))
        present = believed or min(now, span[1])
        if self._looked_s is None or seen is None or present > seen:
            self._looked_s = at_s
        if seen is None or present > seen:
            self._upkeep.see_retention(present)
        return believed

    def _report_held(self, held: tuple[Month, ...]) -> None:
        if held and held != self._held:
            _LOG.warning(
                "snapshots of %s are older than raw_retention and stay, because no bill of the "
                "month was issued (database.prune_unissued)",
                f"{held[0]}" if len(held) == 1 else f"{held[0]} to {held[-1]}",
            )
        self._held = held
