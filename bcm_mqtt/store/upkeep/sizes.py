"""How large the database and its tables are."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import OperationalError

from bcm_mqtt.store.tables import metadata


@dataclass(frozen=True, slots=True)
class TableSize:
    """A table with its indices.

    Attributes:
        name: Of the table.
        rows: How many.
        size: Bytes; None where SQLite was built without the means to tell.
    """

    name: str
    rows: int
    size: int | None


@dataclass(frozen=True, slots=True)
class DatabaseSize:
    """A database.

    Attributes:
        size: Bytes.
        free: How many of them are kept for rows to come, which removed ones have left.
        tables: The largest first.
    """

    size: int
    free: int
    tables: tuple[TableSize, ...]


def read_sizes(connection: Connection) -> DatabaseSize:
    """Reads the whole of a SQLite database, which takes its time when it is large."""
    if connection.dialect.name == "postgresql":
        size, free = connection.execute(text(_DATABASE)).scalar_one(), 0
        sizes = dict(map(tuple, connection.execute(text(_RELATIONS))))
    else:
        page, pages, unused = (
            connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("page_size", "page_count", "freelist_count")
        )
        size, free = page * pages, page * unused
        sizes = _sqlite_sizes(connection)
    tables = [
        TableSize(
            name,
            connection.execute(select(func.count()).select_from(table)).scalar_one(),
            sizes.get(name),
        )
        for name, table in metadata.tables.items()
    ]
    tables.sort(key=lambda table: (-(table.size or 0), -table.rows, table.name))
    return DatabaseSize(size, free, tuple(tables))


def _sqlite_sizes(connection: Connection) -> dict[str, int]:
    found = defaultdict[str, int](int)
    try:
        for name, size in connection.execute(text(_PAGES)):
            found[name] += size
    except OperationalError:  # dbstat is an option of SQLite's, which most builds have
        return {}
    return found


_DATABASE = "SELECT pg_database_size(current_database())"
_RELATIONS = """
    SELECT c.relname, sum(pg_total_relation_size(t.relid))::bigint
    FROM pg_class AS c, pg_partition_tree(c.oid) AS t
    WHERE c.relkind = 'p' AND c.relnamespace = current_schema()::regnamespace
    GROUP BY c.relname
    UNION ALL
    SELECT c.relname, pg_total_relation_size(c.oid)
    FROM pg_class AS c
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
"""
_PAGES = """
    SELECT m.tbl_name, s.pgsize FROM dbstat AS s JOIN sqlite_master AS m ON m.name = s.name
    WHERE s.aggregate = TRUE
"""
