"""Rows that are each about a panel of the site and hold from a time on, while they are read."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory.csv_rows import CsvRow, CsvRows
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.time import BEGINNING, instant_of

_Panel = TypeVar("_Panel")


class PanelRow:
    """A row while it is read.

    Attributes:
        cells: By column; "" where the row is shorter.
        lines: The first and the last line of the row, from 1.
    """

    def __init__(self, read: CsvRows, row: CsvRow) -> None:
        """Begins without a problem."""
        self.cells = read.named(row)
        self.lines = row.lines
        self._read = read
        self._before = len(read.problems)

    @property
    def good(self) -> bool:
        """Whether nothing of it was wrong so far."""
        return len(self._read.problems) == self._before

    def complain(self, column: str, message: str) -> None:
        """Adds a problem of the row."""
        self._read.complain(self.lines[1], column, message)

    def begins(self, zone: ZoneInfo) -> datetime:
        """Its `valid_from`, UTC; a bare date is a midnight of the zone, nothing is always."""
        cell = self.cells.get("valid_from", "")
        try:
            return instant_of(cell, zone) if cell else BEGINNING
        except ValueError as error:
            self.complain("valid_from", f"{error}, not {cell!r}")
            return BEGINNING


def panel_rows(
    read: CsvRows, panels: Mapping[str, _Panel], refused: Collection[str]
) -> Iterator[tuple[PanelRow, str, _Panel | None]]:
    """Each row with the id of its panel and the panel; None, and a problem, where there is none.

    Args:
        read: The file, with a column `panel`.
        panels: Those of the configuration, by id.
        refused: Panels whose own configuration is wrong: their rows are passed over.
    """
    for row in read.rows:
        reading = PanelRow(read, row)
        panel_id = reading.cells["panel"]
        if panel_id in refused:
            continue
        if panel_id not in panels:
            reading.complain("panel", unknown("panel", panel_id, panels))
        yield reading, panel_id, panels.get(panel_id)
