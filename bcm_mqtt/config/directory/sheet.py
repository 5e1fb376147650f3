"""circuits.csv as lines to write edits in, which leaves everything else byte for byte."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory.table import CircuitTable, Row, lines_of
from bcm_mqtt.domain.site.circuit import CircuitEdit, CircuitVersion
from bcm_mqtt.domain.site.circuit_field import FIELDS, text_of

_Key: TypeAlias = tuple[str, int, datetime]
"""Of a row: its panel, the first pole of its breaker, and when its version begins."""


@dataclass(slots=True, eq=False)
class _Line:
    """A row, which may take several lines, or any other line of the file.

    Attributes:
        text: As it stands, without its line end.
        end: Its line end; "" at the end of the file, and of a new row.
        below: What follows.
    """

    text: str = ""
    end: str = ""
    below: "_Line | None" = None


@dataclass(slots=True, eq=False)
class _CircuitRow(_Line):
    """A row of a circuit: its version, and its cells without quotes."""

    version: CircuitVersion = field(kw_only=True)
    cells: list[str] = field(kw_only=True)


class CircuitSheet:
    """The whole file, from its first line to its last."""

    def __init__(self, table: CircuitTable, zone: ZoneInfo) -> None:
        """Begins with a table that was read without problems."""
        self._zone = zone
        self._columns = list(table.header)
        self._rows: dict[_Key, _CircuitRow] = {}
        self._last_of_breaker: dict[tuple[str, int], _Line] = {}
        self._last_of_panel: dict[str, _Line] = {}
        self._top = self._last = self._header = _Line()  # the top stands above the first line
        lines = lines_of(table.text)
        rows = {row.lines[0]: row for row in table.rows}
        number = 1
        while number <= len(lines):
            row = rows.get(number)
            last = row.lines[1] if row else number
            self._read("".join(lines[number - 1 : last]), row)
            if last == table.header_line:
                self._header = self._last
            number = last + 1
        self._end = self._header.end or "\n"
        self._ends_with_line_end = self._last.end != ""

    def write(self, edit: CircuitEdit) -> None:
        """Amends the row of the version that was edited, or adds one for the new version.

        A new row stands after the last one of its breaker, or of its panel, or at the end; it
        copies the cells of the version before, where the new one says the same.
        """
        breaker = edit.panel, edit.after.first_pole
        row = self._rows[*breaker, edit.before.valid_from] if edit.before else None
        if row and row.version.valid_from == edit.after.valid_from:
            self._fill(row.cells, edit.panel, row.version, edit.after)
            row.version, row.text = edit.after, row_text(row.cells)
            return
        cells = list(row.cells) if row else [""] * len(self._columns)
        self._fill(cells, edit.panel, row.version if row else None, edit.after)
        new = _CircuitRow(row_text(cells), version=edit.after, cells=cells)
        above = self._last_of_breaker.get(breaker, self._last_of_panel.get(edit.panel, self._last))
        new.below, above.below = above.below, new
        if above is self._last_of_panel.get(edit.panel, above):
            self._last_of_panel[edit.panel] = new
        if above is self._last:
            self._last = new
        self._index(edit.panel, new)

    def text(self) -> str:
        """The file as it is now."""
        texts = []
        for line in self._lines():
            is_open_end = line is self._last and not self._ends_with_line_end
            texts.append(line.text + ("" if is_open_end else line.end or self._end))
        return "".join(texts)

    def _read(self, whole: str, row: Row | None) -> None:
        text = whole.removesuffix("\n").removesuffix("\r")
        end = whole[len(text) :]
        line = _Line(text, end)
        if row:
            line = _CircuitRow(text, end, version=row.version, cells=list(row.cells))
            self._last_of_panel[row.panel] = line
            self._index(row.panel, line)
        self._last.below = line
        self._last = line

    def _index(self, panel: str, row: _CircuitRow) -> None:
        version = row.version
        self._rows[panel, version.first_pole, version.valid_from] = row
        self._last_of_breaker[panel, version.first_pole] = row

    def _fill(
        self, cells: list[str], panel: str, before: CircuitVersion | None, after: CircuitVersion
    ) -> None:
        """Writes those cells that do not say it yet; adds the columns that are missing."""
        was = {"panel": panel, **before.texts(self._zone)} if before else {}
        if before and before.poles != after.poles:
            for item in FIELDS:  # an empty cell may mean something else now
                if item.empty(before.poles) != item.empty(after.poles):
                    del was[item.name]
        empty = {item.name: text_of(item.empty(after.poles)) for item in FIELDS}
        for column, text in {"panel": panel, **after.texts(self._zone)}.items():
            missing = column not in self._columns
            if was.get(column) == text or (missing and text == empty.get(column, "")):
                continue
            if missing:
                self._columns.append(column)
                self._header.text += f",{column}"
            index = self._columns.index(column)
            cells += [""] * (index + 1 - len(cells))
            cells[index] = text

    def _lines(self) -> Iterator[_Line]:
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
