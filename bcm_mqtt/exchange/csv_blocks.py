"""A CSV file by blocks of rows, each column as its distinct cells and which of them a row has.

Where pyarrow is installed it takes the plain blocks: those without quotes, in which each line is
a row of as many cells as there are columns. All others, and all where it is not, are read by the
csv module, which says what is wrong with a line. Both give the same.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from types import ModuleType
from typing import Any, BinaryIO, Final

import numpy as np

from bcm_mqtt.domain.interval.slots import Integers

_BLOCK: Final = 8 << 20
"""Bytes; as many lines as fit."""
_NEW_LINE: Final = ord("\n")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a block.

    Attributes:
        cells: Those that are in it; mostly each once.
        codes: Index of the cell of each row.
    """

    cells: Sequence[str]
    codes: Integers


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that follow one another.

    Attributes:
        lines: Line of each row.
        columns: In the order of the file.
        wrong: Lines that are no rows, and why.
        is_last: Whether nothing after it can be read.
    """

    lines: Integers
    columns: Sequence[Column]
    wrong: Sequence[tuple[int, str]] = ()
    is_last: bool = False


def header_of(file: BinaryIO) -> list[str]:
    """The cells of a file's first line, which is read.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
        csv.Error: it is no CSV.
    """
    line, begun = file.readline(_BLOCK), file.tell()
    first, end, rest = line.partition(b"\r")
    if end and rest.strip(b"\n"):  # an old Macintosh's, whose lines end so
        file.seek(begun - len(rest))
    return next(csv.reader([first.decode("utf-8-sig")]), [])


def blocks(file: BinaryIO, width: int) -> Iterator[Block]:
    """The rows of a file.

    Args:
        file: From its second line on.
        width: How many columns there are.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    arrow = _arrow()
    line = 2
    for data in _whole_lines(file):
        plain = arrow and _plain_columns(arrow, data, width)
        if plain:
            count = len(plain[0].codes)
            block = Block(np.arange(line, line + count), plain)
        else:
            block, count = _any_block(data.decode(), width, line)
        yield block
        if block.is_last:
            return
        line += count


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    rest = b""
    while data := file.read(_BLOCK):
        # What has no end of a line in so many bytes is no row, and is not collected.
        # A "\r" at its end may be half of one.
        end = data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, -1) + 1 or len(data)
        yield rest + data[:end]
        rest = data[end:]
    if rest:
        yield rest + b"\n"


def _arrow() -> ModuleType | None:
    try:
        import pyarrow.csv  # noqa: PLC0415 - large, and an extra
    except ImportError:
        return None
    return pyarrow


def _plain_columns(arrow: ModuleType, data: bytes, width: int) -> list[Column] | None:
    """The columns of a block by pyarrow; None where it is not plain."""
    if b'"' in data or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n")):
        return None
    names = list(map(str, range(width)))
    distinct = arrow.dictionary(arrow.int32(), arrow.string())
    try:
        table = arrow.csv.read_csv(
            arrow.BufferReader(data),
            arrow.csv.ReadOptions(column_names=names, block_size=len(data) + 1),
            arrow.csv.ParseOptions(quote_char=False),
            arrow.csv.ConvertOptions(column_types=dict.fromkeys(names, distinct), null_values=[]),
        )
    except arrow.ArrowInvalid:
        return None
    lines = np.count_nonzero(np.frombuffer(data, np.uint8) == _NEW_LINE)
    if table.num_rows != lines:  # it leaves out empty ones
        return None
    return [_column(table.column(name).chunk(0)) for name in names]


def _column(array: Any) -> Column:  # noqa: ANN401 - of pyarrow
    return Column(array.dictionary.to_pylist(), array.indices.to_numpy())


def _any_block(text: str, width: int, line: int) -> tuple[Block, int]:
    """A block by the csv module, and how many lines it has."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    rows, lines = list[list[str]](), list[int]()
    wrong = list[tuple[int, str]]()
    is_last = False
    try:
        for row in reader:
            if len(row) == width:
                rows.append(row)
                lines.append(line - 1 + reader.line_num)
            elif row:
                wrong.append((line - 1 + reader.line_num, f"expected {width} cells"))
    except csv.Error as error:
        wrong.append((line - 1 + reader.line_num, str(error)))
        is_last = True
    columns = list(zip(*rows, strict=True)) or [()] * width
    block = Block(np.array(lines, np.int64), list(map(_distinct, columns)), wrong, is_last)
    return block, reader.line_num


def _distinct(cells: Sequence[str]) -> Column:
    codes: dict[str, int] = {}
    found = [codes.setdefault(cell, len(codes)) for cell in cells]
    return Column(list(codes), np.array(found, np.int64))
