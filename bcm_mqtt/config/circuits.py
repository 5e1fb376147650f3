"""The directory file: circuits.csv, one row per circuit version."""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.tables import unknown
from bcm_mqtt.domain.circuit import CircuitVersion
from bcm_mqtt.domain.connection import Connection
from bcm_mqtt.domain.directory import Directory, pole_conflicts, version_problems
from bcm_mqtt.domain.instants import BEGINNING, from_text
from bcm_mqtt.domain.month import midnight
from bcm_mqtt.domain.panel import Panel
from bcm_mqtt.errors import Problem

COLUMNS = (
    "panel",
    "poles",
    "description",
    "customer",
    "rating",
    "connection",
    "power_factor",
    "valid_from",
)
_REQUIRED = {"panel", "poles"}
_Value = TypeVar("_Value")


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
    rows = _Rows(panels, zone, refused, str(file))
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows.read(lines)
    except OSError as error:
        rows.complain(0, "", f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        rows.complain(0, "", f"is not UTF-8 text: {error}")
    rows.check_conflicts()
    directories = {
        panel.id: Directory(panel, tuple(version for _, version in rows.found[panel.id]))
        for panel in panels.values()
    }
    return directories, rows.problems


@dataclass
class _Rows:
    panels: Mapping[str, Panel]
    zone: ZoneInfo
    refused: Collection[str]
    source: str
    found: dict[str, list[tuple[int, CircuitVersion]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    problems: list[Problem] = field(default_factory=list)

    def complain(self, line: int, column: str, message: str) -> None:
        self.problems.append(Problem(self.source, line, column, message))

    def read(self, lines: Iterator[str]) -> None:
        # A comment becomes an empty line, so that the reader's line numbers stay right.
        # Strict, or a quote that is never closed would swallow the rows after it.
        reader = csv.reader(("\n" if line.startswith("#") else line for line in lines), strict=True)
        header: list[str] = []
        read = 0
        try:
            for cells in reader:
                read = reader.line_num
                if not any(cell.strip() for cell in cells):
                    continue
                if not header:
                    header = [cell.strip().lower() for cell in cells]
                    if not self._header_is_good(header, read):
                        return
                else:
                    self._cells(cells, header, read)
        except csv.Error as error:
            self.complain(read + 1, "", f"not CSV from here on: {error}")
            return
        if not header:
            self.complain(1, "", f"is empty: expected the columns {','.join(COLUMNS)}")

    def _header_is_good(self, header: list[str], line: int) -> bool:
        before = len(self.problems)
        for name in sorted(_REQUIRED - set(header)):
            self.complain(line, name, f"column is required: expected {','.join(COLUMNS)}")
        for name in header:
            if name not in COLUMNS:
                self.complain(line, name, f"unknown column: expected {','.join(COLUMNS)}")
            elif header.count(name) > 1:
                self.complain(line, name, "expected each column once")
        return len(self.problems) == before

    def _cells(self, cells: list[str], header: list[str], line: int) -> None:
        if len(cells) > len(header):
            message = f"{len(cells)} cells for {len(header)} columns: quote a cell with a comma"
            self.complain(line, "", message)
            return
        self._row(dict(zip_longest(header, map(str.strip, cells), fillvalue="")), line)

    def _row(self, row: Mapping[str, str], line: int) -> None:
        if row["panel"] in self.refused:
            return
        before = len(self.problems)
        panel = self.panels.get(row["panel"])
        if panel is None:
            self.complain(line, "panel", unknown("panel", row["panel"], self.panels))
        poles = self._value(row, line, "poles", _poles, tuple[int, ...]())
        usual = Connection.usual(len(poles)) if len(poles) in {1, 2, 3} else Connection.NONE
        version = CircuitVersion(
            poles=poles or (1,),
            description=row.get("description", ""),
            customer=row.get("customer", ""),
            rating_amps=self._value(row, line, "rating", _rating, None),
            connection=self._value(row, line, "connection", _connection, usual),
            power_factor=self._value(row, line, "power_factor", _power_factor, None),
            valid_from=self._value(row, line, "valid_from", self._instant, BEGINNING),
        )
        if len(self.problems) == before and panel is not None:
            for message in version_problems(version, panel):
                column = "connection" if message.startswith("connection") else "poles"
                self.complain(line, column, message)
            self.found[panel.id].append((line, version))

    def _value(
        self,
        row: Mapping[str, str],
        line: int,
        column: str,
        parse: Callable[[str], _Value],
        default: _Value,
    ) -> _Value:
        cell = row.get(column, "")
        if not cell and column not in _REQUIRED:
            return default
        try:
            return parse(cell)
        except (ValueError, vol.Invalid) as error:
            self.complain(line, column, f"{error}, not {cell!r}")
            return default

    def _instant(self, cell: str) -> datetime:
        """A date is its local midnight; a local time is taken in the site's zone."""
        try:
            if len(cell) == len("2026-01-01"):
                return midnight(date.fromisoformat(cell), self.zone)
            local = datetime.fromisoformat(cell)
            if local.tzinfo is None:
                return local.replace(tzinfo=self.zone).astimezone(UTC)
            return from_text(cell)
        except (ValueError, OverflowError):
            message = "expected a date or time such as 2026-01-01 or 2026-01-01T12:00Z"
            raise ValueError(message) from None

    def check_conflicts(self) -> None:
        for panel_id, numbered in self.found.items():
            lines = {id(version): line for line, version in numbered}
            for one, other, reason in pole_conflicts(version for _, version in numbered):
                first, second = sorted((lines[id(one)], lines[id(other)]))
                self.complain(second, f"{panel_id} poles", f"{reason} (see line {first})")


def _poles(cell: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d+(\s*\+\s*\d+){0,2}", cell):
        message = "expected poles such as 1 or 1+3+5"
        raise ValueError(message)
    poles = tuple(sorted(int(part) for part in cell.split("+")))
    if len(set(poles)) < len(poles):
        message = "expected each pole once"
        raise ValueError(message)
    return poles


def _rating(cell: str) -> int:
    if not cell.isdecimal() or not 1 <= int(cell) <= 10000:
        message = "expected amps as a whole number from 1 to 10000"
        raise ValueError(message)
    return int(cell)


def _connection(cell: str) -> Connection:
    try:
        return Connection(cell)
    except ValueError:
        message = f"expected one of {', '.join(Connection)}"
        raise ValueError(message) from None


def _power_factor(cell: str) -> Decimal:
    return values.power_factor(cell)
