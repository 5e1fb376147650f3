"""circuits.csv read: one row per circuit version, each with its place in the file."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory.csv_rows import CsvRows, content_of, read_rows, text_of
from bcm_mqtt.config.directory.panel_rows import PanelRow, panel_rows
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.circuit_field import FIELDS, POLES, CircuitField, Poles, Text, Value
from bcm_mqtt.domain.site.directory import Directory, pole_conflicts, version_problems
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.errors import InputError, Problem

USUAL_COLUMNS = ("panel", *(item.name for item in FIELDS if not item.added), "valid_from")
"""Of every file that is made here; programs may read them by their place."""
COLUMNS = (*USUAL_COLUMNS, *(item.name for item in FIELDS if item.added))
REQUIRED = frozenset({"panel", *(item.name for item in FIELDS if item.required)})


def read_circuits(
    file: Path, panels: Mapping[str, Panel], zone: ZoneInfo, refused: Collection[str] = ()
) -> tuple[dict[str, Directory], list[Problem]]:
    """The directory of every panel, by panel id, and every problem of the file.

    Args:
        file: circuits.csv: UTF-8 with or without a byte order mark, as spreadsheets write
            it; lines that start with # are comments.
        panels: Those of the configuration, by id.
        zone: In which a bare date of `valid_from` is a midnight.
        refused: Panels whose own configuration is wrong: their rows are passed over.
    """
    try:
        text = text_of(content_of(file), str(file))
    except InputError as error:
        return {panel.id: Directory(panel) for panel in panels.values()}, list(error.problems)
    table = read_table(text, panels, zone, str(file), refused)
    return table.directories(panels), table.all_problems()


@dataclass(frozen=True, slots=True)
class Row:
    """A circuit version and where it stands.

    Attributes:
        panel: Its id.
        version: What the row says.
        lines: The first and the last line of the row, from 1.
        named: Its cells by column.
    """

    panel: str
    version: CircuitVersion
    lines: tuple[int, int]
    named: Mapping[str, str]


@dataclass(slots=True)
class CircuitTable:
    """What circuits.csv says, row by row.

    Attributes:
        read: The file.
        rows: The good ones.
    """

    read: CsvRows
    rows: list[Row] = field(default_factory=list)

    @property
    def header(self) -> list[str]:
        """Names of its columns."""
        return self.read.header

    @property
    def problems(self) -> list[Problem]:
        """Of single rows; `all_problems` has those between rows, too."""
        return self.read.problems

    def directories(self, panels: Mapping[str, Panel]) -> dict[str, Directory]:
        """The directory of every panel, by panel id."""
        versions = defaultdict[str, list[CircuitVersion]](list)
        for row in self.rows:
            versions[row.panel].append(row.version)
        return {panel.id: Directory(panel, tuple(versions[panel.id])) for panel in panels.values()}

    def conflicts(self) -> Iterator[tuple[Row, Row, str]]:
        """Rows that cannot both be true, in the order of the file, and why."""
        by_panel = defaultdict[str, dict[int, Row]](dict)
        for row in self.rows:
            by_panel[row.panel][id(row.version)] = row
        for rows in by_panel.values():
            for one, other, reason in pole_conflicts(row.version for row in rows.values()):
                first, second = rows[id(one)], rows[id(other)]
                if first.lines > second.lines:
                    first, second = second, first
                yield first, second, reason

    def all_problems(self) -> list[Problem]:
        """Those of single rows, and each conflict as a problem of the later row."""
        return self.problems + [
            Problem(
                self.read.source,
                second.lines[1],
                f"{second.panel} poles",
                f"{reason} (see line {first.lines[1]})",
            )
            for first, second, reason in self.conflicts()
        ]


def read_table(
    text: str,
    panels: Mapping[str, Panel],
    zone: ZoneInfo,
    source: str,
    refused: Collection[str] = (),
) -> CircuitTable:
    """The rows of a text in the format of circuits.csv, and the problem of each bad one.

    Args:
        text: Without a byte order mark.
        panels: See `read_circuits`.
        zone: See `read_circuits`.
        source: Name of the text in problems.
        refused: See `read_circuits`.
    """
    table = CircuitTable(read_rows(text, source, COLUMNS, REQUIRED))
    for row, panel_id, panel in panel_rows(table.read, panels, refused):
        version = _version(row, zone)
        if panel and row.good:
            for message in version_problems(version, panel):
                column = "connection" if message.startswith("connection") else "poles"
                row.complain(column, message)
            table.rows.append(Row(panel_id, version, row.lines, row.cells))
    return table


def has_columns(content: bytes) -> bool:
    """Whether a file begins as circuits.csv does, with a header of its columns."""
    try:
        read = read_rows(text_of(content, ""), "", COLUMNS, ())
    except InputError:
        return False
    return {"panel", POLES.name} <= set(read.header)


def _version(row: PanelRow, zone: ZoneInfo) -> CircuitVersion:
    poles: Poles = ()
    values: dict[CircuitField, Value] = {}
    for item in FIELDS:  # the poles first: what an empty cell means depends on them
        cell = row.cells.get(item.name, "")
        try:
            value = item.read(cell, poles)
        except ValueError as error:
            shown = "" if isinstance(item.kind, Text) else f", not {cell!r}"  # it may be long
            row.complain(item.name, f"{error}{shown}")
            continue
        values[item] = value
        if isinstance(value, tuple):
            poles = value
    return CircuitVersion.of({POLES: (1,)} | values, row.begins(zone))
