"""One database: connections for reading and writing, and its complaints in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Self

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, SQLAlchemyError

from bcm_mqtt.errors import WorkError
from bcm_mqtt.store.engine import open_engine, writing


class DatabaseAwayError(WorkError):
    """The database cannot be asked now; later it may: it is down, locked, full or read-only."""


class RefusedRowsError(WorkError):
    """The database will never take these rows."""


class Database:
    """What all that is stored is read and written through."""

    def __init__(self, url: str) -> None:
        """Does not touch the database yet.

        Raises:
            InputError: not the URL of a supported database.
        """
        self._engine = open_engine(url)
        self._writing = writing(self._engine)
        self._moment: Connection | None = None

    def close(self) -> None:
        """Closes the connections."""
        self._engine.dispose()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with clear_errors(), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def at_one_moment(self) -> Iterator[Self]:
        """The same database, of which all is read as it was when the first of it was.

        It is one connection's: one thread at a time may use it.
        """
        with self._one_moment() as connection:
            view = copy(self)
            view._moment = connection  # noqa: SLF001 - of this very class
            yield view

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        if self._moment:
            with clear_errors():
                yield self._moment
            return
        with clear_errors(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _one_moment(self) -> Iterator[Connection]:
        """Whose queries all see what was there at the first; SQLite's always do."""
        with self._read() as connection:
            if connection.dialect.name == "postgresql" and connection is not self._moment:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection


@contextmanager
def clear_errors() -> Iterator[None]:
    """The database's complaint in one line, without SQL and parameters."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise _kind(error)(f"database: {reason}") from error


def _kind(error: SQLAlchemyError) -> type[WorkError]:
    if isinstance(error, DataError):
        return RefusedRowsError
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    read_only = type(getattr(error, "orig", None)).__name__ == "ReadOnlySqlTransaction"
    away = lost or read_only or isinstance(error, OperationalError)
    return DatabaseAwayError if away else WorkError
