"""The one door to what was polled: snapshots in SQL and in the archive, as if in one table.

Each is there once by its name: panel, source and time. A late one of a day that is archived lies
in SQL until it is moved, too.
"""

from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from heapq import merge
from operator import itemgetter

from sqlalchemy import ColumnElement, Connection, Select, func, select

from bcm_mqtt.archive import Archive, Row
from bcm_mqtt.domain.time import MILLISECOND
from bcm_mqtt.store.readings.archive_files import (
    ArchiveFile,
    archive_of,
    held_by_panel,
    stored_files,
)
from bcm_mqtt.store.tables import snapshot

_AT_A_TIME = 1_000
_NAME = ("time", "source")
_name_of = itemgetter(0, 1)


def polls(
    connection: Connection,
    panel: str,
    columns: Sequence[str],
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    having: str = "",
    above: int | None = None,
    newest_first: bool = False,
    streamed: bool = False,
) -> Generator[Row]:
    """The polls of a panel in start <= t < end, by time.

    Args:
        connection: To read from.
        panel: Its id.
        columns: Of the table of snapshots.
        start: UTC; None is the beginning.
        end: UTC; None is the end.
        having: Only those that have this; it is among the columns.
        above: Only those that have more of it.
        newest_first: Whether the last comes first.
        streamed: Whether there are many of them, or the caller may want no more.

    Raises:
        ArchiveError: the archive cannot be read now.
    """
    archive = archive_of(connection)
    wanted = columns if archive is None else list(dict.fromkeys((*_NAME, *columns)))
    query = _query(panel, wanted, start, end, newest_first=newest_first)
    if having:
        column = snapshot.c[having]
        query = query.where(column.is_not(None) if above is None else column > above)
    if streamed:
        query = query.execution_options(yield_per=_AT_A_TIME)
    with connection.execute(query) as rows:
        if archive is None:
            yield from rows
            return
        # After the rows in SQL: what is moved between two statements is in both then, not in none.
        files = stored_files(connection, [panel], start, end)
        archived = archived_rows(archive, files, wanted, start, end, newest_first=newest_first)
        # Of two with one name the archived one comes first.
        both = merge(archived, map(tuple, rows), key=_name_of, reverse=newest_first)
        places = [wanted.index(name) for name in columns]
        place = wanted.index(having or "time")
        with closing(archived):
            for row in _each_once(both):
                if row[place] is not None and (above is None or row[place] > above):
                    yield tuple([row[at] for at in places])


def archived_names(
    connection: Connection, names: Collection[Row], files: Sequence[ArchiveFile]
) -> set[Row]:
    """Those of names (panel, time, source), with others, that are in some of the files.

    Raises:
        ArchiveError: the archive cannot be read now.
    """
    archive, there = archive_of(connection), set[Row]()
    for file in files if archive else ():
        times = [time for panel, time, _ in names if panel == file.panel]
        times = [time for time in times if file.first <= time <= file.last]
        if archive and times:
            span = min(times), max(times) + MILLISECOND
            rows = archive.rows(file.name, _NAME, *span, size=file.bytes)
            there |= {(file.panel, *row) for row in rows}
    return there


def archived_rows(
    archive: Archive,
    files: Sequence[ArchiveFile],
    columns: Sequence[str],
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    newest_first: bool = False,
) -> Generator[Row]:
    """The polls of files of a panel, by time, each once.

    One file is open at a time, or those that lie over one another.

    Args:
        archive: Where they are.
        files: By their first poll.
        columns: The first are time and source.
        start: UTC; None is the beginning.
        end: UTC; None is the end.
        newest_first: Whether the last comes first.

    Raises:
        ArchiveError: the archive cannot be read now.
    """
    groups = list(_overlapping(files))
    for group in reversed(groups) if newest_first else groups:
        rows = [
            archive.rows(
                *(file.name, columns, start, end), newest_first=newest_first, size=file.bytes
            )
            for file in group
        ]
        yield from _each_once(merge(*rows, key=_name_of, reverse=newest_first))


def count_polls(
    connection: Connection,
    panel: str,
    start: datetime | None = None,
    end: datetime | None = None,
) -> int:
    """How many polls of a panel there are in start <= t < end."""
    query = select(func.count()).select_from(snapshot).where(*_within(panel, start, end))
    count = connection.execute(query).scalar_one()
    if (archive := archive_of(connection)) is None:
        return count
    return count + sum(
        file.rows
        if (start is None or start <= file.first) and (end is None or file.last < end)
        else sum(1 for _ in archived_rows(archive, [file], _NAME, start, end))
        for file in stored_files(connection, [panel], start, end)
    )


def first_and_last(connection: Connection, panel: str) -> tuple[datetime, datetime] | None:
    """Times of a panel's first and last poll."""
    ends = [
        connection.execute(select(end).where(snapshot.c.panel == panel)).scalar()
        for end in (func.min(snapshot.c.time), func.max(snapshot.c.time))
    ]
    if held := held_by_panel(connection, panel).get(panel):
        ends += [held.first, held.last]
    times = [time for time in ends if time is not None]
    return (min(times), max(times)) if times else None


def _within(panel: str, start: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    conditions = [snapshot.c.panel == panel]
    if start is not None:
        conditions.append(snapshot.c.time >= start)
    if end is not None:
        conditions.append(snapshot.c.time < end)
    return conditions


def _query(
    panel: str,
    columns: Sequence[str],
    start: datetime | None,
    end: datetime | None,
    *,
    newest_first: bool,
) -> Select[Row]:
    order = [snapshot.c[name].desc() if newest_first else snapshot.c[name] for name in _NAME]
    query = select(*(snapshot.c[name] for name in columns)).where(*_within(panel, start, end))
    return query.order_by(*order)


def _overlapping(files: Sequence[ArchiveFile]) -> Iterator[list[ArchiveFile]]:
    """Files, which come by their first poll, in groups that lie one after the other."""
    group: list[ArchiveFile] = []
    for file in files:
        if group and file.first > max(one.last for one in group):
            yield group
            group = []
        group.append(file)
    if group:
        yield group


def _each_once(rows: Iterable[Row]) -> Iterator[Row]:
    """Without what has the name of the one before."""
    before = None
    for row in rows:
        if (name := _name_of(row)) != before:
            yield row
        before = name
