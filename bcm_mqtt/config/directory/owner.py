"""Which process owns `bridge.data` and circuits.csv: a bridge holds a lock while it runs."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final, TextIO

from bcm_mqtt.errors import WorkError
from bcm_mqtt.files import PRIVATE, make

_LOCK: Final = "running"
_ASKED_FOR_S: Final = 1.0
"""Who looks whether a bridge runs holds the lock for a moment."""
_AGAIN_S: Final = 0.05


@contextmanager
def owning(data: Path, mode: int = PRIVATE) -> Iterator[None]:
    """Holds the lock of a bridge; does without where the disk has none to give.

    Args:
        data: Folder of the bridge.
        mode: Of a new file.

    Raises:
        WorkError: another bridge of this machine has it.
    """
    with ExitStack() as holding:
        with suppress(OSError):
            data.mkdir(parents=True, exist_ok=True)
            make(data / _LOCK, mode)
            # Not truncated: until the lock is had, it names another process.
            lock = holding.enter_context((data / _LOCK).open("a+", encoding="ascii"))
            _take(lock, data)
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
        yield


def is_owned(data: Path) -> bool:
    """Whether a bridge with this data folder runs on this machine."""
    try:
        with (data / _LOCK).open("r", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except PermissionError:  # that of another user, who has run one here
        return os.access(data / _LOCK, os.F_OK)
    except OSError:  # never run here
        return False
    return False


def _take(lock: TextIO, data: Path) -> None:
    until = time.monotonic() + _ASKED_FOR_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < until:
                time.sleep(_AGAIN_S)
                continue
            lock.seek(0)
            message = (
                f"{data / _LOCK}: process {lock.read(20) or 'unknown'} is a bridge with the same "
                "bridge.data: stop it, or give each bridge a bridge.data and a bridge.id of its own"
            )
            raise WorkError(message) from None
        return
