"""Replaces a file in one step: a reader, or a crash, finds the old one or the new one."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EBUSY
from pathlib import Path
from stat import S_IMODE
from typing import TypeAlias

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.files import sync_folder

_ATTEMPTS = 5
"""To find the file as it was read when it is to be replaced."""
_NewContent = Callable[[bytes | None], bytes | None]
_Identity = tuple[int, ...]
BeforeWriting: TypeAlias = Callable[[bytes | None, bytes, int], None]
"""Is given the content before and after, and how many rows an edit changes; may refuse it."""
FileStamp: TypeAlias = tuple[int, int]
"""What changes when a file is written: its time (ns) and size; zeros while it is absent."""


def write_at_once(_before: bytes | None, _after: bytes, _rows: int) -> None:
    """Nothing is to be done before a file is replaced."""


def file_stamp(file: Path) -> FileStamp:
    """The stamp of a file as it is now."""
    try:
        return _stamp(file.stat())
    except OSError:
        return _stamp(None)


def replace_file(file: Path, new_content: _NewContent) -> FileStamp:
    """Replaces a file by what is made of it, and returns the stamp of what is there now.

    Its mode stays, its owner as far as this process may give files away. Two processes that
    call this take turns; what another program writes meanwhile is read again. A link stays a
    link: the file that it points to is replaced.

    Args:
        file: Made when it does not exist.
        new_content: Gets the content, None where there is no file, and returns the new one,
            None to leave the file alone. Called again when the file changes meanwhile.

    Raises:
        InputError: it cannot be read.
        WorkError: it cannot be replaced, and is as it was.
    """
    real = Path(os.path.realpath(file))
    try:
        with _turn(real.parent):
            for _ in range(_ATTEMPTS):
                stamp = _replaced(real, new_content)
                if stamp is not None:
                    return stamp
            message = f"{file}: keeps changing while it is edited; nothing was written"
            raise WorkError(message)
    except OSError as error:
        # What a container mounts as a single file can be written, but not replaced.
        hint = "; mount its folder, not the file alone" if error.errno == EBUSY else ""
        raise WorkError(f"{file}: cannot be replaced: {error.strerror}{hint}") from None


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Waits for others that replace a file in this folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # a network file system may know no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replaced(file: Path, new_content: _NewContent) -> FileStamp | None:
    """The stamp when all is done; None when another program changed the file meanwhile."""
    content, status = _read(file)
    new = new_content(content)
    if new is None:
        return _stamp(status)
    # Always the same name: what a killed process leaves behind is cleared by the next one.
    temporary = file.with_name(f".{file.name}.new")
    temporary.unlink(missing_ok=True)
    try:
        stamp = _write(temporary, new, status)
        if _identity(_status(file)) != _identity(status):
            return None
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(file.parent)
    return stamp


def _read(file: Path) -> tuple[bytes | None, os.stat_result | None]:
    """The content and, from before it was read, the file's state; None where there is no file."""
    try:
        with file.open("rb") as lines:
            status = os.fstat(lines.fileno())
            return lines.read(), status
    except FileNotFoundError:
        return None, None
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise InputError.of(message, source=str(file)) from None


def _write(temporary: Path, content: bytes, like: os.stat_result | None) -> FileStamp:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    descriptor = os.open(temporary, flags, 0o600 if like else 0o666)
    with os.fdopen(descriptor, "wb") as out:
        if like:
            with suppress(PermissionError):
                os.fchown(descriptor, like.st_uid, like.st_gid)
            os.fchmod(descriptor, S_IMODE(like.st_mode))
        out.write(content)
        out.flush()
        os.fsync(descriptor)
        return _stamp(os.fstat(descriptor))


def _status(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except FileNotFoundError:
        return None


def _stamp(status: os.stat_result | None) -> FileStamp:
    return (status.st_mtime_ns, status.st_size) if status else (0, 0)


def _identity(status: os.stat_result | None) -> _Identity:
    """What changes when a file is written or replaced."""
    if status is None:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
