"""Whether a bridge of this machine owns circuits.csv: it holds a lock in its data while it runs."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_LOCK = "running"


@contextmanager
def owning(data: Path) -> Iterator[None]:
    """Holds the lock of a bridge; does without where the disk has none to give."""
    with ExitStack() as holding:
        with suppress(OSError):
            lock = holding.enter_context((data / _LOCK).open("w", encoding="ascii"))
            fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def is_owned(data: Path) -> bool:
    """Whether a bridge with this data folder runs on this machine."""
    try:
        with (data / _LOCK).open("r", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # never run here, or not ours to look at
        return False
    return False
