"""The span of time and the length of a point that somebody asks for."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, HTTPException, Query

from bcm_mqtt.domain.history.grid import MOST_POINTS, STEPS
from bcm_mqtt.domain.time.instants import to_text
from bcm_mqtt.domain.time.month import instant_of
from bcm_mqtt.history.query import Asked, Span
from bcm_mqtt.web.refusals import PortsGiven

_DAY = timedelta(days=1)
_LONGEST = MOST_POINTS * _DAY
_TYPICAL = timedelta(weeks=8)
_WHEN = (
    "A date (its midnight), a time of the site's clocks or one with an offset, such as "
    "2026-11-20 or 2026-11-20T12:00Z."
)
From = Annotated[str, Query(alias="from", max_length=40, description=_WHEN)]
To = Annotated[str, Query(max_length=40, description=f"{_WHEN} Not included.")]
Length = Annotated[
    str,
    Query(
        max_length=10,
        description=f"Of a point: {', '.join(STEPS)}, or auto: as short as a chart has room for.",
    ),
]


def asked(ports: PortsGiven, since: From = "", to: To = "", step: Length = "auto") -> Asked:
    """What the query asks of a chart, the last day if it does not say; raises 422."""
    found = for_sheet(ports, since, to, step)
    length = found.span.end - found.span.start
    if found.step and length > MOST_POINTS * timedelta(milliseconds=found.step.ms):
        raise _refused(
            "step", f"{step} makes more than {MOST_POINTS} points: expected a longer one"
        )
    return found


def for_sheet(ports: PortsGiven, since: From = "", to: To = "", step: Length = "auto") -> Asked:
    """What the query asks of a table, which may be as long as it takes; raises 422."""
    if step != "auto" and step not in STEPS:
        raise _refused("step", f"{step!r} is none of auto, {', '.join(STEPS)}")
    return Asked(_span(since, to, _DAY, ports.clock(), ports.zone), STEPS.get(step))


def typical_span(ports: PortsGiven, since: From = "", to: To = "") -> Span:
    """The span that the query asks for, eight weeks if it does not say; raises 422."""
    return _span(since, to, _TYPICAL, ports.clock(), ports.zone)


AskedGiven = Annotated[Asked, Depends(asked)]
SheetGiven = Annotated[Asked, Depends(for_sheet)]
SpanGiven = Annotated[Span, Depends(typical_span)]


def _span(since: str, to: str, usual: timedelta, now: datetime, zone: ZoneInfo) -> Span:
    end = _instant("to", to, zone) if to else now
    start = _instant("from", since, zone) if since else min(end, now) - usual
    if start >= end:
        raise _refused("to", f"{to or to_text(end)} is not after {since or to_text(start)}")
    if end - start > _LONGEST:
        raise _refused("from", f"{(end - start) // _DAY} days: expected at most {MOST_POINTS}")
    if start >= now:
        raise _refused("from", f"{since} has not come yet")
    return Span(start, min(end, now), now)


def _instant(name: str, text: str, zone: ZoneInfo) -> datetime:
    try:
        found = instant_of(text.strip(), zone)
    except ValueError as error:
        raise _refused(name, f"{text!r}: {error}") from None
    if not 1970 <= found.year <= 9000:
        raise _refused(name, f"{text!r}: expected a year from 1970 on")
    return found


def _refused(name: str, reason: str) -> HTTPException:
    return HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name}: {reason}")
