"""A new file of the archive: stored whole and compared, or as if it had never been.

Its name is committed before it is written, so that what a killed run left can be found.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from itertools import count, zip_longest

from sqlalchemy import Connection, delete, insert, select, update

from bcm_mqtt.archive import COLUMNS, Archive, ArchiveError, Row, Shape
from bcm_mqtt.domain.time import MILLISECOND, Month
from bcm_mqtt.store.database import Database
from bcm_mqtt.store.readings.archive_files import ArchiveFile, FileState
from bcm_mqtt.store.tables import archive_file


class ChangedError(Exception):
    """What was to be replaced by the file is another by now."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """What a file is to be.

    Attributes:
        panel: Whose polls it has.
        of: The day (UTC) or month of its polls.
        first: Time of the first poll, UTC.
        last: Of the last.
        shape: Has room for all of them.
        rows: Gives them, each time again, with all columns, by time.
    """

    panel: str
    of: date | Month
    first: datetime
    last: datetime
    shape: Shape
    rows: Callable[[], Iterable[Row]]


def store_file(
    database: Database,
    archive: Archive,
    new: NewFile,
    now: datetime,
    switch: Callable[[Connection], None],
) -> ArchiveFile | None:
    """Writes a file, compares it with what it is to hold, and stores it.

    Args:
        database: With the manifest.
        archive: Where the file goes.
        new: What it is to be.
        now: UTC.
        switch: Removes what the file replaces, in the transaction that stores it; raises
            `ChangedError` where that is another by now.

    Returns:
        None where it was another; the file is gone then.

    Raises:
        WorkError: the database or the archive failed; what is left is for the next run to clear.
    """
    file = _begin(database, archive, new, now)
    archive.write(file.name, new.shape, new.rows())
    rows = _compare(archive, file.name, new.rows())
    sha256, size = archive.sha256(file.name)
    stored = replace(file, rows=rows, bytes=size, sha256=sha256, state=FileState.STORED)
    try:
        with database.writing() as connection:
            switch(connection)
            values = {"rows": rows, "bytes": size, "sha256": sha256, "state": stored.state.value}
            this = archive_file.c.name == file.name
            connection.execute(update(archive_file).where(this).values(**values))
    except ChangedError:
        clear_file(database, archive, file)
        return None
    return stored


def clear_file(database: Database, archive: Archive, file: ArchiveFile) -> None:
    """Removes a file that is not stored, and then its line in the manifest.

    Raises:
        WorkError: the database or the archive failed; the line is still there then.
    """
    archive.remove(file.name)
    with database.writing() as connection:
        connection.execute(delete(archive_file).where(archive_file.c.name == file.name))


def _begin(database: Database, archive: Archive, new: NewFile, now: datetime) -> ArchiveFile:
    with database.writing() as connection:
        given = set(
            connection.execute(select(archive_file.c.name).filter_by(panel=new.panel)).scalars()
        )
        names = (archive.name_of(new.panel, new.of, now + at * MILLISECOND) for at in count())
        name = next(one for one in names if one not in given and not archive.has(one))
        state = FileState.WRITING
        file = ArchiveFile(name, new.panel, new.first, new.last, 0, 0, "", state, now)
        connection.execute(insert(archive_file), {**asdict(file), "state": state.value})
    return file


def _compare(archive: Archive, name: str, rows: Iterable[Row]) -> int:
    """How many rows a file has, which are these.

    Raises:
        ArchiveError: they are others.
    """
    compared = 0
    for there, given in zip_longest(archive.rows(name, COLUMNS), rows):
        if there != given:
            raise ArchiveError(
                f"archive {archive.shown}: {name}: is not what was written: see its disk"
            )
        compared += 1
    return compared
