"""circuits.csv as rows to write in, which leaves everything else as it stands."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory.circuit_cells import row_text, texts_of, usual_connection
from bcm_mqtt.config.directory.circuits import CircuitTable, Row, lines_of
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.circuit_change import CircuitChange


@dataclass(slots=True, eq=False)
class _Line:
    """A row, which may take several lines, or any other line of the file.

    Attributes:
        text: As it stands, without its line end.
        end: Its line end; "" at the end of the file, and of a new row.
        change: The one that wrote it last.
        below: What follows.
    """

    text: str = ""
    end: str = ""
    change: CircuitChange | None = None
    below: "_Line | None" = None


@dataclass(slots=True, eq=False)
class CircuitRow(_Line):
    """A row of a circuit.

    Attributes:
        panel: Its id.
        version: What the row says.
        cells: Of the row, without quotes.
    """

    panel: str = field(kw_only=True)
    version: CircuitVersion = field(kw_only=True)
    cells: list[str] = field(kw_only=True)

    @property
    def begins(self) -> datetime:
        """From when on the version holds."""
        return self.version.valid_from


class CircuitSheet:
    """The whole file, from its first line to its last."""

    def __init__(self, text: str, table: CircuitTable, zone: ZoneInfo) -> None:
        """Takes a text and what was read in it without problems."""
        self._zone = zone
        self._columns = list(table.header)
        self._breakers = defaultdict[tuple[str, int], list[CircuitRow]](list)
        self._last_of_panel: dict[str, _Line] = {}
        self._top = self._last = self._header = _Line()  # the top stands above the first line
        lines = lines_of(text)
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

    def rows_of(self, panel: str, first_pole: int) -> Sequence[CircuitRow]:
        """The rows of a breaker, in the order of the file."""
        return self._breakers[panel, first_pole]

    def amend(self, row: CircuitRow, version: CircuitVersion, change: CircuitChange) -> None:
        """Makes a row say something else."""
        self._fill(row.cells, texts_of(row.panel, row.version, self._zone), row.panel, version)
        row.version, row.change, row.text = version, change, row_text(row.cells)

    def add(self, like: CircuitRow | None, version: CircuitVersion, change: CircuitChange) -> None:
        """Adds a row after the last one of its breaker, or of its panel, or at the end.

        Args:
            like: The row whose cells it takes over, where the version says the same.
            version: To be written.
            change: That asked for it.
        """
        panel = change.panel
        cells = list(like.cells) if like else [""] * len(self._columns)
        was = texts_of(panel, like.version, self._zone) if like else {}
        self._fill(cells, was, panel, version)
        row = CircuitRow(row_text(cells), change=change, panel=panel, version=version, cells=cells)
        breaker = self._breakers[panel, version.first_pole]
        above = breaker[-1] if breaker else self._last_of_panel.get(panel, self._last)
        row.below, above.below = above.below, row
        breaker.append(row)
        if above is self._last_of_panel.get(panel, above):
            self._last_of_panel[panel] = row
        if above is self._last:
            self._last = row

    def written(self) -> tuple[str, dict[int, CircuitChange]]:
        """The text, and by line number the changes that wrote these lines."""
        texts = []
        changes = {}
        number = 1
        for line in self._lines():
            end = line.end or self._end
            if line is self._last and not self._ends_with_line_end:
                end = ""
            texts.append(line.text + end)
            after = number + len(lines_of(texts[-1]))
            if line.change:
                changes.update(dict.fromkeys(range(number, after), line.change))
            number = after
        return "".join(texts), changes

    def _read(self, whole: str, row: Row | None) -> None:
        text = whole.removesuffix("\n").removesuffix("\r")
        end = whole[len(text) :]
        if row is None:
            line = _Line(text, end)
        else:
            line = CircuitRow(
                text, end, panel=row.panel, version=row.version, cells=list(row.cells)
            )
            self._breakers[row.panel, row.version.first_pole].append(line)
            self._last_of_panel[row.panel] = line
        self._last.below = line
        self._last = line

    def _fill(
        self, cells: list[str], was: dict[str, str], panel: str, version: CircuitVersion
    ) -> None:
        """Writes those cells that do not say it yet; adds the columns that are missing."""
        texts = texts_of(panel, version, self._zone)
        empty = {"connection": usual_connection(version.poles).value}
        if was.get("poles") != texts["poles"]:
            was.pop("connection", None)  # its empty cell means something else now
        for column, text in texts.items():
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
