"""Opens a database with the settings that make a commit mean what it says."""

from contextlib import closing
from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from bcm_mqtt.errors import InputError

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


def open_engine(url: str) -> Engine:
    """An engine for a database URL; makes the folder of a SQLite file.

    Raises:
        InputError: no database URL, or one of a database that is not supported.
    """
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        options = _POSTGRESQL if backend == "postgresql" else {}
        known = backend in {"sqlite", "postgresql"}
        engine = create_engine(parsed, connect_args=options) if known else None
    except (ArgumentError, NoSuchModuleError, ImportError):
        engine = None
    except OSError as error:
        raise InputError.of(f"no folder for the database: {error}", key="database.url") from None
    if engine is None:
        expected = "expected sqlite:///data/bcm.db or postgresql+psycopg://user@host/database"
        raise InputError.of(expected, key="database.url")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _configure_postgresql)
    return engine


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write.

    On SQLite these take the write lock at once (BEGIN IMMEDIATE): a transaction that
    reads first and then finds the lock taken could only fail.
    """
    return engine.execution_options(bcm_writes=True)


def _configure_sqlite(connection: SqliteConnection, _record: object) -> None:
    connection.isolation_level = None  # the begin event below begins, not the driver
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _configure_postgresql(connection: DBAPIConnection, _record: object) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute("SET synchronous_commit = 'on'")  # whatever the server's default is
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("bcm_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
