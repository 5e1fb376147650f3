"""PostgreSQL's connections: their settings, also behind PgBouncer in transaction mode.

There, each transaction may be on another connection to the server. What the store uses of a
connection for longer are settings and prepared statements: behind a pooler each transaction has
the settings of its own, and nothing is prepared. Cursors, temporary tables and locks of the store
end with their transaction anyway; it has no LISTEN and no lock of a session.
"""

from contextlib import closing
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

if TYPE_CHECKING:
    from psycopg import Connection as Psycopg  # an extra

_POOLED: Final = "bcm_pooled"
_SETTINGS: Final = (
    "TIME ZONE 'UTC'",
    "synchronous_commit = 'on'",  # whatever the server's default is
)


def configure(engine: Engine) -> None:
    """Has each connection of an engine set up."""
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begin)


def _connected(connection: "Psycopg", entry: ConnectionPoolEntry) -> None:
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
