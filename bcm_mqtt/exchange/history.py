"""Other people's history: a CSV file with a row for each reading of a pole.

Rows of a panel and time become a snapshot. Nothing of a file is taken unless all of it can be.
"""

import csv
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.number import decimal_of
from bcm_mqtt.domain.reading.reading import PER_UNIT, Snapshot
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import EPOCH, MILLISECOND, from_ms, only_instant, to_ms
from bcm_mqtt.errors import InputError, Problem

COLUMNS: Final = ("time", "panel", "pole", "amps")
_MOST_AMPS: Final = 10_000
_MOST_PROBLEMS: Final = 20
_NONE: Final = -1
"""Stands for no reading in an array of mA, of which there may be millions."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be understood.

    Attributes:
        zone: Of times without an offset.
        time_format: As strptime has it; "" is ISO 8601.
        interval: How long a reading stands: until the next one, at most half as long again.
    """

    zone: ZoneInfo
    time_format: str
    interval: timedelta


@dataclass(slots=True)
class _Poll:
    """A panel's readings of one time: mA by pole, and the lines that they were in."""

    milliamps: "array[int]"
    lines: "array[int]"


@dataclass(frozen=True, slots=True)
class History:
    """What a file says.

    Attributes:
        source: Name of the file.
        interval_ms: How long a reading stands.
        rows: How many had a reading.
        repeated: Lines that say once more what another line said.
    """

    source: str
    interval_ms: int
    rows: int
    repeated: tuple[int, ...]
    _polls: Mapping[str, Mapping[int, _Poll]] = field(repr=False)

    def spans(self) -> dict[str, tuple[datetime, datetime]]:
        """By panel, the first time and the last."""
        return {
            panel: (from_ms(min(polls)), from_ms(max(polls)))
            for panel, polls in self._polls.items()
        }

    def times_ms(self, panel: str) -> list[int]:
        """Of a panel's snapshots, ms since the epoch, in order."""
        return sorted(self._polls[panel])

    def line(self, panel: str, time_ms: int) -> int:
        """The first line of a snapshot."""
        return min(line for line in self._polls[panel][time_ms].lines if line)

    def snapshots(self) -> Iterator[Snapshot]:
        """Panel by panel, by time."""
        for panel in sorted(self._polls):
            polls = self._polls[panel]
            for time_ms in sorted(polls):
                current = tuple(
                    None if value == _NONE else value for value in polls[time_ms].milliamps
                )
                yield Snapshot(panel, from_ms(time_ms), 0, self.interval_ms, current)

    @property
    def count(self) -> int:
        """Of snapshots."""
        return sum(map(len, self._polls.values()))


def read_history(
    file: Path, reading: Reading, panels: Mapping[str, Panel], now: datetime
) -> History:
    """The readings of a file.

    Args:
        file: CSV with the columns time, panel, pole and amps in any order, UTF-8. Empty amps
            are no reading.
        reading: How it is to be understood.
        panels: Those of the site, by id.
        now: UTC; nothing was read after it.

    Raises:
        InputError: the first bad rows with their lines, and how many more there are.
    """
    return _Reader(str(file), reading, panels, now).read(file)


