"""Moves old snapshots to the archive, and merges the files of months that are over.

Killed at any step, each snapshot is there once: a file that is not stored is read by nobody, and
it is stored in the transaction that removes from SQL what it holds, or replaces other files. What
a killed run left is known by the manifest and cleared by the next.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import groupby
from operator import or_ as joined
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from bcm_mqtt.archive import COLUMNS, Archive, ArchiveError, Row, Shape
from bcm_mqtt.domain.time import MILLISECOND, Clock, Month
from bcm_mqtt.store.database import Repository
from bcm_mqtt.store.readings.archive_files import ArchiveFile, FileState, files, stored_files
from bcm_mqtt.store.readings.partitions import drop_empty_partitions
from bcm_mqtt.store.readings.polls import archived_names, archived_rows, first_and_last
from bcm_mqtt.store.tables import archive_file, snapshot, snapshots_removed
from bcm_mqtt.store.upkeep.archive_check import (
    CheckedFile,
    check_file,
    check_files,
    check_place,
)
from bcm_mqtt.store.upkeep.archive_writing import ChangedError, NewFile, clear_file, store_file
from bcm_mqtt.store.upkeep.snapshot_removal import panels_with_snapshots

_DAY: Final = timedelta(days=1)
_UTC: Final = ZoneInfo("UTC")
_AT_A_TIME: Final = 8_192
"""Snapshots of a file: more than a day at 15 s; the recorder waits while they are removed."""
_READ_ON: Final = _DAY
"""So long a file that was replaced stays, for those who began to read before that."""
_WORK: Final = "archive"


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did with a file.

    Attributes:
        done: `moved`, `merged` or `removed`.
        file: The file.
    """

    done: str
    file: ArchiveFile


