"""One recorder to a SQLite file: a second would fight it for the broker's session."""

import fcntl
from pathlib import Path
from typing import TextIO

from sqlalchemy import Engine

from bcm_mqtt.errors import WorkError


def claim(engine: Engine) -> TextIO | None:
    """Takes the file for this process, until it ends or the result is closed.

    PostgreSQL, and a SQLite database without a file, need no claim: recorders that write
    there are told apart by the broker.

    Raises:
        WorkError: another recorder has it, or the lock cannot be made.
    """
    database = engine.url.database
    if engine.dialect.name != "sqlite" or not database or database == ":memory:":
        return None
    lock = Path(f"{database}.recorder")
    try:
        file = lock.open("w", encoding="ascii")
    except OSError as error:
        raise WorkError(f"{lock}: cannot be made: {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise WorkError(f"another recorder is writing to {database}") from None
    return file
