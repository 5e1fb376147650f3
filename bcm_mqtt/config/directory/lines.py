"""A CSV file as lines to write rows in, which leaves everything else byte for byte."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bcm_mqtt.config.directory.csv_rows import CsvRows, lines_of


@dataclass(slots=True, eq=False)
class Line:
    """A row, which may take several lines, or any other line of the file.

    Attributes:
        text: As it stands, without its line end.
        end: Its line end; "" at the end of the file, and of a new row.
        cells: Of a row, without quotes.
        below: What follows.
    """

    text: str = ""
    end: str = ""
    cells: list[str] = field(default_factory=list)
    below: "Line | None" = None


class SheetLines:
    """The whole file, from its first line to its last.

    Attributes:
        columns: Names of the header.
        rows: In the order in which they were read.
    """

    def __init__(self, read: CsvRows) -> None:
        """Begins with a file that was read without problems."""
        self.columns = list(read.header)
        self.rows: list[Line] = []
        self._top = self._last = self._header = Line()  # the top stands above the first line
        lines = lines_of(read.text)
        rows = {row.lines[0]: row for row in read.rows}
        number = 1
        while number <= len(lines):
            row = rows.get(number)
            last = row.lines[1] if row else number
            self._read("".join(lines[number - 1 : last]))
            if row:
                self._last.cells = list(row.cells)
                self.rows.append(self._last)
            if last == read.header_line:
                self._header = self._last
            number = last + 1
        self._end = self._header.end or "\n"
        self._ends_with_line_end = self._last.end != ""

    def amend(self, row: Line, cells: list[str]) -> None:
        """Replaces a row's cells."""
        row.cells, row.text = cells, row_text(cells)

    def insert(self, cells: list[str], above: Line | None) -> Line:
        """Adds a row below another line; at the end where that is None."""
        above = above or self._last
        new = Line(row_text(cells), cells=cells, below=above.below)
        above.below = new
        if above is self._last:
            self._last = new
        return new

    def put(self, cells: list[str], column: str, text: str) -> None:
        """Sets a row's cell, in a new column where the file has none of that name."""
        if column not in self.columns:
            self.columns.append(column)
            self._header.text += f",{column}"
        index = self.columns.index(column)
        cells += [""] * (index + 1 - len(cells))
        cells[index] = text

    def text(self) -> str:
        """The file as it is now."""
        texts = []
        for line in self._lines():
            is_open_end = line is self._last and not self._ends_with_line_end
            texts.append(line.text + ("" if is_open_end else line.end or self._end))
        return "".join(texts)

    def _read(self, whole: str) -> None:
        text = whole.removesuffix("\n").removesuffix("\r")
        line = Line(text, whole[len(text) :])
        self._last.below = line
        self._last = line

    def _lines(self) -> Iterator[Line]:
        line = self._top.below
        while line:
            yield line
            line = line.below


def row_text(cells: list[str]) -> str:
    """A row without its line end, quoted where commas, quotes or a first # need it."""
    return ",".join(map(_quoted, cells))


def _quoted(cell: str) -> str:
    if cell.startswith("#") or any(mark in cell for mark in ',"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell
