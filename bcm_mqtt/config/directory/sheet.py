"""circuits.csv as a sheet to write edits of circuits in."""

from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory.lines import Line, SheetLines
from bcm_mqtt.config.directory.table import CircuitTable
from bcm_mqtt.domain.site.circuit import CircuitEdit, CircuitVersion
from bcm_mqtt.domain.site.circuit_field import FIELDS, text_of

_Key: TypeAlias = tuple[str, int, datetime]
"""Of a row: its panel, the first pole of its breaker, and when its version begins."""


class CircuitSheet:
    """The whole file, from its first line to its last."""

    def __init__(self, table: CircuitTable, zone: ZoneInfo) -> None:
        """Begins with a table that was read without problems."""
        self._zone = zone
        self._lines = SheetLines(table.read)
        self._rows: dict[_Key, tuple[Line, CircuitVersion]] = {}
        self._last_of_breaker: dict[tuple[str, int], Line] = {}
        self._last_of_panel: dict[str, Line] = {}
        # A sheet that is written to has good rows only, so each has its line.
        for row, line in zip(table.rows, self._lines.rows, strict=True):
            self._last_of_panel[row.panel] = line
            self._index(row.panel, line, row.version)

    def write(self, edit: CircuitEdit) -> None:
        """Amends the row of the version that was edited, or adds one for the new version.

        A new row stands after the last one of its breaker, or of its panel, or at the end; it
        copies the cells of the version before, where the new one says the same.
        """
        breaker = edit.panel, edit.after.first_pole
        row, before = None, None
        if edit.before:
            row, before = self._rows[*breaker, edit.before.valid_from]
        cells = list(row.cells) if row else [""] * len(self._lines.columns)
        self._fill(cells, edit.panel, before, edit.after)
        if row and before and before.valid_from == edit.after.valid_from:
            self._lines.amend(row, cells)
            self._index(edit.panel, row, edit.after)
            return
        of_panel = self._last_of_panel.get(edit.panel)
        above = self._last_of_breaker.get(breaker, of_panel)
        new = self._lines.insert(cells, above)
        if above is of_panel:
            self._last_of_panel[edit.panel] = new
        self._index(edit.panel, new, edit.after)

    def text(self) -> str:
        """The file as it is now."""
        return self._lines.text()

    def _index(self, panel: str, row: Line, version: CircuitVersion) -> None:
        self._rows[panel, version.first_pole, version.valid_from] = row, version
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
            missing = column not in self._lines.columns
            if was.get(column) == text or (missing and text == empty.get(column, "")):
                continue
            self._lines.put(cells, column, text)
