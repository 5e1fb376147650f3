"""A CSV file of the site read: its rows with their places, and what is no CSV."""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Final, NamedTuple

from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import text_instead, utf8_of

_SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}


class CsvRow(NamedTuple):
    """A row and where it stands.

    Attributes:
        lines: The first and the last line of the row, from 1.
        cells: As they stand, but without quotes.
    """

    lines: tuple[int, int]
    cells: tuple[str, ...]


@dataclass(slots=True)
class CsvRows:
    """What a file says, row by row.

    Attributes:
        source: Name of the file in problems.
        text: Of the whole file, without a byte order mark.
        header: Names of its columns.
        header_line: The last line of the header.
        rows: Those with as many cells as columns, or fewer.
        problems: Of the header and of single rows.
    """

    source: str
    text: str
    header: list[str] = field(default_factory=list)
    header_line: int = 0
    rows: list[CsvRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, line: int, column: str, message: str) -> None:
        """Adds a problem."""
        self.problems.append(Problem(self.source, line, column, message))

    def named(self, row: CsvRow) -> dict[str, str]:
        """The row's cells by column; "" where it is shorter."""
        return dict(zip_longest(self.header, map(str.strip, row.cells), fillvalue=""))


def read_rows(text: str, source: str, columns: Sequence[str], required: Collection[str]) -> CsvRows:
    """The rows of a text; lines that start with # are comments.

    Args:
        text: Without a byte order mark.
        source: Name of the text in problems.
        columns: That it may have.
        required: Those that it must have.
    """
    read = CsvRows(source, text)
    # A comment becomes an empty line, so that the reader's line numbers stay right.
    # Strict, or a quote that is never closed would swallow the rows after it.
    lines = ("\n" if line.startswith("#") else line for line in lines_of(text))
    reader = csv.reader(lines, strict=True)
    last = 0
    try:
        for cells in reader:
            first, last = last + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not read.header:
                read.header = [cell.strip().lower() for cell in cells]
                read.header_line = last
                _check_header(read, columns, required)
                if read.problems:
                    return read
            elif len(cells) > len(read.header):
                message = (
                    f"{len(cells)} cells for {len(read.header)} columns: quote a cell with a comma"
                )
                read.complain(last, "", message)
            else:
                read.rows.append(CsvRow((first, last), tuple(cells)))
    except csv.Error as error:
        read.complain(last + 1, "", f"not CSV from here on: {error}")
        return read
    if not read.header:
        read.complain(1, "", f"is empty: expected the columns {','.join(columns)}")
    return read


def _check_header(read: CsvRows, columns: Sequence[str], required: Collection[str]) -> None:
    header, line, expected = read.header, read.header_line, ",".join(columns)
    for separator, name in _SEPARATORS.items():
        cells = header[0].split(separator)
        if len(header) == 1 < len(cells) and {*cells} >= {*required}:
            read.complain(line, "", f"{name} between columns: expected commas; save it with commas")
            return
    for name in sorted(set(required) - set(header)):
        read.complain(line, name, f"column is required: expected {expected}")
    for name in header:
        if name not in columns:
            read.complain(line, name, f"unknown column: expected {expected}")
        elif header.count(name) > 1:
            read.complain(line, name, "expected each column once")


def content_of(file: Path) -> bytes:
    """The bytes of the file; raises InputError where it cannot be read."""
    if (proposed := text_instead(file)) is not None:
        return proposed.encode()
    try:
        return file.read_bytes()
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise InputError.of(message, source=str(file)) from None


def text_of(content: bytes, source: str) -> str:
    """The text of the file's bytes, without a byte order mark; raises InputError."""
    return utf8_of(content, source)


def lines_of(text: str) -> list[str]:
    """Its lines with their ends, counted as the problems count them: LF, CR LF or CR end one."""
    return list(io.StringIO(text, newline=""))