class Archiving(Repository):
    """The archive of a database; without one there is nothing to do."""

    def files(self) -> list[ArchiveFile]:
        """Every file of the manifest, by panel and time."""
        with self._database.reading() as connection:
            return list(files(connection))

    def check(self) -> Iterator[CheckedFile]:
        """Each file, read as a whole and held against the manifest; see `check_files`.

        Raises:
            WorkError: the database or the place of the archive does not answer.
        """
        if self._database.archive is not None:
            yield from check_files(self._database, self._database.archive)

    def run(self, clock: Clock, after: timedelta) -> Iterator[Step]:
        """Moves what is old enough, step by step, as the caller goes on.

        It must be that much older than the newest snapshot, too: a clock that was set moves
        nothing. The run ends where another process does the same work.

        Args:
            clock: Says what is old, and names files.
            after: Age of what is moved, by whole days (UTC).

        Raises:
            WorkError: the database or the archive failed; the steps before it are done.
        """
        if (archive := self._database.archive) is None:
            return
        check_place(archive, self._stored())
        yield from self._cleared(archive, clock())
        with self._database.reading() as connection:
            panels = panels_with_snapshots(connection)
            spans = [first_and_last(connection, panel) for panel in panels]
        newest = max((span[1] for span in spans if span), default=None)
        if newest is None:
            return
        until = _midnight(min(clock(), newest) - after)
        for panel in panels:
            yield from self._moved(archive, clock, panel, until)
        yield from self._merged(archive, clock, until)
        with self._database.alone(_WORK) as alone, self._database.writing() as connection:
            if alone:
                drop_empty_partitions(connection, until)

    def _stored(self) -> list[ArchiveFile]:
        with self._database.reading() as connection:
            return list(files(connection, archive_file.c.state == FileState.STORED.value))

    def _cleared(self, archive: Archive, now: datetime) -> Iterator[Step]:
        """What a killed run left, and files that nobody reads any more."""
        column = archive_file.c
        unread = and_(column.state == FileState.REPLACED.value, column.changed <= now - _READ_ON)
        with self._database.alone(_WORK) as alone:
            if not alone:
                return
            with self._database.reading() as connection:
                gone = list(files(connection, or_(column.state == FileState.WRITING.value, unread)))
            for file in gone:
                clear_file(self._database, archive, file)
        yield from (Step("removed", file) for file in gone)

    def _moved(self, archive: Archive, clock: Clock, panel: str, until: datetime) -> Iterator[Step]:
        begin: datetime | None = None
        while True:
            with self._database.alone(_WORK) as alone:
                if not alone:
                    return
                with self._database.reading() as connection:
                    rows = _oldest_day(connection, panel, begin, until)
                    if not rows:
                        return
                    span = rows[0][0], rows[-1][0] + MILLISECOND
                    there = archived_names(
                        connection,
                        [(panel, *row[:2]) for row in rows],
                        stored_files(connection, [panel], *span),
                    )
                step = self._move(archive, clock(), panel, rows, there)
            begin = rows[-1][0] + MILLISECOND
            if step:
                yield step

    def _move(
        self,
        archive: Archive,
        now: datetime,
        panel: str,
        rows: Sequence[Row],
        there: Container[Row],
    ) -> Step | None:
        """Moves rows of a day, of which some may be in the archive by their names."""

        def take(connection: Connection) -> None:
            time = snapshot.c.time
            every = *_movable(connection, panel), time >= rows[0][0], time <= rows[-1][0]
            if connection.execute(delete(snapshot).where(*every)).rowcount != len(rows):
                raise ChangedError

        new = [row for row in rows if (panel, *row[:2]) not in there]
        if not new:  # of recorders that share the work, two had stored the same at the same time
            with self._database.writing() as connection:
                take(connection)
            return None
        span = new[0][0], new[-1][0]
        of = NewFile(panel, span[0].date(), *span, Shape.of(new), lambda: new)
        file = store_file(self._database, archive, of, now, take)
        return Step("moved", file) if file else None

    def _merged(self, archive: Archive, clock: Clock, until: datetime) -> Iterator[Step]:
        """Files of months that ended before `until` become one for each panel."""
        for (panel, month), group in groupby(self._stored(), key=_month):
            parts = list(group)
            if len(parts) == 1 or month.bounds(_UTC)[1] > until:
                continue
            with self._database.alone(_WORK) as alone:
                if not alone:
                    return
                step = self._merge(archive, clock(), panel, month, parts)
            if step:
                yield step

    def _merge(
        self,
        archive: Archive,
        now: datetime,
        panel: str,
        month: Month,
        parts: Sequence[ArchiveFile],
    ) -> Step | None:
        def replace(connection: Connection) -> None:
            names = archive_file.c.name.in_([part.name for part in parts])
            whole = update(archive_file).where(
                names, archive_file.c.state == FileState.STORED.value
            )
            values = {"state": FileState.REPLACED.value, "changed": now}
            if connection.execute(whole.values(**values)).rowcount != len(parts):
                raise ChangedError

        for part in parts:  # what is altered would be stored as if it were right
            if (checked := check_file(archive, part)).fault:
                raise ArchiveError(f"archive {archive.shown}: {checked}")
        span = parts[0].first, max(part.last for part in parts)
        shape = reduce(joined, (archive.shape(part.name) for part in parts))
        of = NewFile(panel, month, *span, shape, lambda: archived_rows(archive, parts, COLUMNS))
        file = store_file(self._database, archive, of, now, replace)
        return Step("merged", file) if file else None


def _month(file: ArchiveFile) -> tuple[str, Month]:
    return file.panel, Month.of(file.first, _UTC)


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _movable(connection: Connection, panel: str) -> list[ColumnElement[bool]]:
    """Snapshots of a panel but for those that stay when others of their time were removed."""
    column, time = snapshots_removed.c, snapshot.c.time
    spans = connection.execute(
        select(column.since, column.until).where(column.panel == panel)
    ).all()
    return [
        snapshot.c.panel == panel,
        *(or_(time < since, time >= until) for since, until in spans),
    ]


def _oldest_day(
    connection: Connection, panel: str, begin: datetime | None, until: datetime
) -> list[Row]:
    """The oldest snapshots in begin <= t < until that are in SQL, of one day and not too many."""
    column = snapshot.c
    movable = [*_movable(connection, panel), column.time < until]
    if begin is not None:
        movable.append(column.time >= begin)
    first = connection.execute(select(func.min(column.time)).where(*movable)).scalar()
    if first is None:
        return []
    query = (
        select(*(column[name] for name in COLUMNS))
        .where(*movable, column.time < _midnight(first) + _DAY)
        .order_by(column.time, column.source)
        .limit(_AT_A_TIME)
    )
    rows = [tuple(row) for row in connection.execute(query)]
    if len(rows) == _AT_A_TIME:  # of the last instant there may be more
        rows = [row for row in rows if row[0] < rows[-1][0]]
    return rows
