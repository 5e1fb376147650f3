"""Rows of a panel schedule: as texts, and as breakers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.domain.site.circuit import CircuitChange
from bcm_mqtt.domain.site.circuit_field import CircuitField, Value


@dataclass(frozen=True, slots=True)
class TextRows:
    """A table as texts: a sheet of a workbook, or a CSV file.

    Attributes:
        title: Of the sheet, or "".
        rows: Its rows.
        lines: Of each row, the line of the file, or the sheet's row; from 1.
    """

    title: str
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A breaker of the schedule.

    Attributes:
        line: Where it stands.
        panel: Id of its panel.
        first_pole: Which identifies it.
        values: What the row states; an empty cell states nothing.
    """

    line: int
    panel: str
    first_pole: int
    values: Mapping[CircuitField, Value]

    def change(self, valid_from: datetime | None) -> CircuitChange:
        """The change that makes the circuit what the row says."""
        return CircuitChange.of(self.panel, self.first_pole, self.values, valid_from)
