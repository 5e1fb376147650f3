"""PostgreSQL's connections: their settings, also behind PgBouncer in transaction mode.

There, each transaction may be on another connection to the server. What the store uses of a
connection for longer are settings and prepared statements: behind a pooler each transaction has
the settings of its own, and nothing is prepared. Cursors, temporary tables and locks of the store
end with their transaction anyway; it has no LISTEN and no lock of a session.

A URL may name several hosts, of which one is the primary: each connection looks for it again. A
connection that has become useless, because its server ended or takes no writes any more, is left
with all that were opened before it.
"""

import re
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from bcm_mqtt.errors import WorkError
from bcm_mqtt.store.complaints import is_read_only, reason_of

if TYPE_CHECKING:
    from psycopg import Connection as Psycopg  # an extra
    from psycopg.errors import Diagnostic

_OPTIONS: Final = {
    # A server whose machine is gone is noticed within half a minute, not after hours: by the
    # first three where nothing was sent to it, by the last where something was.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
_CONNECT_S: Final = 10
_NEXT_HOST_S: Final = 3
"""To connect, where another host may answer instead."""
_POOLED: Final = "bcm_pooled"
_WARNED: Final = "bcm_warned"
_SHARE: Final = """
    SELECT CASE WHEN pg_is_in_recovery() THEN '' ELSE pg_export_snapshot() END,
        CAST(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
            ELSE pg_current_wal_insert_lsn() END AS text)
"""
_SNAPSHOT: Final = re.compile(r"[0-9A-Fa-f-]+")
_WARNING: Final = "01000"
_SETTINGS: Final = (
    "TIME ZONE 'UTC'",
    "synchronous_commit = 'on'",  # whatever the server's default is
)


@dataclass(frozen=True, slots=True)
class SharedMoment:
    """A moment of a database, for other processes; while whoever shares it still reads it.

    Attributes:
        snapshot: By which connections to the same server read what was there; "" of a replica's.
        written: Position of the log that a replica has to be at, to have all of it.
        is_exact: Whether all must be read as it was then; else something newer will do.
    """

    snapshot: str
    written: str
    is_exact: bool


def engine_of(url: URL, several: str) -> Engine:
    """An engine for the URL of a server, or of several.

    Args:
        url: Its query may have any of libpq's parameters.
        several: `target_session_attrs` where it names several hosts and does not say.
    """
    if url.drivername == "postgresql":  # as libpq has it; SQLAlchemy means another driver by that
        url = url.set(drivername="postgresql+psycopg")
    options: dict[str, object] = {**_OPTIONS, "connect_timeout": _CONNECT_S}
    if len(hosts_of(url)) > 1:
        options |= {"connect_timeout": _NEXT_HOST_S, "target_session_attrs": several}
    given = {name: value for name, value in options.items() if name not in url.query}
    # A connection that broke while nobody used it is found out before it is used again.
    engine = create_engine(url, connect_args=given, pool_pre_ping=True)
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _failed)
    return engine


def hosts_of(url: URL) -> list[str]:
    """The hosts that a URL names, each as often as it does."""
    named = url.query.get("host", ())
    given = [url.host or ""] if not named else [named] if isinstance(named, str) else list(named)
    return [host for one in given for host in one.split(",")]


def share_moment(connection: Connection, *, is_exact: bool) -> SharedMoment:
    """That of a connection, whose transaction reads as of one moment."""
    [(snapshot, written)] = connection.exec_driver_sql(_SHARE).all()
    return SharedMoment(snapshot, written or "", is_exact)


def take_moment(connection: Connection, shared: SharedMoment) -> None:
    """Reads as of the same moment; the connection has not read yet.

    Raises:
        WorkError: it is to another server, or the moment is over.
    """
    if not _SNAPSHOT.fullmatch(shared.snapshot):
        return
    try:
        connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{shared.snapshot}'")
    except DBAPIError as error:
        raise WorkError(
            f"the moment at which bills are made is not known here ({reason_of(error)}): expected "
            "the same server in database.url, and whoever asked to wait"
        ) from error


def takes_unconfirmed(connection: Connection) -> bool:
    """Whether the server warned during the commit that no standby has confirmed it.

    It does so where somebody cancels the wait: the commit is on the primary alone.
    """
    return bool(connection.info.pop(_WARNED, False))


def _failed(context: ExceptionContext) -> None:
    if context.sqlalchemy_exception and is_read_only(context.sqlalchemy_exception):
        context.is_disconnect = True  # the next connection is to the primary, if there is one


def _connected(connection: "Psycopg", entry: ConnectionPoolEntry) -> None:
    def noticed(notice: "Diagnostic") -> None:
        if notice.sqlstate == _WARNING:
            entry.info[_WARNED] = True

    connection.add_notice_handler(noticed)
    with closing(connection.cursor()) as cursor:
        [process] = cursor.execute("SELECT pg_backend_pid()").fetchone() or (0,)
        # A pooler gives a number of its own.
        entry.info[_POOLED] = process != connection.info.backend_pid
        if entry.info[_POOLED]:
            connection.prepare_threshold = None
        else:
            for setting in _SETTINGS:
                cursor.execute(f"SET {setting}")
    connection.commit()


def _begin(connection: Connection) -> None:
    if connection.info.get(_POOLED):
        connection.exec_driver_sql("; ".join(f"SET LOCAL {setting}" for setting in _SETTINGS))
