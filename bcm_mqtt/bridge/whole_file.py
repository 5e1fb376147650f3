"""A small file that is whole at every instant: the old one or the new one, never a part.

One that is damaged all the same, by a bad disk or a person, is moved aside: its owner goes on
without it.
"""

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bcm_mqtt.files import PRIVATE, mode_for, sync_folder

_LOG = logging.getLogger(__name__)
_Content = TypeVar("_Content")
DAMAGE = (ValueError, LookupError, AttributeError, TypeError, OverflowError, RecursionError)
"""As what a damaged text makes its parser fail."""
_LARGEST = 64_000_000
"""Bytes; counters of 20,000 poles are a tenth of it. To read more takes minutes and gigabytes."""


def write_whole(
    file: Path, content: str | bytes, *, mode: int = PRIVATE, sync: bool = True
) -> None:
    """Replaces the file's content, safe against a crash.

    Args:
        file: To replace; its folder is made.
        content: All of it.
        mode: Of a new file; one that is there keeps its own.
        sync: Safe against a power cut, too, which may take a good part of a second.

    Raises:
        OSError: the file is as it was.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(".tmp")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(temporary, flags, PRIVATE), "wb") as out:
            os.fchmod(out.fileno(), mode_for(file, mode))
            out.write(content if isinstance(content, bytes) else content.encode())
            out.flush()
            if sync:
                os.fsync(out.fileno())
        temporary.replace(file)
    except OSError:
        with suppress(OSError):
            temporary.unlink()  # of a full disk, every byte is needed
        raise
    if sync:
        sync_folder(file.parent)  # or a power cut may bring the file before it back


def read_whole(file: Path, read: Callable[[str], _Content], without: str) -> _Content | None:
    """What a file says; a damaged one is moved aside, and the log names it.

    Args:
        file: As `write_whole` wrote it.
        read: Makes sense of the text, or fails as parsers do.
        without: What its owner does without it, for the log.

    Returns:
        None where there is no file, or none any more.

    Raises:
        OSError: it cannot be read, or is damaged and cannot be moved.
    """
    try:
        if (size := file.stat().st_size) > _LARGEST:
            raise ValueError(f"{size:,} bytes: expected at most {_LARGEST:,}")
        return read(file.read_text())
    except FileNotFoundError:
        return None
    except DAMAGE as error:
        aside = moved_aside(file)
        _LOG.error("%s is damaged (%s): moved to %s: %s", file, error, aside.name, without)
        return None


def whole_number(value: object) -> int:
    """A whole number of a file; fails as parsers do where it is none, such as true or 1.0."""
    if type(value) is not int:
        raise TypeError("expected whole numbers")
    return value


def moved_aside(file: Path) -> Path:
    """Gives a damaged file the name of the time at which it was written, and returns that.

    Raises:
        OSError: it is where it was.
    """
    written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    aside = file.with_name(f"{file.name}.damaged-{written:%Y%m%dT%H%M%SZ}")
    return file.rename(aside)
