"""Both databases, made anew for each run, on the disk that TMPDIR names."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests"))  # the servers that tests start, too

from bcm_mqtt.store import Store
from peers.killing import killed
from peers.mosquitto import Mosquitto
from peers.outage import outage
from peers.postgresql import PostgreSql

__all__ = ["DATABASES", "Mosquitto", "PostgreSql", "bytes_on_disk", "database", "killed", "outage"]
DATABASES = ("sqlite", "postgresql")


@contextmanager
def database(name: str) -> Iterator[str]:
    """The URL of an empty database of a kind."""
    with tempfile.TemporaryDirectory() as folder:
        if name == "sqlite":
            yield f"sqlite:///{folder}/bcm.db"
        else:
            with PostgreSql() as server:
                yield server.database()


def bytes_on_disk(store: Store) -> int:
    """Of the whole database, indices included, once all is written out."""
    with store.database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        sizes = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r'"
        ours = " AND relnamespace = 'public'::regnamespace"
        return int(connection.exec_driver_sql(sizes + ours).scalar_one())
