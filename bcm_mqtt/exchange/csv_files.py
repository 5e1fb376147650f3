"""Records as CSV: UTF-8, a header, exact values, an empty cell for what there is none of."""

import csv
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from io import BufferedWriter, RawIOBase, TextIOWrapper
from itertools import islice
from typing import IO, Final

from bcm_mqtt.domain.time import from_text, to_text
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
        table: Of the records; a column of an optional field may be missing.
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
    needed = {field.name for field in table.fields if not field.optional}
    if not needed <= set(header) <= known or len(set(header)) < len(header):
        expected = ",".join(field.name for field in table.fields)
        raise InputError.of(f"expected the columns {expected}", source=source, line=1)
    return [header.index(field.name) if field.name in header else None for field in table.fields]


def _record(row: list[str], places: list[int | None], table: RecordTable) -> Record:
    return tuple(
        None if place is None else _value(row[place], field)
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
    found = json.loads(cell)
    if not isinstance(found, list) or any(
        value is not None and type(value) is not int for value in found
    ):
        raise ValueError(cell)
    return tuple(found)


def _bytes(cell: str) -> bytes:
    return b64decode(cell, validate=True)


_PARSERS: Final[Mapping[Kind, Callable[[str], Value]]] = {
    Kind.NUMBER: int,
    Kind.TEXT: str,
    Kind.TIME: from_text,
    Kind.DAY: date.fromisoformat,
    Kind.ARRAY: _array,
    Kind.BYTES: _bytes,
}
