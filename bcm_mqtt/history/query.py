"""What can be queried of the past, a span of time and the length of a point; and points as CSV."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.domain.history.grid import MOST_POINTS, STEPS, Step
from bcm_mqtt.domain.history.points import Points
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.time import from_ms, instant_of, to_text

_DAY: Final = timedelta(days=1)
_LONGEST: Final = MOST_POINTS * _DAY
_TYPICAL: Final = timedelta(weeks=8)
AUTO: Final = "auto"
"""The step that is as short as a chart has room for."""


class QueryError(Exception):
    """A query that cannot be answered; its text begins with the name of what is wrong in it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time that has begun: start <= t < end, in UTC, where nothing is after `now`."""

    start: datetime
    end: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class PointsQuery:
    """A time, and how long a point of it is; None: as short as fits."""

    span: Span
    step: Step | None


def chart_query(since: str, to: str, step: str, now: datetime, zone: ZoneInfo) -> PointsQuery:
    """The query for a chart; the last day where no time is given.

    Args:
        since: Date, local time, or time with an offset; "" is the usual length before `to`.
        to: Date, local time, or time with an offset, not included; "" is now.
        step: Name of the step, or `auto`.
        now: The present.
        zone: The site's, of dates and local times.

    Raises:
        QueryError: what is given makes no span, or more points than a chart has.
    """
    query = table_query(since, to, step, now, zone)
    length = query.span.end - query.span.start
    if query.step and length > MOST_POINTS * timedelta(milliseconds=query.step.ms):
        raise QueryError(
            f"step: {step} makes more than {MOST_POINTS} points: expected a longer one"
        )
    return query


def table_query(since: str, to: str, step: str, now: datetime, zone: ZoneInfo) -> PointsQuery:
    """The query for a table, which may have any number of points; as `chart_query`."""
    if step != AUTO and step not in STEPS:
        raise QueryError(f"step: {step!r} is none of {AUTO}, {', '.join(STEPS)}")
    return PointsQuery(_span(since, to, _DAY, now, zone), STEPS.get(step))


def week_query(since: str, to: str, now: datetime, zone: ZoneInfo) -> Span:
    """The span of a typical week; eight weeks where no time is given; as `chart_query`."""
    return _span(since, to, _TYPICAL, now, zone)


def _span(since: str, to: str, usual: timedelta, now: datetime, zone: ZoneInfo) -> Span:
    end = _instant("to", to, zone) if to else now
    start = _instant("from", since, zone) if since else min(end, now) - usual
    if start >= end:
        raise QueryError(f"to: {to or to_text(end)} is not after {since or to_text(start)}")
    if end - start > _LONGEST:
        raise QueryError(f"from: {(end - start) // _DAY} days: expected at most {MOST_POINTS}")
    if start >= now:
        raise QueryError(f"from: {since} has not come yet")
    return Span(start, min(end, now), now)


def _instant(name: str, text: str, zone: ZoneInfo) -> datetime:
    try:
        at = instant_of(text.strip(), zone)
    except ValueError as error:
        raise QueryError(f"{name}: {text!r}: {error}") from None
    if not 1970 <= at.year <= 9000:
        raise QueryError(f"{name}: {text!r}: expected a year from 1970 on")
    return at


_ROWS = 500
"""Made at a time."""


def sheet(points: Points, zone: ZoneInfo) -> Iterator[str]:
    """The rows, in parcels; times are the site's, with their offset from UTC."""
    names = ["start", "end"]
    columns = []
    for pole, band in points.amps.items():
        names += [f"pole_{pole}_{part}_amps" for part in ("min", "mean", "max")]
        columns += [(values, 3) for values in (band.least, band.mean, band.greatest)]
    watts = points.watts
    names += ["min_kw", "mean_kw", "max_kw", "kwh", "measured_share"]
    columns += [(values / PER_UNIT, 4) for values in (watts.least, watts.mean, watts.greatest)]
    columns += [(points.kwh, 4), (points.measured_share, 4)]
    yield _text([names])
    known = np.flatnonzero(points.expected_ms > 0).tolist()
    edges = points.grid.edges_ms.tolist()
    for first in range(0, len(known), _ROWS):
        yield _text(
            [
                *(from_ms(edges[edge]).astimezone(zone).isoformat() for edge in (at, at + 1)),
                *(_cell(float(values[at]), digits) for values, digits in columns),
            ]
            for at in known[first : first + _ROWS]
        )


def _cell(value: float, digits: int) -> str:
    """Empty where it is missing, which is never 0."""
    return "" if np.isnan(value) else f"{value:.{digits}f}"


def _text(rows: Iterable[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
