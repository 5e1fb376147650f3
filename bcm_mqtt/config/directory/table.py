"""circuits.csv read: one row per circuit version, each with its place in the file."""

import csv
import io
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from zoneinfo import ZoneInfo

from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.circuit_field import FIELDS, POLES, CircuitField, Poles, Text, Value
from bcm_mqtt.domain.site.directory import Directory, pole_conflicts, version_problems
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import BEGINNING, instant_of
from bcm_mqtt.errors import InputError, Problem

COLUMNS = ("panel", *(item.name for item in FIELDS), "valid_from")
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


def content_of(file: Path) -> bytes:
    """The bytes of the file; raises InputError where it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise InputError.of(message, source=str(file)) from None


def text_of(content: bytes, source: str) -> str:
    """The text of the file's bytes, without a byte order mark; raises InputError."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError.of(f"is not UTF-8 text: {error}", source=source) from None


def lines_of(text: str) -> list[str]:
    """Its lines with their ends, counted as the problems count them: LF, CR LF or CR end one."""
    return list(io.StringIO(text, newline=""))


@dataclass(frozen=True, slots=True)
class Row:
    """A circuit version and where it stands.

    Attributes:
        panel: Its id.
        version: What the row says.
        lines: The first and the last line of the row, from 1.
        cells: As they stand, but without quotes.
    """

    panel: str
    version: CircuitVersion
    lines: tuple[int, int]
    cells: tuple[str, ...]


@dataclass(slots=True)
class CircuitTable:
    """What circuits.csv says, row by row.

    Attributes:
        source: Name of the file in problems.
        text: Of the whole file, without a byte order mark.
        header: Names of its columns.
        header_line: The last line of the header.
        rows: The good ones.
        problems: Of single rows; `all_problems` has those between rows, too.
    """

    source: str
    text: str
    header: list[str] = field(default_factory=list)
    header_line: int = 0
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def cell(self, row: Row, column: str) -> str:
        """A row's cell; "" where the row is shorter, or the column is not there."""
        return dict(zip(self.header, row.cells, strict=False)).get(column, "").strip()

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
                self.source,
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
    reading = _Reading(panels, zone, refused, CircuitTable(source, text))
    reading.read(lines_of(text))
    return reading.table


@dataclass(slots=True)
class _Reading:
    panels: Mapping[str, Panel]
    zone: ZoneInfo
    refused: Collection[str]
    table: CircuitTable

    def complain(self, line: int, column: str, message: str) -> None:
        self.table.problems.append(Problem(self.table.source, line, column, message))

    def read(self, lines: list[str]) -> None:
        # A comment becomes an empty line, so that the reader's line numbers stay right.
        # Strict, or a quote that is never closed would swallow the rows after it.
        reader = csv.reader(("\n" if line.startswith("#") else line for line in lines), strict=True)
        read = 0
        try:
            for cells in reader:
                first, read = read + 1, reader.line_num
                if not any(cell.strip() for cell in cells):
                    continue
                if not self.table.header:
                    self.table.header = [cell.strip().lower() for cell in cells]
                    self.table.header_line = read
                    if not self._header_is_good(self.table.header, read):
                        return
                else:
                    self._cells(cells, (first, read))
        except csv.Error as error:
            self.complain(read + 1, "", f"not CSV from here on: {error}")
            return
        if not self.table.header:
            self.complain(1, "", f"is empty: expected the columns {','.join(COLUMNS)}")

    def _header_is_good(self, header: list[str], line: int) -> bool:
        before = len(self.table.problems)
        for name in sorted(REQUIRED - set(header)):
            self.complain(line, name, f"column is required: expected {','.join(COLUMNS)}")
        for name in header:
            if name not in COLUMNS:
                self.complain(line, name, f"unknown column: expected {','.join(COLUMNS)}")
            elif header.count(name) > 1:
                self.complain(line, name, "expected each column once")
        return len(self.table.problems) == before

    def _cells(self, cells: list[str], lines: tuple[int, int]) -> None:
        header, line = self.table.header, lines[1]
        if len(cells) > len(header):
            message = f"{len(cells)} cells for {len(header)} columns: quote a cell with a comma"
            self.complain(line, "", message)
            return
        row = dict(zip_longest(header, map(str.strip, cells), fillvalue=""))
        if row["panel"] in self.refused:
            return
        before = len(self.table.problems)
        panel = self.panels.get(row["panel"])
        if panel is None:
            self.complain(line, "panel", unknown("panel", row["panel"], self.panels))
        version = self._version(row, line)
        if len(self.table.problems) == before and panel is not None:
            for message in version_problems(version, panel):
                column = "connection" if message.startswith("connection") else "poles"
                self.complain(line, column, message)
            self.table.rows.append(Row(panel.id, version, lines, tuple(cells)))

    def _version(self, row: Mapping[str, str], line: int) -> CircuitVersion:
        poles: Poles = ()
        values: dict[CircuitField, Value] = {}
        for item in FIELDS:  # the poles first: what an empty cell means depends on them
            cell = row.get(item.name, "")
            try:
                value = item.read(cell, poles)
            except ValueError as error:
                shown = "" if isinstance(item.kind, Text) else f", not {cell!r}"  # it may be long
                self.complain(line, item.name, f"{error}{shown}")
                continue
            values[item] = value
            if isinstance(value, tuple):
                poles = value
        begins = BEGINNING
        if cell := row.get("valid_from", ""):
            try:
                begins = instant_of(cell, self.zone)
            except ValueError as error:
                self.complain(line, "valid_from", f"{error}, not {cell!r}")
        return CircuitVersion.of({POLES: (1,)} | values, begins)
