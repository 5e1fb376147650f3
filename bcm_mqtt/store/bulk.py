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
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        columns = zip(*rows, strict=True)
        arrays = tuple(
            array_literal(orjson.dumps(values)) if _is_number(column) else list(values)
            for column, values in zip(table.columns, columns, strict=True)
        )
        connection.exec_driver_sql(_postgresql(table, replace), arrays)
    else:
        connection.exec_driver_sql(_sqlite(table, replace), list(rows))


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
            array_literal(orjson.dumps(values)) if _is_number(table.columns[name]) else list(values)
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
def _sqlite(table: Table, replace: bool) -> str:  # noqa: FBT001 - by position, for the cache
    names = [column.name for column in table.columns]
    values = ", ".join("?" * len(names))
    otherwise = _replacing(table, _others(table)) if replace else "ON CONFLICT DO NOTHING"
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values}) {otherwise}"


@cache
def _postgresql(table: Table, replace: bool) -> str:  # noqa: FBT001 - as above
    names = [f'"{column.name}"' for column in table.columns]
    chosen = [_chosen(name, column) for name, column in zip(names, table.columns, strict=True)]
    arrays = [f"%s::{_array(column)}[]" for column in table.columns]
    # What only sets a key to what it is changes nothing and takes the row's lock.
    otherwise = _replacing(table, _others(table) if replace else _keys(table)[-1:])
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(chosen)} "
        f"FROM unnest({', '.join(arrays)}) AS given ({', '.join(names)}) {otherwise}"
    )


def _chosen(name: str, column: Column[Any]) -> str:
    """A column of what is given, in its own type."""
    if isinstance(column.type, UtcTime):
        return f"to_timestamp({name} / 1000.0)"
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


def _is_number(column: Column[Any]) -> bool:
    return type(column.type) in _NUMBERS


def _array(column: Column[Any]) -> str:
    kind = type(column.type)
    return _NUMBERS.get(kind) or _OTHERS.get(kind, "text")
