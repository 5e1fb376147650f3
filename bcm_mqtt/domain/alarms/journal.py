"""The journal: what became of alarms, from every change that was published of them.

A change has all that holds after it, so that one that is missing, because nobody recorded then,
costs what was done by it and not the begin or the end of an alarm.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from bcm_mqtt.domain.reading.alarm import AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind

_RANK = {severity: rank for rank, severity in enumerate(Severity)}
_ASIDE = {AlarmState.SHELVED, AlarmState.OUT_OF_SERVICE}
_SEEN = {AlarmState.ACKNOWLEDGED, AlarmState.NORMAL}
_UNSEEN = {AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED}


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """An alarm as it was from one of its changes to the next.

    Attributes:
        panel: Panel id.
        pole: First pole of a circuit, or MAIN.
        kind: Of the alarm.
        changed: When it became so, UTC; no two changes of an alarm have the same.
        state: What was to be done about it.
        severity: How bad it was.
        loading: What was measured, in %; None of what is not measured so.
        limit: What that was held against, in %.
        since: When it began or ended.
        until: When it was to come back from the shelf.
        by: Who changed it; "" where a reading or the time did.
    """

    panel: str
    pole: int
    kind: AlarmKind
    changed: datetime
    state: AlarmState
    severity: Severity
    loading: float | None = None
    limit: float | None = None
    since: datetime | None = None
    until: datetime | None = None
    by: str = ""

    @property
    def of(self) -> tuple[str, int, AlarmKind]:
        """Which alarm."""
        return self.panel, self.pole, self.kind

    @property
    def active(self) -> bool:
        """Whether the figure was beyond its limit."""
        return self.severity is not Severity.NONE


class Deed(NamedTuple):
    """What somebody did about an alarm.

    Attributes:
        at: When.
        what: In the past tense, such as `acknowledged`.
        by: Who; "" where its time on the shelf was over.
        until: Of one that was shelved.
    """

    at: datetime
    what: str
    by: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PastAlarm:
    """An alarm from its begin to its end, or what was done while there was none.

    Attributes:
        panel: Panel id.
        pole: First pole, or MAIN.
        kind: Of the alarm.
        at: When it began, or where there was none, when that was done.
        begin: When it began; None where there was none.
        end: When it ended; None while it goes on, and where there was none.
        severity: The worst; NONE where there was none.
        loading: The highest that was published, in %.
        deeds: What was done about it, by time.
    """

    panel: str
    pole: int
    kind: AlarmKind
    at: datetime
    begin: datetime | None = None
    end: datetime | None = None
    severity: Severity = Severity.NONE
    loading: float | None = None
    deeds: tuple[Deed, ...] = ()


def past_alarms(events: Iterable[AlarmEvent]) -> list[PastAlarm]:
    """The alarms that changes are of, the latest first; changes may come in any order."""
    ordered = sorted(events, key=lambda event: (event.of, event.changed))
    found = [one for _, each in groupby(ordered, attrgetter("of")) for one in _of_one(each)]
    return sorted(found, key=lambda one: (one.at, one.panel, one.pole, one.kind), reverse=True)


def narrowed(
    alarms: Iterable[PastAlarm], severity: Severity | None = None, by: str = ""
) -> list[PastAlarm]:
    """Those of a severity, and about which somebody did something.

    Args:
        alarms: In any order, which is kept.
        severity: The worst that they had; None is any.
        by: Whole name of who did something, in capitals or not; "" is anybody or nobody.
    """
    wanted = by.casefold()
    return [
        one
        for one in alarms
        if severity in {None, one.severity}
        and (not by or any(done.by.casefold() == wanted for done in one.deeds))
    ]


def deed(before: AlarmEvent | None, event: AlarmEvent) -> Deed | None:
    """What somebody did between two changes of an alarm; None where a reading changed it.

    Args:
        before: None of the first that is known.
        event: What became of it.
    """
    earlier = before.state if before else None
    what = ""
    match event.state:
        case AlarmState.SHELVED if earlier is not event.state or _is_anew(before, event):
            what = "shelved"
        case AlarmState.OUT_OF_SERVICE if earlier is not event.state:
            what = "put out of service"
        case _ if earlier in _ASIDE and event.state not in _ASIDE:
            what = "put back" if event.by else "back from the shelf"
        case _ if event.state in _SEEN and (earlier in _UNSEEN or (event.by and not earlier)):
            what = "acknowledged" if event.by else ""
    if not what:
        return None
    until = event.until if event.state is AlarmState.SHELVED else None
    return Deed(event.changed, what, event.by, until)


def _is_anew(before: AlarmEvent | None, event: AlarmEvent) -> bool:
    """Whether it was shelved again; the clock that is set moves its time, too, and is nobody."""
    return bool(event.by) and before is not None and before.until != event.until


def _of_one(events: Iterable[AlarmEvent]) -> Iterator[PastAlarm]:
    """The past of one alarm, by time."""
    before: AlarmEvent | None = None
    current: PastAlarm | None = None
    for event in events:
        began = event.since or event.changed
        if event.active and (current is None or _is_another(current, began)):
            if current:
                yield _over(current, began)
            current = PastAlarm(*event.of, at=began, begin=began)
        done = deed(before, event)
        if current is None and done:
            current = PastAlarm(*event.of, at=done.at)
        if current:
            current = _with(current, event, done)
        before = event
    if current:
        yield current


def _is_another(current: PastAlarm, began: datetime) -> bool:
    return current.begin is None or current.end is not None or began > current.begin


def _over(current: PastAlarm, next_began: datetime) -> PastAlarm:
    """One whose end nobody recorded was over when the next one began."""
    if current.begin is None or current.end is not None:
        return current
    return replace(current, end=next_began)


def _with(current: PastAlarm, event: AlarmEvent, done: Deed | None) -> PastAlarm:
    end = current.end
    if current.begin and end is None and not event.active:
        end = event.since or event.changed
    loading = current.loading
    if event.active and event.loading is not None:
        loading = max(event.loading, loading or 0.0)
    return replace(
        current,
        end=end,
        loading=loading,
        severity=max(current.severity, event.severity, key=_RANK.__getitem__),
        deeds=(*current.deeds, done) if done else current.deeds,
    )
