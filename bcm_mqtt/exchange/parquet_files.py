"""Records as Parquet, where pyarrow is installed."""

from collections.abc import Iterable, Iterator
from io import RawIOBase
from types import ModuleType
from typing import IO, Any

from bcm_mqtt.domain.time import from_ms
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import Field, Kind, Record, RecordTable, Value

_ROWS_PER_GROUP = 20_000


def check_installed() -> None:
    """Whether Parquet can be had.

    Raises:
        WorkError: pyarrow is not installed.
    """
    _pyarrow()


def write_parquet(out: RawIOBase, table: RecordTable, batches: Iterable[list[Record]]) -> int:
    """Writes records; returns how many."""
    arrow, parquet = _pyarrow()
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
        table: Of the records; a column of an optional field may be missing.
        source: Name of the file in complaints.
        at_a_time: How many.

    Raises:
        InputError: it is no Parquet file, or its columns are others.
    """
    arrow, parquet = _pyarrow()
    try:
        file = parquet.ParquetFile(opened)
        names = file.schema_arrow.names
        _check(file.schema_arrow, table, source, arrow)
        # Its threads may still run when the program ends, which it does not survive.
        for batch in file.iter_batches(at_a_time, use_threads=False):
            columns = (
                _values(arrow, batch.column(field.name), field.kind)
                if field.name in names
                else [None] * batch.num_rows
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
    found: list[Value] = column.to_pylist()
    return found


def _check(found: Any, table: RecordTable, source: str, arrow: ModuleType) -> None:  # noqa: ANN401
    wrong = set(found.names) - {field.name for field in table.fields}
    for field in table.fields:
        if field.name in found.names:
            if found.field(field.name).type != _type(arrow, field):
                wrong.add(field.name)
        elif not field.optional:
            wrong.add(field.name)
    if wrong:
        message = f"expected the columns of {table.name}: see {', '.join(sorted(wrong))}"
        raise InputError.of(message, source=source)


def _pyarrow() -> tuple[ModuleType, ModuleType]:
    try:
        import pyarrow  # noqa: PLC0415, ICN001 - large, and an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        message = "Parquet needs pyarrow: install bcm-mqtt with the extra parquet"
        raise WorkError(message) from None
    return pyarrow, parquet


def _type(arrow: ModuleType, field: Field) -> Any:  # noqa: ANN401
    return {
        Kind.NUMBER: arrow.int64,
        Kind.TEXT: arrow.string,
        Kind.TIME: lambda: arrow.timestamp("ms", "UTC"),
        Kind.DAY: arrow.date32,
        Kind.ARRAY: lambda: arrow.list_(arrow.int64()),
        Kind.BYTES: arrow.binary,
    }[field.kind]()
