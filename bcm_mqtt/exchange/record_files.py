"""Records as CSV, and as Parquet where pyarrow is installed.

CSV is UTF-8 with a header and exact values; an empty cell stands for what there is none of.
"""

import csv
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from io import BufferedWriter, RawIOBase, TextIOWrapper
from itertools import islice
from types import ModuleType
from typing import IO, Any, Final

from bcm_mqtt.archive import load_arrow
from bcm_mqtt.domain.number import whole_of
from bcm_mqtt.domain.time import from_ms, from_text, to_text
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Field, Kind, Record, RecordTable, Value

_LONGEST_CELL: Final = 1 << 30
"""A directory's payload is longer than the csv module expects a cell to be."""


def write_csv(out: RawIOBase, table: RecordTable, batches: Iterable[list[Record]]) -> int:
    """Writes records; returns how many."""
    rows = 0
    with TextIOWrapper(BufferedWriter(out), "utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([field.name for field in table.fields])
        for batch in batches:
            writer.writerows([_cell(value) for value in record] for record in batch)
            rows += len(batch)
    return rows


def read_csv(
    opened: IO[bytes], table: RecordTable, source: str, at_a_time: int
) -> Iterator[list[Record]]:
    """The records of a file, some at a time.

    Args:
        opened: The file.
        table: Of the records; a column that may be missing gives its default.
        source: Name of the file in complaints.
        at_a_time: How many.

    Raises:
        InputError: a column or a cell is not as it should be; the line is said.
    """
    csv.field_size_limit(_LONGEST_CELL)
    with TextIOWrapper(opened, "utf-8", newline="") as text:
        reader = csv.reader(text, strict=True)
        try:
            places = _places(next(reader, []), table, source)
            while rows := list(islice(reader, at_a_time)):
                yield [_record(row, places, table) for row in rows]
        except (csv.Error, UnicodeDecodeError, ValueError, IndexError) as error:
            raise InputError.of(str(error), source=source, line=reader.line_num) from None


def _places(header: list[str], table: RecordTable, source: str) -> list[int | None]:
    """Where in a row each field is."""
    known = {field.name for field in table.fields}
    needed = {field.name for field in table.fields if not field.may_be_missing}
    if not needed <= set(header) <= known or len(set(header)) < len(header):
        expected = ",".join(field.name for field in table.fields)
        raise InputError.of(f"expected the columns {expected}", source=source, line=1)
    return [header.index(field.name) if field.name in header else None for field in table.fields]


def _record(row: list[str], places: list[int | None], table: RecordTable) -> Record:
    return tuple(
        field.default if place is None else _value(row[place], field)
        for place, field in zip(places, table.fields, strict=True)
    )


def _cell(value: Value) -> str | int:
    match value:
        case None:
            return ""
        case int() | str():
            return value
        case tuple():
            return json.dumps(value, separators=(",", ":"))
        case bytes():
            return b64encode(value).decode()
        case datetime():
            return to_text(value)
        case _:
            return value.isoformat()


def _value(cell: str, field: Field) -> Value:
    """Raises ValueError for what is none of the field's kind."""
    if not cell and field.optional:
        return None
    try:
        return _PARSERS[field.kind](cell)
    except (ValueError, TypeError):
        message = f"{field.name}: expected a value of kind {field.kind.value}, not {cell[:40]!r}"
        raise ValueError(message) from None


def _array(cell: str) -> tuple[int | None, ...]:
    numbers = json.loads(cell)
    if not isinstance(numbers, list) or any(
        value is not None and type(value) is not int for value in numbers
    ):
        raise ValueError(cell)
    return tuple(numbers)


def _bytes(cell: str) -> bytes:
    return b64decode(cell, validate=True)


_PARSERS: Final[Mapping[Kind, Callable[[str], Value]]] = {
    Kind.NUMBER: whole_of,
    Kind.TEXT: str,
    Kind.TIME: from_text,
    Kind.DAY: date.fromisoformat,
    Kind.ARRAY: _array,
    Kind.BYTES: _bytes,
}


_ROWS_PER_GROUP = 20_000


def write_parquet(out: RawIOBase, table: RecordTable, batches: Iterable[list[Record]]) -> int:
    """Writes records; returns how many."""
    arrow, parquet = load_arrow()
    schema = arrow.schema(
        [arrow.field(field.name, _type(arrow, field), field.optional) for field in table.fields]
    )
    rows = 0
    waiting: list[Record] = []
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:

        def write() -> None:
            columns = zip(*waiting, strict=True) if waiting else [()] * len(schema)
            arrays = [
                arrow.array(column, field.type)
                for column, field in zip(columns, schema, strict=True)
            ]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))
            waiting.clear()

        for batch in batches:
            waiting += batch
            rows += len(batch)
            if len(waiting) >= _ROWS_PER_GROUP:
                write()
        write()
    return rows


def read_parquet(
    opened: IO[bytes], table: RecordTable, source: str, at_a_time: int
) -> Iterator[list[Record]]:
    """The records of a file, some at a time.

    Args:
        opened: The file, of which parts can be read in any order.
        table: Of the records; a column that may be missing gives its default.
        source: Name of the file in complaints.
        at_a_time: How many.

    Raises:
        InputError: it is no Parquet file, or its columns are others.
    """
    arrow, parquet = load_arrow()
    try:
        file = parquet.ParquetFile(opened)
        names = file.schema_arrow.names
        _check(file.schema_arrow, table, source, arrow)
        # Its threads may still run when the program ends, which it does not survive.
        for batch in file.iter_batches(at_a_time, use_threads=False):
            columns = (
                _values(arrow, batch.column(field.name), field.kind)
                if field.name in names
                else [field.default] * batch.num_rows
                for field in table.fields
            )
            yield list(zip(*columns, strict=True))
    except arrow.ArrowException as error:
        message = f"cannot be read: {str(error).splitlines()[0]}"
        raise InputError.of(message, source=source) from None


def _values(arrow: ModuleType, column: Any, kind: Kind) -> list[Value]:  # noqa: ANN401
    """Its values; pyarrow's own way to times and lists takes ten times as long."""
    if kind is Kind.TIME:
        times = column.cast(arrow.int64()).to_pylist()
        return [None if time is None else from_ms(time) for time in times]
    if kind is Kind.ARRAY:
        flat = column.values.to_pylist()
        ends = column.offsets.to_pylist()
        present = column.is_valid().to_pylist()
        return [
            tuple(flat[start:end]) if there else None
            for start, end, there in zip(ends, ends[1:], present, strict=False)
        ]
    values: list[Value] = column.to_pylist()
    return values


def _check(schema: Any, table: RecordTable, source: str, arrow: ModuleType) -> None:  # noqa: ANN401
    wrong = set(schema.names) - {field.name for field in table.fields}
    for field in table.fields:
        if field.name in schema.names:
            if schema.field(field.name).type != _type(arrow, field):
                wrong.add(field.name)
        elif not field.may_be_missing:
            wrong.add(field.name)
    if wrong:
        message = f"expected the columns of {table.name}: see {', '.join(sorted(wrong))}"
        raise InputError.of(message, source=source)


def _type(arrow: ModuleType, field: Field) -> Any:  # noqa: ANN401
    return {
        Kind.NUMBER: arrow.int64,
        Kind.TEXT: arrow.string,
        Kind.TIME: lambda: arrow.timestamp("ms", "UTC"),
        Kind.DAY: arrow.date32,
        Kind.ARRAY: lambda: arrow.list_(arrow.int64()),
        Kind.BYTES: arrow.binary,
    }[field.kind]()
