"""meters.csv read: one row per instrument and time, each with its place in the file."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory.csv_rows import CsvRows, content_of, read_rows, text_of
from bcm_mqtt.config.directory.panel_rows import PanelRow, panel_rows
from bcm_mqtt.domain.site.instrument import Instrument, instrument_conflicts, instrument_problems
from bcm_mqtt.domain.site.instrument_edit import MeteredPanel
from bcm_mqtt.domain.site.instrument_field import FIELDS
from bcm_mqtt.errors import InputError, Problem

METER_COLUMNS = ("panel", "unit_id", "poles", "valid_from", *(item.name for item in FIELDS))


@dataclass(frozen=True, slots=True)
class MeterRow:
    """An instrument and where it stands.

    Attributes:
        panel: Its id.
        instrument: What the row says.
        line: The last line of the row, from 1.
    """

    panel: str
    instrument: Instrument
    line: int


@dataclass(slots=True)
class MeterTable:
    """What meters.csv says, row by row.

    Attributes:
        read: The file.
        rows: The good ones.
    """

    read: CsvRows
    rows: list[MeterRow] = field(default_factory=list)

    def instruments(self) -> dict[str, tuple[Instrument, ...]]:
        """Those of every panel that has any, by panel id, in the order of the file."""
        by_panel = defaultdict[str, list[Instrument]](list)
        for row in self.rows:
            by_panel[row.panel].append(row.instrument)
        return {panel: tuple(rows) for panel, rows in by_panel.items()}

    def all_problems(self) -> list[Problem]:
        """Those of single rows, and each conflict as a problem of the later row."""
        lines = {id(row.instrument): row.line for row in self.rows}
        problems = list(self.read.problems)
        for panel, instruments in self.instruments().items():
            for one, other, reason in instrument_conflicts(instruments):
                message = f"{reason} (see line {lines[id(one)]})"
                place = f"{panel} valid_from"
                problems.append(Problem(self.read.source, lines[id(other)], place, message))
        return problems


def read_meters(
    file: Path, panels: Mapping[str, MeteredPanel], zone: ZoneInfo, refused: Collection[str] = ()
) -> tuple[dict[str, tuple[Instrument, ...]], list[Problem]]:
    """The instruments of every panel that has any, by panel id, and every problem of the file.

    Args:
        file: meters.csv: UTF-8 with or without a byte order mark; lines that start with # are
            comments.
        panels: Those of the configuration, by id.
        zone: In which a bare date of `valid_from` is a midnight.
        refused: Panels whose own configuration is wrong: their rows are passed over.
    """
    try:
        text = text_of(content_of(file), str(file))
    except InputError as error:
        return {}, list(error.problems)
    table = meter_table(text, panels, zone, str(file), refused)
    return table.instruments(), table.all_problems()


def meter_table(
    text: str,
    panels: Mapping[str, MeteredPanel],
    zone: ZoneInfo,
    source: str,
    refused: Collection[str] = (),
) -> MeterTable:
    """The rows of a text in the format of meters.csv, and the problem of each bad one.

    Args:
        text: Without a byte order mark.
        panels: See `read_meters`.
        zone: See `read_meters`.
        source: Name of the text in problems.
        refused: See `read_meters`.
    """
    table = MeterTable(read_rows(text, source, METER_COLUMNS, ("panel",)))
    for row, panel_id, metered in panel_rows(table.read, panels, refused):
        if metered and (instrument := _instrument(row, metered, zone)):
            table.rows.append(MeterRow(panel_id, instrument, row.lines[1]))
    return table


def _instrument(row: PanelRow, metered: MeteredPanel, zone: ZoneInfo) -> Instrument | None:
    """What a row says; None where it is bad."""
    poles, unit_id = _poles(row, metered)
    begins = row.begins(zone)
    values = {}
    for item in FIELDS:
        cell = row.cells.get(item.name, "")
        try:
            values[item] = item.value(cell)
        except ValueError as error:
            row.complain(item.name, f"{error}, not {cell!r}")
    if not row.good:
        return None
    instrument = Instrument.of(poles, unit_id, begins, values)
    for column, message in instrument_problems(instrument, metered.panel):
        row.complain(column, message)
    return instrument if row.good else None


def _poles(row: PanelRow, metered: MeteredPanel) -> tuple[tuple[int, ...], int | None]:
    unit, named = row.cells.get("unit_id", ""), row.cells.get("poles", "")
    if bool(unit) == bool(named):
        row.complain("poles", "expected either poles or a unit_id in each row")
    elif named:
        try:
            return poles_of(named), None
        except ValueError as error:
            row.complain("poles", f"{error}, not {named!r}")
    else:
        known = {str(unit_id): unit_id for unit_id in metered.units}
        if unit in known:
            return metered.units[known[unit]], known[unit]
        of_panel = ", ".join(known)
        message = f"panel {metered.panel.id} has no unit id {unit!r}: expected one of {of_panel}"
        row.complain("unit_id", message)
    return (), None


def poles_of(text: str) -> tuple[int, ...]:
    """The poles of `1+3+5`, however many; raises ValueError."""
    if not re.fullmatch(r"[0-9]{1,3}( *\+ *[0-9]{1,3})*", text):
        message = "expected poles such as 1 or 1+3+5"
        raise ValueError(message)
    poles = tuple(int(part) for part in text.split("+"))
    if list(poles) != sorted(set(poles)):
        message = "expected each pole once, ascending"
        raise ValueError(message)
    return poles
