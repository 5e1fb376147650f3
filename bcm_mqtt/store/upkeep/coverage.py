"""How much of each panel's time is stored, read from the totals by day.

Intervals are only read of days that have a gap, so that a year of a hundred panels is a
matter of a second.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from bcm_mqtt.domain.interval.coverage import (
    DayCoverage,
    Gap,
    PanelCoverage,
    ReadTimes,
    gaps_of,
    poles_read,
    read_until,
)
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.time import MILLISECOND, midnight
from bcm_mqtt.store.tables import day_total, interval, pole

_DAY = timedelta(days=1)
_QUARTER = timedelta(milliseconds=INTERVAL_MS)
_SHORTEST = timedelta(minutes=1)
"""What the recorder has not yet computed is no gap."""
ALWAYS: Mapping[str, ReadTimes] = MappingProxyType({})
"""Every pole of every panel."""


class _Sum(NamedTuple):
    """Of a panel's poles on a day, in ms."""

    covered: int = 0
    most: int = 0
    samples: int = 0


def read_coverage(
    connection: Connection,
    zone: ZoneInfo,
    first_day: date,
    now: datetime,
    reads: Mapping[str, ReadTimes] = ALWAYS,
) -> Iterator[PanelCoverage]:
    """The coverage of every panel with intervals, by id.

    Args:
        connection: To read from.
        zone: Of the days.
        first_day: The first of them.
        now: UTC; what follows is not expected.
        reads: By panel, when sources read its poles.
    """
    panels = select(pole.c.panel).distinct().order_by(pole.c.panel)
    for panel in connection.execute(panels).scalars().all():
        sums = _sums(connection, panel, first_day)
        begun = _first_interval(connection, panel)
        if begun is None:
            continue
        poles, times = _poles(connection, panel, first_day), reads.get(panel, {})
        until = min(now, read_until(poles, times) or now)
        # The first reading came somewhere in the first quarter hour.
        begin = max(begun + _QUARTER, midnight(first_day, zone))
        days = []
        incomplete: list[tuple[datetime, datetime]] = []
        day = begin.astimezone(zone).date()
        while (start := max(begin, midnight(day, zone))) < until:
            end = min(until, midnight(day + _DAY, zone))
            total = sums.get(day, _Sum())
            count = poles_read(poles, times, start, end) or 1
            # The last reading stands on beyond the present.
            covered = min(total.covered * MILLISECOND / count, end - start)
            days.append(DayCoverage(day, end - start, covered, total.samples))
            if total.most * MILLISECOND < end - start:
                if incomplete and incomplete[-1][1] == start:
                    start = incomplete.pop()[0]
                incomplete.append((start, end))
            day += _DAY
        gaps = [gap for span in incomplete for gap in _gaps(connection, panel, *span)]
        gaps.sort(key=lambda gap: gap.missing, reverse=True)
        yield PanelCoverage(panel, tuple(days), tuple(gaps))


def _sums(connection: Connection, panel: str, first_day: date) -> dict[date, _Sum]:
    rows = connection.execute(
        select(
            day_total.c.day,
            func.sum(day_total.c.covered_ms),
            func.max(day_total.c.covered_ms),
            func.max(day_total.c.samples),
        )
        .join_from(day_total, pole)
        .where(pole.c.panel == panel, day_total.c.day >= first_day)
        .group_by(day_total.c.day)
    )
    return {day: _Sum(int(covered), most, samples) for day, covered, most, samples in rows}


def _poles(connection: Connection, panel: str, first_day: date) -> list[int]:
    """Those that are measured at all."""
    rows = connection.execute(
        select(pole.c.number)
        .distinct()
        .join_from(day_total, pole)
        .where(pole.c.panel == panel, day_total.c.day >= first_day, day_total.c.covered_ms > 0)
    )
    return list(rows.scalars().all())


def _first_interval(connection: Connection, panel: str) -> datetime | None:
    """Pole by pole, which the key's index answers at once."""
    ids = connection.execute(select(pole.c.id).where(pole.c.panel == panel)).scalars().all()
    query = select(func.min(interval.c.start))
    firsts = (connection.execute(query.where(interval.c.pole == row_id)).scalar() for row_id in ids)
    return min((start for start in firsts if start is not None), default=None)


def _gaps(connection: Connection, panel: str, start: datetime, end: datetime) -> Iterator[Gap]:
    rows = connection.execute(
        select(interval.c.start, func.max(interval.c.covered_ms))
        .join_from(interval, pole)
        .where(pole.c.panel == panel, interval.c.start >= start, interval.c.start < end)
        .group_by(interval.c.start)
    )
    covered = dict(map(tuple, rows))
    return (gap for gap in gaps_of(covered, start, end) if gap.missing > _SHORTEST)