class _Reader:
    def __init__(
        self, source: str, reading: Reading, panels: Mapping[str, Panel], now: datetime
    ) -> None:
        self._source = source
        self._reading = reading
        self._panels = panels
        self._now = now
        self._problems: list[Problem] = []
        self._more = 0
        self._polls: dict[str, dict[int, _Poll]] = {}
        self._rows = 0
        self._repeated: list[int] = []
        self._unknown = set[str]()
        self._time = "", 0

    def read(self, file: Path) -> History:
        try:
            with file.open(encoding="utf-8-sig", newline="") as text:
                self._read_rows(text)
        except UnicodeDecodeError:
            raise InputError.of("expected UTF-8", source=self._source) from None
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            raise InputError.of(message, source=self._source) from None
        if self._problems:
            raise InputError(self._all_problems())
        if not self._rows:
            raise InputError.of("has no readings", source=self._source)
        interval_ms = self._reading.interval // MILLISECOND
        repeated = tuple(self._repeated)
        return History(self._source, interval_ms, self._rows, repeated, self._polls)

    def _read_rows(self, text: Iterable[str]) -> None:
        reader = csv.reader(text, strict=True)
        try:
            header = [name.strip().lower() for name in next(reader, [])]
            if sorted(header) != sorted(COLUMNS):
                message = f"expected the columns {', '.join(COLUMNS)}"
                raise InputError.of(message, source=self._source, line=1)
            places = [header.index(name) for name in COLUMNS]
            for row in reader:
                if not row:
                    continue
                if len(row) != len(COLUMNS):
                    self._complain(reader.line_num, f"expected {len(COLUMNS)} cells")
                    continue
                try:
                    self._take(reader.line_num, *(row[place].strip() for place in places))
                except ValueError as error:
                    self._complain(reader.line_num, str(error))
        except csv.Error as error:
            self._complain(reader.line_num, str(error))

    def _take(self, line: int, time: str, panel_id: str, pole: str, amps: str) -> None:
        """Raises ValueError for what is wrong with a row."""
        panel = self._panels.get(panel_id)
        if panel is None:
            if panel_id in self._unknown:
                return  # one line says it for all rows
            self._unknown.add(panel_id)
            message = f"unknown panel {panel_id!r}: expected one of {', '.join(self._panels)}"
            raise ValueError(message)
        if not (pole.isascii() and pole.isdecimal() and 1 <= int(pole) <= panel.pole_count):
            message = f"pole {pole!r}: expected 1 to {panel.pole_count}"
            raise ValueError(message)
        time_ms = self._time_ms(time)
        milliamps = _milliamps(amps)
        if milliamps is None:
            return
        self._rows += 1
        poll = self._polls.setdefault(panel_id, {}).get(time_ms)
        if poll is None:
            places = panel.pole_count
            poll = _Poll(array("q", [_NONE]) * places, array("L", [0]) * places)
            self._polls[panel_id][time_ms] = poll
        index = int(pole) - 1
        if poll.lines[index] == 0:
            poll.milliamps[index], poll.lines[index] = milliamps, line
        elif poll.milliamps[index] == milliamps:
            self._repeated.append(line)
        else:
            message = f"line {poll.lines[index]} has other amps for this panel, pole and time"
            raise ValueError(message)

    def _time_ms(self, cell: str) -> int:
        """Of the rows of a poll, which mostly follow one another, only the first is parsed."""
        if cell != self._time[0]:
            self._time = cell, to_ms(self._instant(cell))
        return self._time[1]

    def _instant(self, cell: str) -> datetime:
        form = self._reading.time_format
        try:
            # Without an offset it is a local time, of which there may be two.
            at = datetime.strptime(cell, form) if form else datetime.fromisoformat(cell)  # noqa: DTZ007
        except ValueError:
            expected = form or "ISO 8601 such as 2026-03-08T01:15 or 2026-03-08 01:15:00-05:00"
            message = f"time {cell!r}: expected {expected}"
            raise ValueError(message) from None
        try:
            instant = at.astimezone(UTC) if at.tzinfo else only_instant(at, self._reading.zone)
        except OverflowError:
            instant = EPOCH - MILLISECOND
        if not EPOCH <= instant <= self._now:
            message = f"time {cell!r}: expected one from 1970 until now"
            raise ValueError(message)
        return instant

    def _complain(self, line: int, message: str) -> None:
        if len(self._problems) < _MOST_PROBLEMS:
            self._problems.append(Problem(self._source, line, "", message))
        else:
            self._more += 1

    def _all_problems(self) -> list[Problem]:
        if self._more:
            last = self._problems.pop()
            message = f"{last.message} (and {self._more} more rows are wrong)"
            self._problems.append(replace(last, message=message))
        return self._problems


def _milliamps(cell: str) -> int | None:
    """Rounded to mA, the resolution of all that is stored; None of an empty cell."""
    if not cell:
        return None
    message = f"amps {cell!r}: expected a number from 0 to {_MOST_AMPS} such as 12.3"
    try:
        amps = decimal_of(cell)
    except ValueError:
        raise ValueError(message) from None
    if not 0 <= amps <= _MOST_AMPS:
        raise ValueError(message)
    return int((amps * PER_UNIT).to_integral_value(ROUND_HALF_UP))
