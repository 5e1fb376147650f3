"""The manifest of the archive: which snapshots of a panel are in which of its files."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, func, select

from bcm_mqtt.archive import Archive
from bcm_mqtt.store.tables import archive_file


class FileState(StrEnum):
    """What a file is to who reads."""

    WRITING = "writing"
    """Nothing: it is not there, or not whole, or not compared with what it is to hold."""
    STORED = "stored"
    REPLACED = "replaced"
    """Nothing any more: its polls are in another one, or past their retention."""


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file of the archive.

    Attributes:
        name: Below the place of the archive.
        panel: Whose polls it has.
        first: Time of the first poll, UTC.
        last: Of the last.
        rows: How many polls.
        bytes: Of the file.
        sha256: Of the file, hexadecimal.
        state: What it is to who reads.
        changed: Since when, UTC.
    """

    name: str
    panel: str
    first: datetime
    last: datetime
    rows: int
    bytes: int
    sha256: str
    state: FileState
    changed: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """What the archive has of a panel.

    Attributes:
        rows: How many polls.
        first: Time of the first.
        last: Of the last.
    """

    rows: int
    first: datetime
    last: datetime


def archive_of(connection: Connection) -> Archive | None:
    """The archive of a connection's database; None where there is none."""
    archive: Archive | None = connection.get_execution_options().get("bcm_archive")
    return archive


def files(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[ArchiveFile]:
    """The files of the manifest in every state, by panel and time."""
    column = archive_file.c
    query = select(archive_file).where(*conditions)
    for row in connection.execute(query.order_by(column.panel, column.first, column.name)):
        values = row._asdict()
        yield ArchiveFile(**values | {"state": FileState(values["state"])})


def stored_files(
    connection: Connection,
    panels: Collection[str],
    start: datetime | None = None,
    end: datetime | None = None,
) -> list[ArchiveFile]:
    """Those that may have polls of panels in start <= t < end, by panel and time."""
    if archive_of(connection) is None:
        return []
    column = archive_file.c
    conditions = [column.state == FileState.STORED.value, column.panel.in_(panels)]
    if start is not None:
        conditions.append(column.last >= start)
    if end is not None:
        conditions.append(column.first < end)
    return list(files(connection, *conditions))


def held_by_panel(connection: Connection, panel: str | None = None) -> dict[str, Held]:
    """What the archive has of each panel, or of one, by its id."""
    if archive_of(connection) is None:
        return {}
    column = archive_file.c
    figures = func.sum(column.rows), func.min(column.first), func.max(column.last)
    query = select(column.panel, *figures).where(column.state == FileState.STORED.value)
    if panel is not None:
        query = query.where(column.panel == panel)
    rows = connection.execute(query.group_by(column.panel).order_by(column.panel))
    return {panel: Held(int(count), first, last) for panel, count, first, last in rows}
