"""Engines for the URLs of databases, with the settings by which a commit means what it says."""

from sqlite3 import Connection as SqliteConnection
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from bcm_mqtt.errors import InputError
from bcm_mqtt.store import postgresql

_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",  # readers do not wait for the recorder
    "PRAGMA synchronous=FULL",  # a commit survives a power cut
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
)


def open_engine(url: str) -> Engine:
    """An engine for the URL of a database.

    Raises:
        InputError: no database URL, or one of a database that is not supported.
    """
    try:
        parsed = make_url(url)
        engine = _engine(parsed)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError):
        engine = None
    if engine is None:
        expected = "expected sqlite:///data/bcm.db or postgresql+psycopg://user@host/database"
        raise InputError.of(expected, key="database.url")
    return engine


def _engine(url: URL) -> Engine | None:
    if url.get_backend_name() == "postgresql":
        return postgresql.engine_of(url, several="read-write")
    if url.get_backend_name() != "sqlite":
        return None
    engine = create_engine(url)
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: SqliteConnection, _record: object) -> None:
    connection.isolation_level = None  # the begin event below begins, not the driver
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("bcm_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
