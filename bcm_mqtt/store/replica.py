"""A server that follows the database's: it is read in its place, and is a little behind.

Whoever has written through this process reads it there, too: until the replica has it, and while
the replica is away, the primary is read.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import Final

from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from bcm_mqtt.archive import Archive
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import postgresql
from bcm_mqtt.store.complaints import reason_of

_AGAIN_S: Final = 10.0
"""After a failure."""
_FAR_BEHIND: Final = timedelta(minutes=1)
_HAS: Final = text("SELECT coalesce(pg_last_wal_replay_lsn() >= CAST(:written AS pg_lsn), true)")
# What was replayed last says nothing while nothing is written; a receiver that runs, and has
# received no more than was replayed, says that it is all there is.
_BEHIND: Final = text("""
    SELECT CASE
        WHEN NOT pg_is_in_recovery() THEN 0
        WHEN EXISTS (SELECT FROM pg_stat_wal_receiver)
            AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
        ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
    END
""")


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """How a replica follows.

    Attributes:
        behind: By how much, at most; None where nobody knows.
        problem: Why the primary is read in its place, or "".
    """

    behind: timedelta | None = None
    problem: str = ""

    @property
    def keeps_up(self) -> bool:
        """Whether it answers, and is behind by what is usual."""
        return not self.problem and self.behind is not None and self.behind < _FAR_BEHIND

    def __str__(self) -> str:
        """A clause in English."""
        if self.problem:
            return f"replica is away, the primary is read: {self.problem}"
        if self.behind is None:
            return "replica has replayed nothing yet"
        return f"replica is {self.behind / timedelta(seconds=1):.0f} s behind"

    def figures(self) -> dict[str, float | str | None]:
        """For programs."""
        behind = None if self.behind is None else round(self.behind / timedelta(seconds=1), 1)
        return {"behind_seconds": behind, "problem": self.problem}


class Replica:
    """Connections to it; safe in several threads, and used by several databases of a process."""

    def __init__(
        self,
        url: str,
        monotonic: Callable[[], float] = time.monotonic,
        written: str = "",
    ) -> None:
        """Does not connect yet.

        Args:
            url: Of PostgreSQL. Of several hosts, a standby is preferred.
            monotonic: A clock that never jumps, s.
            written: Position of the log that it has to be at before it is read.

        Raises:
            InputError: not the URL of a PostgreSQL database.
        """
        try:
            self._engine = postgresql.engine_of(make_url(url), several="prefer-standby")
        except (ArgumentError, NoSuchModuleError, ImportError, ValueError):
            expected = "expected the URL of PostgreSQL, as of database.url"
            raise InputError.of(expected, key="database.read_url") from None
        self._monotonic = monotonic
        self._again_s = float("-inf")
        self._problem = ""
        self._written = written
        self._lock = Lock()

    def belongs_to(self, archive: Archive | None) -> None:
        """Has its old polls read in the archive of the database that it follows."""
        self._engine.update_execution_options(bcm_archive=archive)

    def connect(self) -> Connection | None:
        """A connection, to be closed; None where the primary is to be read."""
        if self._monotonic() < self._again_s:
            return None
        connection = None
        try:
            connection = self._engine.connect()
            if self._has_written(connection):
                self._problem = ""
                return connection
        except SQLAlchemyError as error:
            self._problem = reason_of(error)
            self._again_s = self._monotonic() + _AGAIN_S
        if connection is not None:
            connection.close()
        return None

    def wrote(self, primary: Connection) -> None:
        """Notes that what is committed now is to be read from here on."""
        with suppress(DBAPIError):  # it is written all the same
            written = primary.execute(text("SELECT pg_current_wal_flush_lsn()::text")).scalar_one()
            with self._lock:
                self._written = str(written)

    def state(self) -> ReplicaState:
        """How it follows."""
        connection = self.connect()
        if connection is None and self._problem:
            return ReplicaState(problem=self._problem)
        try:
            with connection or self._engine.connect() as asked:
                seconds = asked.execute(_BEHIND).scalar()
        except SQLAlchemyError as error:
            return ReplicaState(problem=reason_of(error))
        return ReplicaState(None if seconds is None else timedelta(seconds=max(0, float(seconds))))

    def close(self) -> None:
        """Closes its connections."""
        self._engine.dispose()

    def _has_written(self, connection: Connection) -> bool:
        written = self._written
        if not written:
            return True
        has = bool(connection.execute(_HAS, {"written": written}).scalar())
        connection.rollback()  # the reading begins with the reader's own transaction
        with self._lock:
            if has and written == self._written:
                self._written = ""
        return has
