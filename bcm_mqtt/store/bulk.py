"""Many rows at once, in the way that costs each database least.

SQLite takes one prepared statement and tuples. PostgreSQL takes one statement with an
array for each column: a third of the time of a statement for each row.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
)
from sqlalchemy.types import TypeEngine

from bcm_mqtt.store.types import ThousandthsArray, UtcTime, array_literal

Row = tuple[int | str | bytes | None, ...]
"""A value for each column of the table, in its order; times as ms since 1970."""

_Types = dict[type[TypeEngine[Any]], str]
_NUMBERS: Final[_Types] = {
    BigInteger: "bigint",
    Integer: "int",
    SmallInteger: "smallint",
    UtcTime: "bigint",
}
_NOTHING: Final = "ON CONFLICT DO NOTHING"
_OTHERS: Final[_Types] = {Date: "date", LargeBinary: "bytea"}


def put(connection: Connection, table: Table, rows: Sequence[Row], *, replace: bool) -> None:
    """Inserts rows with distinct keys.

    Args:
        connection: Within a transaction.
        table: With a primary key; its columns are integers, times, texts, bytes and arrays, which
            come as `array_text`.
        rows: Complete.
        replace: Whether a row takes the place of the one with its key. Otherwise that one
            stays as it is, but is locked until the transaction ends, so that who deletes
            it meanwhile has to see what else this transaction wrote.
    """
    if replace:
        otherwise = _replacing(table, _others(table))
    elif connection.dialect.name == "postgresql":
        # What only sets a key to what it is changes nothing and takes the row's lock.
        otherwise = _replacing(table, _keys(table)[-1:])
    else:
        otherwise = _NOTHING
    _insert(connection, table, rows, otherwise)


def add(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Inserts the rows whose keys are not there yet, each once; returns how many those were.

    Args:
        connection: Within a transaction.
        table: As for `put`.
        rows: Complete; several may have the same key.
    """
    return _insert(connection, table, rows, _NOTHING)


def _insert(connection: Connection, table: Table, rows: Sequence[Row], otherwise: str) -> int:
    if not rows:
        return 0
    if connection.dialect.name == "postgresql":
        columns = zip(*rows, strict=True)
        arrays = tuple(
            array_literal(orjson.dumps(values)) if _has_plain_text(column) else list(values)
            for column, values in zip(table.columns, columns, strict=True)
        )
        return connection.exec_driver_sql(_postgresql(table, otherwise), arrays).rowcount
    return connection.exec_driver_sql(_sqlite(table, otherwise), list(rows)).rowcount


def put_columns(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Inserts rows that are not there, in columns.

    Args:
        connection: Within a transaction.
        table: As for `put`.
        columns: By name; of the others a row has the default.
    """
    names = tuple(columns)
    if connection.dialect.name == "postgresql":
        arrays = tuple(
            array_literal(orjson.dumps(values))
            if _has_plain_text(table.columns[name])
            else list(values)
            for name, values in columns.items()
        )
        connection.exec_driver_sql(_postgresql_columns(table, names), arrays)
    elif rows := list(zip(*columns.values(), strict=True)):
        places = ", ".join("?" * len(names))
        insert = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})"
        connection.exec_driver_sql(insert, rows)


@cache
def _postgresql_columns(table: Table, names: Sequence[str]) -> str:
    quoted = [f'"{name}"' for name in names]
    columns = [table.columns[name] for name in names]
    chosen = map(_chosen, quoted, columns)
    arrays = [f"%s::{_array(column)}[]" for column in columns]
    return (
        f"INSERT INTO {table.name} ({', '.join(quoted)}) SELECT {', '.join(chosen)} "
        f"FROM unnest({', '.join(arrays)}) AS given ({', '.join(quoted)})"
    )


@cache
def _sqlite(table: Table, otherwise: str) -> str:
    names = [column.name for column in table.columns]
    values = ", ".join("?" * len(names))
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values}) {otherwise}"


@cache
def _postgresql(table: Table, otherwise: str) -> str:
    names = [f'"{column.name}"' for column in table.columns]
    chosen = [_chosen(name, column) for name, column in zip(names, table.columns, strict=True)]
    arrays = [f"%s::{_array(column)}[]" for column in table.columns]
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(chosen)} "
        f"FROM unnest({', '.join(arrays)}) AS given ({', '.join(names)}) {otherwise}"
    )


def _chosen(name: str, column: Column[Any]) -> str:
    """A column of what is given, in its own type."""
    if isinstance(column.type, UtcTime):
        # Exact, which a fraction of seconds is not at all times.
        return f"to_timestamp({name} / 1000) + {name} %% 1000 * interval '1 millisecond'"
    if isinstance(column.type, ThousandthsArray):
        return f"{name}::{'bigint' if column.type.big else 'int'}[]"
    return name


def _replacing(table: Table, names: Sequence[str]) -> str:
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in names)
    return f"ON CONFLICT ({', '.join(_keys(table))}) DO UPDATE SET {changes}"


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _others(table: Table) -> list[str]:
    keys = _keys(table)
    return [column.name for column in table.columns if column.name not in keys]


def _has_plain_text(column: Column[Any]) -> bool:
    """Whether JSON writes its values as PostgreSQL reads them: numbers, and arrays of them."""
    return type(column.type) in {*_NUMBERS, ThousandthsArray}


def _array(column: Column[Any]) -> str:
    kind = type(column.type)
    return _NUMBERS.get(kind) or _OTHERS.get(kind, "text")
