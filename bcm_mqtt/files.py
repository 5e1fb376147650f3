"""New files are for their owner only, or for whom the site says, whatever the umask is."""

import logging
import os
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE
from typing import IO, Final

_LOG = logging.getLogger(__name__)
PRIVATE: Final = 0o600


def open_new(file: Path, mode: int) -> IO[bytes]:
    """A new file, open to be written.

    Raises:
        OSError: it is there already, or cannot be made.
    """
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    try:
        os.fchmod(descriptor, mode)
        return os.fdopen(descriptor, "wb")
    except OSError:
        os.close(descriptor)
        raise


def make(file: Path, mode: int) -> None:
    """Makes an empty file where there is none; one that is there keeps its mode.

    Raises:
        OSError: there is none, and none can be made.
    """
    with suppress(FileExistsError):
        open_new(file, mode).close()


def make_folder(folder: Path, mode: int) -> None:
    """Makes a folder for files of a mode: who may read them may look into it.

    Raises:
        OSError: it is there already, or cannot be made.
    """
    folder.mkdir(0o700)
    folder.chmod(mode | (mode & 0o444) >> 2)


def sync_file(file: Path) -> None:
    """Has what was written to a file survive a power cut.

    Raises:
        OSError: the disk does not allow it.
    """
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Makes what was made or renamed in a folder survive a power cut, where it can be had.

    What was renamed is there already, and whole: a disk that refuses is no reason to say that
    it is not. A power cut soon after may bring back the file before it, which the log says.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        _LOG.warning("%s: cannot be synced against a power cut: %s", folder, error.strerror)


def mode_for(file: Path, mode: int) -> int:
    """The mode of whatever replaces a file: that of the file, or of a new one."""
    try:
        return S_IMODE(file.stat().st_mode)
    except FileNotFoundError:
        return mode


def identity_of(file: Path) -> tuple[int, int] | None:
    """Tells a file from another one in its place; None where there is none.

    Raises:
        OSError: it cannot be looked at.
    """
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
