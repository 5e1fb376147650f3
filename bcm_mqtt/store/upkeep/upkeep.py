"""What makes a database smaller or safer; each step is a transaction of its own."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, func, insert, select

from bcm_mqtt.domain.interval.retention import MonthSpan
from bcm_mqtt.domain.time import from_text, to_text
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.files import PRIVATE
from bcm_mqtt.store.database import Repository
from bcm_mqtt.store.intervals.load_profiles import forget_profiles
from bcm_mqtt.store.readings.archive_files import stored_files
from bcm_mqtt.store.readings.partitions import prepare_months
from bcm_mqtt.store.readings.polls import count_polls, first_and_last
from bcm_mqtt.store.tables import (
    alarm_event,
    device_interval,
    electrical_interval,
    interval,
    pole,
    register_interval,
    setting,
    snapshots_removed,
)
from bcm_mqtt.store.upkeep.archive_removal import drop_file, removable_files
from bcm_mqtt.store.upkeep.backup import copy_sqlite
from bcm_mqtt.store.upkeep.snapshot_removal import (
    Removal,
    count_snapshots,
    drop_partition,
    panels_with_snapshots,
    removable_partitions,
    remove_some,
)

_UTC = ZoneInfo("UTC")
_SEEN_SETTING = "retention_seen"
_AT_A_TIME = 2000
"""Snapshots per transaction: the recorder waits for one, which is some tens of milliseconds."""
_POLES_AT_A_TIME = 8


class Upkeep(Repository):
    """Removal of what is old, backup and compaction."""

    def span_of_snapshots(self) -> tuple[datetime, datetime] | None:
        """Times of the oldest and the newest of all panels."""
        with self._database.reading() as connection:
            spans = [
                first_and_last(connection, panel) for panel in panels_with_snapshots(connection)
            ]
        return _whole_span(span for span in spans if span)

    def span_of_intervals(self) -> tuple[datetime, datetime] | None:
        """Starts of the oldest and the newest of all poles."""
        query = select(func.min(interval.c.start), func.max(interval.c.start))
        with self._database.reading() as connection:
            return _whole_span(
                tuple(connection.execute(query.where(interval.c.pole == row_id)).one())
                for _, row_id in _poles(connection)
            )

    def retention_seen(self) -> datetime | None:
        """The present by which retention was decided last."""
        query = select(setting.c.value).where(setting.c.name == _SEEN_SETTING)
        with self._database.reading() as connection:
            text = connection.execute(query).scalar()
        return from_text(text) if text else None

    def see_retention(self, at: datetime) -> None:
        """Stores the present by which retention is decided."""
        row = {"name": _SEEN_SETTING, "value": to_text(at)}
        with self._database.writing() as connection:
            connection.execute(delete(setting).where(setting.c.name == _SEEN_SETTING))
            connection.execute(insert(setting), row)

    def count_snapshots(self, span: MonthSpan) -> int:
        """How many there are of it."""
        with self._database.reading() as connection:
            return count_snapshots(connection, span.start, span.end)

    def remove_snapshots(self, spans: Sequence[MonthSpan], now: datetime) -> Iterator[Removal]:
        """Removes snapshots of spans that may go, step by step, as the caller goes on.

        Files of the archive, and months (UTC) on PostgreSQL, go whole or not at all.
        """
        with self._database.reading() as connection:
            files = removable_files(connection, spans)
        for file in files:
            with self._database.writing() as connection:
                step = drop_file(connection, file, now)
            yield step
        if self._database.is_postgresql:
            with self._database.writing() as connection:
                prepare_months(connection, now)  # what has no partition yet gets one
            with self._database.reading() as connection:
                months = removable_partitions(connection, spans, now)
                months = [one for one in months if not _is_archived(connection, *one.bounds(_UTC))]
            for month in months:
                with self._database.writing() as connection:
                    step = drop_partition(connection, month)
                yield step
            return
        with self._database.reading() as connection:
            panels = panels_with_snapshots(connection)
        for span in spans:
            for panel in panels:
                with self._database.reading() as connection:
                    if stored_files(connection, [panel], span.start, span.end):
                        continue  # late ones, which move to these files
                begin = span.start
                while begin < span.end:
                    with self._database.writing() as connection:
                        step = remove_some(
                            connection, panel, (span.start, span.end), begin, _AT_A_TIME
                        )
                    yield step
                    begin = span.end if step.waits else step.end

    def remove_intervals(self, spans: Sequence[MonthSpan]) -> Iterator[Removal]:
        """Removes intervals of spans that may go, step by step; their totals by day stay.

        Changes of alarms of these spans go, too.
        """
        with self._database.reading() as connection:
            poles = list(_poles(connection))
        for span in spans:
            for panel, rows in groupby(poles, key=itemgetter(0)):
                ids = [row_id for _, row_id in rows]
                for first in range(0, len(ids), _POLES_AT_A_TIME):
                    some = ids[first : first + _POLES_AT_A_TIME]
                    with self._database.writing() as connection:
                        step = _remove_intervals(connection, panel, some, span.start, span.end)
                    yield step
            with self._database.writing() as connection:
                step = _remove_alarm_events(connection, span.start, span.end)
            if step.rows:
                yield step

    def back_up(self, file: Path, progress: Callable[[int, int], None], mode: int = PRIVATE) -> int:
        """Copies a SQLite database, while others write; see `backup.copy_sqlite`.

        Raises:
            InputError: it is PostgreSQL, which has a program for that, or no place for a file.
            WorkError: the copy failed.
        """
        source = self._database.engine.url.database
        if self._database.is_postgresql:
            message = "is PostgreSQL, which has its own program: pg_dump --format=custom --file="
            raise InputError.of(f"{message}{file} {source}", key="database.url")
        if not source or source == ":memory:":
            raise InputError.of("expected a database in a file", key="database.url")
        return copy_sqlite(source, file, progress, mode)

    def compact(self) -> None:
        """Gives the space of removed rows back to the disk; others wait meanwhile.

        Raises:
            WorkError: it failed, such as for lack of as much space again.
        """
        if self._database.is_postgresql:
            return  # a dropped partition has given its space back already
        with closing(self._database.engine.raw_connection()) as connection:
            try:
                connection.cursor().execute("VACUUM")
            except sqlite3.Error as error:
                raise WorkError(f"database: its space was not given back: {error}") from None


def _is_archived(connection: Connection, start: datetime, end: datetime) -> bool:
    """Whether some of a time is in the archive: what came late will be moved there, too."""
    return bool(stored_files(connection, panels_with_snapshots(connection), start, end))


def _whole_span(
    spans: Iterable[tuple[datetime | None, ...]],
) -> tuple[datetime, datetime] | None:
    ends = [at for span in spans for at in span if at is not None]
    return (min(ends), max(ends)) if ends else None


def _poles(connection: Connection) -> Iterator[tuple[str, int]]:
    """Every pole: its panel and row id."""
    rows = connection.execute(select(pole.c.panel, pole.c.id).order_by(pole.c.panel, pole.c.number))
    return map(tuple, rows)


def _remove_intervals(
    connection: Connection, panel: str, poles: list[int], start: datetime, end: datetime
) -> Removal:
    """Removes a panel's intervals of start <= t < end, once none can be computed again."""
    if not _snapshots_are_gone(connection, panel, start, end):
        return Removal(panel, start, end, 0, "their snapshots are still there")
    rows = 0
    for table in (interval, device_interval, electrical_interval, register_interval):
        of_span = table.c.start >= start, table.c.start < end
        rows += connection.execute(delete(table).where(table.c.pole.in_(poles), *of_span)).rowcount
    forget_profiles(connection, panel, poles, start, end)
    return Removal(panel, start, end, rows)


def _remove_alarm_events(connection: Connection, start: datetime, end: datetime) -> Removal:
    changed = alarm_event.c.changed
    gone = connection.execute(delete(alarm_event).where(changed >= start, changed < end))
    return Removal("alarms", start, end, gone.rowcount)


def _snapshots_are_gone(connection: Connection, panel: str, start: datetime, end: datetime) -> bool:
    """Whether none is there, but for those that intervals later need."""
    removed = select(snapshots_removed.c.since, snapshots_removed.c.until).where(
        snapshots_removed.c.panel == panel,
        snapshots_removed.c.since < end,
        snapshots_removed.c.until > start,
    )
    at = start
    for since, until in connection.execute(removed.order_by(snapshots_removed.c.since)):
        if since <= at:
            at = max(at, until)
    return at >= end or not count_polls(connection, panel, start, end)
