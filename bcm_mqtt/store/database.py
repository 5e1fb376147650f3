"""One database: its settings, transactions, schema and complaints.

A repository takes a `Database` and does each of its acts in a transaction of its own. At one
moment, `Database.at_one_moment` gives a database whose every reading is of one transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, Table, text
from sqlalchemy.exc import SQLAlchemyError

from bcm_mqtt.archive import Archive
from bcm_mqtt.files import PRIVATE
from bcm_mqtt.store import postgresql, schema
from bcm_mqtt.store.complaints import AnswerLostError, complaint_of, is_lost, reason_of
from bcm_mqtt.store.engines import open_engine
from bcm_mqtt.store.postgresql import SharedMoment
from bcm_mqtt.store.replica import Replica, ReplicaState
from bcm_mqtt.store.sqlite_file import (
    DamagedDatabaseError,
    DatabaseAwayError,
    SqliteFile,
    is_damage,
)


class Database:
    """Connections for reading and writing."""

    def __init__(
        self,
        url: str,
        file_mode: int = PRIVATE,
        archive: Archive | None = None,
        replica: Replica | None = None,
    ) -> None:
        """Does not touch the database yet: see `ensure_schema`.

        Args:
            url: Of the database.
            file_mode: Of a new SQLite file.
            archive: Where its old polls are, or None where it has none.
            replica: Of it; is read where `looking` says so, and hears of what is written here.

        Raises:
            InputError: not the URL of a supported database.
        """
        self.engine = open_engine(url)
        self.archive = archive
        self.title = "database"  # which complaints begin with
        self._replica = replica
        self._looks = False
        self.engine.update_execution_options(bcm_archive=archive)
        if replica:
            replica.belongs_to(archive)
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
    def url(self) -> str:
        """The URL with its password, for another process that opens it."""
        return self.engine.url.render_as_string(hide_password=False)

    @property
    def shown_url(self) -> str:
        """The URL without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    def check_schema(self) -> None:
        """Checks that the database is there with the tables of this version; makes nothing.

        Raises:
            WorkError: another schema version.
            DatabaseAwayError: there is none, or no connection.
        """
        file = self._sqlite.path if self._sqlite else None
        if file and not file.exists():
            raise no_database(file)
        with self._clear_errors():
            is_empty = schema.is_empty(self.engine)
        if is_empty:
            raise no_database(file or self.shown_url)
        self.ensure_schema()

    def ensure_schema(self, *, recording: bool = False) -> None:
        """Makes the tables of an empty database, and the folder of a SQLite file.

        Args:
            recording: Whether a recorder asks, which goes on where a later version's schema
                leaves what it needs.

        Raises:
            InputError: the folder cannot be made.
            WorkError: another schema version, no connection, or polls in an unknown archive.
        """
        with self._made(), self._clear_errors():
            schema.ensure(self.engine, self._writing, recording=recording)

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
        if self._replica:
            self._replica.close()
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
            with self._clear_errors(), self.engine.connect() as connection:
                yield bool(connection.execute(lock, {"work": work}).scalar())
        else:
            yield True

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        """The database's complaint in one line, without SQL and parameters."""
        try:
            yield
        except SQLAlchemyError as error:
            if self._sqlite and is_damage(getattr(error, "orig", None)):
                self.engine.dispose()  # whoever replaces the file is not overwritten
                raise DamagedDatabaseError(self._sqlite.path, reason_of(error)) from error
            raise complaint_of(error, self.title) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or undone by an error.

        Raises:
            AnswerLostError: at the end; it is stored, or nothing of it.
            DatabaseAwayError: nothing is stored.
        """
        with self._clear_errors(), self._writing.connect() as connection:
            with connection.begin() as transaction:
                yield connection
                with _committing(connection):
                    transaction.commit()
            if self._replica:
                self._replica.wrote(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads; that of the moment within `at_one_moment`."""
        if self._moment:
            with self._clear_errors():
                yield self._moment
            return
        replica = self._replica.connect() if self._replica and self._looks else None
        with self._clear_errors(), replica or self.engine.connect() as connection:
            yield connection

    def looking(self) -> Self:
        """The same database, whose replica is read where there is one.

        For who shows what is stored and decides nothing by it: it may be a little behind, but not
        behind what was written through this database or another with the same replica.
        """
        view = copy(self)
        view._looks = True  # noqa: SLF001 - of this very class
        return view

    def replica_state(self) -> ReplicaState | None:
        """How far what is read may be behind; None where nothing is."""
        return self._replica.state() if self._replica else None

    @contextmanager
    def reading_one_moment(self) -> Iterator[Connection]:
        """As `reading`; all queries see what was there at the first, as SQLite's always do."""
        with self.reading() as connection:
            if connection.dialect.name == "postgresql" and connection is not self._moment:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def at_one_moment(self, shared: SharedMoment | None = None) -> Iterator[Self]:
        """The same database, read as it was when it was first read.

        It is one connection's: one thread at a time may use it.

        Args:
            shared: Of PostgreSQL: it is read as another process reads it.
        """
        with self.reading_one_moment() as connection:
            if shared:
                postgresql.take_moment(connection, shared)
            view = copy(self)
            view._moment = connection  # noqa: SLF001 - of this very class
            yield view

    def share_moment(self) -> SharedMoment:
        """How others read PostgreSQL as this one does, which is at one moment."""
        with self.reading() as connection:
            return postgresql.share_moment(connection, is_exact=not self._looks)


@contextmanager
def _committing(connection: Connection) -> Iterator[None]:
    """Knows from any other failure that of which nobody knows how it ended."""
    try:
        yield
    except SQLAlchemyError as error:
        if is_lost(error):
            raise _unknown(reason_of(error)) from error
        raise
    if postgresql.takes_unconfirmed(connection):
        raise _unknown("no standby has confirmed it")


def _unknown(reason: str) -> AnswerLostError:
    return AnswerLostError(
        f"database: the commit was not answered ({reason}): everything is stored, or nothing; "
        "look before you repeat it"
    )


def no_database(place: Path | str) -> DatabaseAwayError:
    """The complaint of who would only read one that is not there."""
    expected = "expected one made by `bcm-mqtt recorder` or `db upgrade`"
    return DatabaseAwayError(f"no database at {place}, {expected}")


class Repository:
    """Queries about one kind of thing that is stored."""

    def __init__(self, database: Database) -> None:
        """Takes the source of transactions."""
        self._database = database


def lock(connection: Connection, table: Table) -> None:
    """Lets no other connection add to a table until the end; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
