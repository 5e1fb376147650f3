"""Polls of a panel as the rows of a Parquet file, and back.

A row is a tuple of a poll's columns, which are those of the table of snapshots. In the file each
pole has a column of its own for each quantity, because a pole's readings are like its readings
before: `current_1` to `current_42` are decimal numbers in its unit, and `current_poles` says how
many the poll had, or null where it had none of that quantity.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from bcm_mqtt.archive.decimals import DIGITS, decimal_column, decimals_of, scale_of, thousandths
from bcm_mqtt.archive.installed import load_arrow
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.time import from_ms, to_ms

COLUMNS: Final = ("time", "source", "seq", "interval_ms", "errors", *Quantity)
"""Of a poll; `errors` is the text that the store has."""
Row = tuple[Any, ...]
"""Values of a poll, by the columns that were asked for."""
_QUANTITIES: Final = {str(one): one for one in Quantity}
_TEXTS: Final = ("source", "errors")
_NUMBERS: Final = ("seq", "interval_ms")
_GROUP: Final = 16_384
"""Rows that are coded together, and read together: 3 days at 15 s."""
_LEVEL: Final = 9
"""Of zstd: the rows cost more time than it does."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file has columns for.

    Attributes:
        poles: How many, by quantity; none of those that no poll has.
        decimals: Of the numbers of these quantities, 0 to 3.
    """

    poles: Mapping[Quantity, int] = field(default_factory=dict)
    decimals: Mapping[Quantity, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Shape":
        """What rows with all `COLUMNS` need."""
        poles: dict[Quantity, int] = {}
        numbers: dict[Quantity, set[int | None]] = {}
        first = len(COLUMNS) - len(Quantity)
        for row in rows:
            for quantity, values in zip(Quantity, row[first:], strict=True):
                if values is not None:
                    poles[quantity] = max(poles.get(quantity, 0), len(values))
                    numbers.setdefault(quantity, set()).update(values)
        return cls(poles, {one: decimals_of(those) for one, those in numbers.items()})

    def __or__(self, other: "Shape") -> "Shape":
        """What holds rows of both."""
        return Shape(_larger(self.poles, other.poles), _larger(self.decimals, other.decimals))

    def columns(self, quantity: Quantity) -> list[str]:
        """Of a quantity, one for each pole."""
        return [f"{quantity}_{pole}" for pole in range(1, self.poles.get(quantity, 0) + 1)]


def _larger(one: Mapping[Quantity, int], other: Mapping[Quantity, int]) -> dict[Quantity, int]:
    there = [quantity for quantity in Quantity if quantity in one or quantity in other]
    return {quantity: max(one.get(quantity, 0), other.get(quantity, 0)) for quantity in there}


def write_rows(out: Any, shape: Shape, rows: Iterable[Row]) -> None:  # noqa: ANN401
    """Writes a file.

    Args:
        out: Open to be written.
        shape: Has room for all rows.
        rows: With all `COLUMNS`, by time.
    """
    pyarrow, parquet = load_arrow()
    schema = _schema(shape)
    numbers = [name for name in schema.names if name not in _TEXTS]
    rows = iter(rows)
    with parquet.ParquetWriter(
        out,
        schema,
        compression="zstd",
        compression_level=_LEVEL,
        store_decimal_as_integer=True,
        use_dictionary=list(_TEXTS),
        column_encoding=dict.fromkeys(numbers, "DELTA_BINARY_PACKED"),
        write_statistics=["time"],
    ) as writer:
        while some := list(islice(rows, _GROUP)):
            arrays = [
                decimal_column(values, part.type)
                if pyarrow.types.is_decimal(part.type)
                else pyarrow.array(values, part.type)
                for values, part in zip(_columns(shape, some), schema, strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))


def _schema(shape: Shape) -> Any:  # noqa: ANN401
    pyarrow, _ = load_arrow()
    number, text = pyarrow.int64(), pyarrow.string()
    fields = [pyarrow.field("time", pyarrow.timestamp("ms", "UTC"), nullable=False)]
    fields += [pyarrow.field("source", text, nullable=False)]
    fields += [pyarrow.field(name, number, nullable=False) for name in _NUMBERS]
    fields += [pyarrow.field("errors", text)]
    for quantity in shape.poles:
        decimal = pyarrow.decimal128(DIGITS, shape.decimals[quantity])
        count, *poles = _names(shape, quantity)
        fields += [pyarrow.field(count, number), *(pyarrow.field(name, decimal) for name in poles)]
    return pyarrow.schema(fields)


def _names(shape: Shape, quantity: Quantity) -> list[str]:
    return [f"{quantity}_poles", *shape.columns(quantity)]


def _columns(shape: Shape, rows: Sequence[Row]) -> Iterator[Sequence[Any]]:
    """Of the file, in the order of its schema."""
    times, *others = zip(*rows, strict=True)
    by_name = dict(zip(COLUMNS[1:], others, strict=True))
    yield [to_ms(time) for time in times]
    for name in COLUMNS[1:5]:
        yield by_name[name]
    for quantity, width in shape.poles.items():
        arrays = by_name[quantity]
        counts = [None if values is None else len(values) for values in arrays]
        yield counts
        if set(counts) != {width}:
            arrays = [(*(values or ()), *[None] * (width - len(values or ()))) for values in arrays]
        yield from zip(*arrays, strict=True)


class PollFile:
    """A file to read from."""

    def __init__(self, opened: Any) -> None:  # noqa: ANN401
        """Takes it open, and reads where its parts are.

        Raises:
            pyarrow.ArrowException: it is no file of polls.
        """
        _, parquet = load_arrow()
        self._file = parquet.ParquetFile(opened)
        self._there = frozenset(self._file.schema_arrow.names)

    @property
    def shape(self) -> Shape:
        """What it has columns for."""
        widths = {
            quantity: sum(name.rpartition("_")[0] == quantity for name in self._there) - 1
            for quantity in Quantity
            if f"{quantity}_poles" in self._there
        }
        schema = self._file.schema_arrow
        decimals = {
            one: scale_of(schema.field(f"{one}_1").type) if width else 0
            for one, width in widths.items()
        }
        return Shape(widths, decimals)

    def rows(
        self,
        columns: Sequence[str],
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        newest_first: bool = False,
    ) -> Iterator[Row]:
        """The polls of start <= t < end, with these columns, by time.

        Args:
            columns: Of `COLUMNS`.
            start: UTC; None is the beginning.
            end: UTC; None is the end.
            newest_first: Whether the last comes first.
        """
        groups = range(self._file.metadata.num_row_groups)
        names = {"time": None} | {name: None for one in columns for name in self._stored(one)}
        for group in reversed(groups) if newest_first else groups:
            since, until = self._span(group)
            if (start and until < to_ms(start)) or (end and since >= to_ms(end)):
                continue
            # Its threads may still run when the program ends, which it does not survive.
            table = self._file.read_row_group(group, list(names), use_threads=False)
            times = _integers(table.column("time"))
            first = int(times.searchsorted(to_ms(start))) if start else 0
            last = int(times.searchsorted(to_ms(end))) if end else len(times)
            table = table.slice(first, last - first)
            rows = list(zip(*(self._values(table, column) for column in columns), strict=True))
            yield from reversed(rows) if newest_first else rows

    def _span(self, group: int) -> tuple[int, int]:
        """Times (ms) of a group's first and last poll."""
        place = self._file.schema_arrow.names.index("time")
        found = self._file.metadata.row_group(group).column(place).statistics
        return found.min_raw, found.max_raw

    def _stored(self, column: str) -> list[str]:
        quantity = _QUANTITIES.get(column)
        if quantity is None:
            return [column]
        return _names(self.shape, quantity) if quantity in self.shape.poles else []

    def _values(self, table: Any, column: str) -> Sequence[Any]:  # noqa: ANN401
        if column == "time":
            return [from_ms(ms) for ms in _integers(table.column(column)).tolist()]
        if column in _TEXTS:
            texts: list[str | None] = table.column(column).to_pylist()
            return texts
        if column in _NUMBERS:
            return _listed(table.column(column))
        quantity = _QUANTITIES[column]
        if quantity not in self.shape.poles:
            return [None] * table.num_rows
        counts = _listed(table.column(f"{quantity}_poles"))
        names = self.shape.columns(quantity)
        columns = (_listed(thousandths(table.column(name))) for name in names)
        arrays = list(zip(*columns, strict=True))
        if set(counts) == {len(names)}:
            return arrays or [()] * table.num_rows
        return [
            None if count is None else values[:count]
            for count, values in zip(counts, arrays or [()] * table.num_rows, strict=True)
        ]


def _integers(column: Any) -> Any:  # noqa: ANN401 - an array of numpy's
    """Of a column without nulls, as 64 bits."""
    pyarrow, _ = load_arrow()
    return column.cast(pyarrow.int64()).to_numpy()


def _listed(column: Any) -> list[int | None]:  # noqa: ANN401
    """Its integers; pyarrow's own way takes ten times as long."""
    if not column.null_count:
        numbers: list[int | None] = column.to_numpy().tolist()
        return numbers
    filled = column.fill_null(0).to_numpy().astype(object)
    filled[column.is_null().to_numpy()] = None
    values: list[int | None] = filled.tolist()
    return values
