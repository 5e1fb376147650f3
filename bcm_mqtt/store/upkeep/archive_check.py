"""Whether every stored file of the archive is there as it was stored, and no other file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bcm_mqtt.archive import Archive, ArchiveError, MissingFileError
from bcm_mqtt.store.database import Database
from bcm_mqtt.store.readings.archive_files import ArchiveFile, FileState, files


class Fault(StrEnum):
    """What is wrong with a file."""

    LOST = "is lost"
    ALTERED = "is altered"
    UNREADABLE = "cannot be read"
    SURPLUS = "is surplus"


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that was looked at.

    Attributes:
        name: Below the place of the archive.
        bytes: That were read.
        fault: What is wrong with it, or None.
        detail: Of the fault, and what to do; "" without one.
    """

    name: str
    bytes: int
    fault: Fault | None = None
    detail: str = ""

    def __str__(self) -> str:
        """In one line."""
        return f"{self.name} {self.fault}: {self.detail}" if self.fault else self.name


def check_place(archive: Archive, stored: Sequence[ArchiveFile]) -> None:
    """Whether an archive is where its files are; a disk that is not mounted is an empty folder.

    Raises:
        ArchiveError: none of the stored files is there.
    """
    if stored and not any(archive.has(file.name) for file in stored):
        message = f"none of its {len(stored):,} files is there: see whether its disk is mounted"
        raise ArchiveError(f"archive {archive.shown}: {message} and database.archive names it")


def check_files(database: Database, archive: Archive) -> Iterator[CheckedFile]:
    """Reads every stored file as a whole, and looks for files that no line of the manifest names.

    Others may move and merge meanwhile.

    Raises:
        WorkError: the database or the place of the archive does not answer, or none is there.
    """
    # In this order: what is there has its line by then, and nothing goes the day it is replaced.
    names = archive.names()
    with database.reading() as connection:
        known = list(files(connection))
    stored = [file for file in known if file.state is FileState.STORED]
    check_place(archive, stored)
    for file in stored:
        yield check_file(archive, file)
    if surplus := names - {file.name for file in known}:
        for name in sorted(surplus & archive.names()):  # what a run cleared meanwhile is gone
            detail = "the database does not name it: remove it once no backup of it needs it"
            yield CheckedFile(name, 0, Fault.SURPLUS, detail)


def check_file(archive: Archive, file: ArchiveFile) -> CheckedFile:
    """A stored file, read as a whole."""
    restore = "put it back from a backup"
    try:
        sha256, size = archive.sha256(file.name)
    except MissingFileError:
        detail = f"{file.rows:,} snapshots of panel {file.panel}: {restore}"
        return CheckedFile(file.name, 0, Fault.LOST, detail)
    except ArchiveError as error:
        return CheckedFile(file.name, 0, Fault.UNREADABLE, str(error).rpartition(": ")[2])
    if (size, sha256) == (file.bytes, file.sha256):
        return CheckedFile(file.name, size)
    there, stored = f"{size:,} bytes, SHA-256 {sha256}", f"{file.bytes:,} bytes, {file.sha256}"
    return CheckedFile(file.name, size, Fault.ALTERED, f"{there}; stored were {stored}: {restore}")
