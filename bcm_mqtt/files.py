"""New files are for their owner only, or for whom the site says, whatever the umask is."""

import os
from pathlib import Path
from stat import S_IMODE
from typing import Final

PRIVATE: Final = 0o600


def make(file: Path, mode: int) -> None:
    """Makes an empty file where there is none; one that is there keeps its mode.

    Raises:
        OSError: there is none, and none can be made.
    """
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    except FileExistsError:
        return
    try:
        os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)


def mode_for(file: Path, mode: int) -> int:
    """The mode of whatever replaces a file: that of the file, or of a new one."""
    try:
        return S_IMODE(file.stat().st_mode)
    except FileNotFoundError:
        return mode
