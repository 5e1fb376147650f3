"""One database: its settings, transactions, schema and complaints.

A repository takes a `Database` and does each of its acts in a transaction of its own. At one
moment, `Database.at_one_moment` gives a database whose every reading is of one transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Self

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)

from bcm_mqtt.archive import Archive
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.files import PRIVATE
from bcm_mqtt.store import postgresql, schema
from bcm_mqtt.store.sqlite_file import (
    DamagedDatabaseError,
    DatabaseAwayError,
    SqliteFile,
    is_damage,
)

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",  # readers do not wait for the recorder
    "PRAGMA synchronous=FULL",  # a commit survives a power cut
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
)
_POSTGRESQL = {
    "connect_timeout": 10,
    # A server whose machine is gone is noticed within half a minute, not after hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
}


class RefusedRowsError(WorkError):
    """The database will never take these rows."""


class Database:
    """Connections for reading and writing."""

    def __init__(self, url: str, file_mode: int = PRIVATE, archive: Archive | None = None) -> None:
        """Does not touch the database yet: see `ensure_schema`.

        Args:
            url: Of the database.
            file_mode: Of a new SQLite file.
            archive: Where its old polls are, or None where it has none.

        Raises:
            InputError: not the URL of a supported database.
        """
        self.engine = _open_engine(url)
        self.archive = archive
        self.engine.update_execution_options(bcm_archive=archive)
        # On SQLite a transaction that writes takes the lock at once (BEGIN IMMEDIATE): one that
        # reads first and then meets the lock could only fail.
        self._writing = self.engine.execution_options(bcm_writes=True)
        self._moment: Connection | None = None
        name = self.engine.url.database
        is_file = not self.is_postgresql and name and not name.startswith((":memory:", "file:"))
        self._sqlite = SqliteFile(Path(name or ""), file_mode) if is_file else None
        if self._sqlite:
            self._sqlite.watch(self.engine)

    @property
    def is_postgresql(self) -> bool:
        """Whether it is PostgreSQL; otherwise it is SQLite."""
        return self.engine.dialect.name == "postgresql"

    @property
    def shown_url(self) -> str:
        """The URL without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    def check_schema(self) -> None:
        """Checks that the database is there with the tables of this version; makes nothing.

        Raises:
            WorkError: there is none, another schema version, or no connection.
        """
        file = self._sqlite.path if self._sqlite else None
        if file and not file.exists():
            raise no_database(file)
        with self._clear_errors():
            is_empty = schema.is_empty(self.engine)
        if is_empty:
            raise no_database(file or self.shown_url)
        self.ensure_schema()

    def ensure_schema(self) -> None:
        """Makes the tables of an empty database, and the folder of a SQLite file.

        Raises:
            InputError: the folder cannot be made.
            WorkError: another schema version, no connection, or polls in an unknown archive.
        """
        with self._made(), self._clear_errors():
            schema.ensure(self.engine, self._writing)

    def upgrade_schema(self) -> None:
        """Brings the schema to this version.

        Raises:
            InputError: the folder of a SQLite file cannot be made.
            WorkError: it failed; the database is as it was.
        """
        with self._made(), self._clear_errors():
            schema.upgrade(self.engine, self._writing)

    @contextmanager
    def _made(self) -> Iterator[None]:
        if self._sqlite:
            self._sqlite.make()
        yield
        if self._sqlite:
            self._sqlite.made()

    def claim(self) -> None:
        """Makes this process the only recorder of a SQLite file, until `close` or its end.

        A second one would fight it for the broker's session. PostgreSQL, and a SQLite database
        without a file, need no claim: the broker distinguishes the recorders that write there.

        Raises:
            WorkError: another recorder has it, or the lock cannot be made.
            DatabaseAwayError: the disk does not allow it now; `ensure_schema` claims it then.
        """
        if self._sqlite:
            self._sqlite.claim()

    @property
    def file_identity(self) -> tuple[int, int]:
        """Of a SQLite database's file: another one has been put in its place when it changes."""
        return self._sqlite.identity() if self._sqlite else (0, 0)

    def close(self) -> None:
        """Closes the connections, and gives back the claim."""
        self.engine.dispose()
        if self._sqlite:
            self._sqlite.release()

    @contextmanager
    def alone(self, work: str) -> Iterator[bool]:
        """Whether nobody else does a work on this database, for as long as the context stands.

        Raises:
            WorkError: the database, or the folder of its file, does not allow to know.
        """
        if self._sqlite:
            with self._sqlite.alone(work) as alone:
                yield alone
        elif self.is_postgresql:
            lock = text("SELECT pg_try_advisory_xact_lock(hashtext(:work))")
            with self.reading() as connection:
                yield bool(connection.execute(lock, {"work": work}).scalar())
        else:
            yield True

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        """The database's complaint in one line, without SQL and parameters."""
        try:
            yield
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None)
            reason = str(cause or error).strip().splitlines()[0]
            if self._sqlite and is_damage(cause):
                self.engine.dispose()  # whoever replaces the file is not overwritten
                raise DamagedDatabaseError(self._sqlite.path, reason) from error
            raise _kind(error)(f"database: {reason}") from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or undone by an error."""
        with self._clear_errors(), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads; that of the moment within `at_one_moment`."""
        if self._moment:
            with self._clear_errors():
                yield self._moment
            return
        with self._clear_errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def reading_one_moment(self) -> Iterator[Connection]:
        """As `reading`; all queries see what was there at the first, as SQLite's always do."""
        with self.reading() as connection:
            if connection.dialect.name == "postgresql" and connection is not self._moment:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def at_one_moment(self) -> Iterator[Self]:
        """The same database, read as it was when it was first read.

        It is one connection's: one thread at a time may use it.
        """
        with self.reading_one_moment() as connection:
            view = copy(self)
            view._moment = connection  # noqa: SLF001 - of this very class
            yield view


def no_database(place: Path | str) -> WorkError:
    """The complaint of who would only read one that is not there."""
    expected = "expected one made by `bcm-mqtt recorder` or `db upgrade`"
    return WorkError(f"no database at {place}, {expected}")


class Repository:
    """Queries about one kind of thing that is stored."""

    def __init__(self, database: Database) -> None:
        """Takes the source of transactions."""
        self._database = database


def lock(connection: Connection, table: Table) -> None:
    """Lets no other connection add to a table until the end; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


def _kind(error: SQLAlchemyError) -> type[WorkError]:
    if isinstance(error, DataError):
        return RefusedRowsError
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    read_only = type(getattr(error, "orig", None)).__name__ == "ReadOnlySqlTransaction"
    away = lost or read_only or isinstance(error, OperationalError)
    return DatabaseAwayError if away else WorkError


def _open_engine(url: str) -> Engine:
    """An engine for a database URL.

    Raises:
        InputError: no database URL, or one of a database that is not supported.
    """
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        options = _POSTGRESQL if backend == "postgresql" else {}
        known = backend in {"sqlite", "postgresql"}
        engine = create_engine(parsed, connect_args=options) if known else None
    except (ArgumentError, NoSuchModuleError, ImportError):
        engine = None
    if engine is None:
        expected = "expected sqlite:///data/bcm.db or postgresql+psycopg://user@host/database"
        raise InputError.of(expected, key="database.url")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        postgresql.configure(engine)
    return engine


def _configure_sqlite(connection: SqliteConnection, _record: object) -> None:
    connection.isolation_level = None  # the begin event below begins, not the driver
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("bcm_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
