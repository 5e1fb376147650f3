"""Other people's history: a CSV file with a row for each reading of a pole.

Rows of a panel and time become a snapshot. Nothing of a file is taken unless all of it can be.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from bcm_mqtt.domain.interval.interval import INTERVAL_MS, hold_ms
from bcm_mqtt.domain.interval.slots import Integers
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import MILLISECOND, from_ms
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.exchange.csv_blocks import Block, blocks, header_of
from bcm_mqtt.exchange.history_cells import NONE, WRONG, Known, Reading, milliamps_of, pole_of
from bcm_mqtt.exchange.sorted_rows import ROW, Repeats, Rows, SortedRows
from bcm_mqtt.store import HistoryPart

COLUMNS: Final = ("time", "panel", "pole", "amps")
MOST_PROBLEMS: Final = 20
_MOST_POLES: Final = 1 << 16
_SHOWN: Final = 10
Progress = Callable[[int, int], None]
"""Takes what is done, and of how much."""


class Problems:
    """The first problems that were found, and how many more rows are wrong."""

    def __init__(self, source: str) -> None:
        """Takes the name of the file."""
        self._source = source
        self._found: list[Problem] = []
        self.count = 0

    def add(self, line: int, message: str) -> None:
        """One more."""
        self.count += 1
        if self.count <= MOST_PROBLEMS:
            self._found.append(Problem(self._source, line, "", message))

    def raise_any(self) -> None:
        """Raises InputError if there is any."""
        if more := self.count - len(self._found):
            last = self._found[-1]
            message = f"{last.message} (and {more} more rows are wrong)"
            self._found[-1] = replace(last, message=message)
        if self._found:
            raise InputError(self._found)


@dataclass(slots=True)
class History:
    """What a file says; to be closed.

    Attributes:
        source: Name of the file.
        interval_ms: How long a reading stands.
        rows: How many had a reading.
        spans: By panel, the first time and the last.
        repeated: How many rows say once more what another one said.
        repeated_lines: The first of them.
    """

    source: str
    interval_ms: int
    _sorted: SortedRows = field(repr=False)
    _panels: Sequence[Panel] = field(repr=False)
    rows: int = 0
    spans: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    repeated: int = 0
    repeated_lines: list[int] = field(default_factory=list)

    def close(self) -> None:
        """Removes what it has put aside."""
        self._sorted.close()

    def parts(self, problems: Problems) -> Iterator[HistoryPart]:
        """The snapshots, panel by panel and by time, of both whole quarter hours; once.

        Args:
            problems: Gets lines that contradict one another, where that was not found before.
        """
        for number, panel in enumerate(self._panels):
            if panel.id in self.spans:
                for window in self._sorted.windows(number):
                    self.note(window.repeats, problems)
                    yield self._part(panel, window.rows, window.end_ms)

    def note(self, repeats: Repeats, problems: Problems) -> None:
        """Counts rows that repeat others, and complains of those that contradict them."""
        same = repeats.lines[repeats.same]
        self.repeated += len(same)
        self.repeated_lines = sorted([*self.repeated_lines, *same[:_SHOWN].tolist()])[:_SHOWN]
        other = ~repeats.same
        for line, first in zip(repeats.lines[other], repeats.first_lines[other], strict=True):
            problems.add(int(line), f"line {first} has other amps for this panel, pole and time")

    def _part(self, panel: Panel, rows: Rows, end_ms: int | None) -> HistoryPart:
        times, firsts, polls = np.unique(rows["time"], return_index=True, return_inverse=True)
        milliamps = np.full((len(times), panel.pole_count), NONE, np.int64)
        milliamps[polls, rows["pole"].astype(np.int64) - 1] = rows["milliamps"]
        if end_ms is None:
            end_ms = -(-(int(times[-1]) + hold_ms(self.interval_ms)) // INTERVAL_MS) * INTERVAL_MS
        lines = np.minimum.reduceat(rows["line"], firsts)
        return HistoryPart(panel.id, times, self.interval_ms, milliamps, lines, end_ms)


def read_history(
    file: Path,
    reading: Reading,
    panels: Mapping[str, Panel],
    now: datetime,
    progress: Progress = lambda _done, _of: None,
) -> History:
    """The readings of a file.

    Args:
        file: CSV with the columns time, panel, pole and amps in any order, UTF-8. Empty amps
            are no reading. Rows may come in any order; what does not fit into memory is put
            into a temporary file.
        reading: How it is to be understood.
        panels: Those of the site, by id.
        now: UTC; nothing was read after it.
        progress: Called with bytes read and in all.

    Raises:
        InputError: the first bad rows with their lines, and how many more there are.
    """
    source = str(file)
    history = History(source, reading.interval // MILLISECOND, SortedRows(), list(panels.values()))
    try:
        with file.open("rb") as opened:
            _Reader(history, reading, panels, now).read(opened, file.stat().st_size, progress)
    except UnicodeDecodeError:
        history.close()
        raise InputError.of("expected UTF-8", source=source) from None
    except OSError as error:
        history.close()
        message = f"cannot be read: {error.strerror}"
        raise InputError.of(message, source=source) from None
    except BaseException:
        history.close()
        raise
    return history


_UTF_16: Final = "is UTF-16: save it as CSV in UTF-8"
_BEGINNINGS: Final = {
    b"\x1f\x8b": "is compressed: unpack it first",
    b"PK\x03\x04": "is a ZIP file or a workbook: unpack it, or save the sheet as CSV in UTF-8",
    b"\xff\xfe": _UTF_16,
    b"\xfe\xff": _UTF_16,
}
"""What people have in place of CSV."""


def _not_text(file: BinaryIO) -> str:
    """What a file is that is no text, and what to do; "" of any other."""
    first = file.read(4)
    file.seek(0)
    return next((what for begin, what in _BEGINNINGS.items() if first.startswith(begin)), "")


class _Reader:
    """Reads the rows of a file into a history."""

    def __init__(
        self, history: History, reading: Reading, panels: Mapping[str, Panel], now: datetime
    ) -> None:
        self._history = history
        self._panels = panels
        # Those at the end are of WRONG.
        self._pole_counts = np.array([*(one.pole_count for one in panels.values()), 0, 0], np.int64)
        self._reading = reading
        self._now = now
        self._problems = Problems(history.source)
        self._unknown = set[str]()
        numbers = {panel: number for number, panel in enumerate(panels)}
        self._known = (
            Known(lambda cell: reading.time_ms(cell, now)),
            Known(lambda cell: numbers.get(cell, WRONG)),
            Known(lambda cell: pole_of(cell, _MOST_POLES)),
            Known(milliamps_of),
        )

    def read(self, file: BinaryIO, size: int, progress: Progress) -> None:
        history = self._history
        if not_text := _not_text(file):
            raise InputError.of(not_text, source=history.source)
        try:
            header = [name.strip().lower() for name in header_of(file)]
        except csv.Error:
            header = []
        if sorted(header) != sorted(COLUMNS):
            message = f"expected the columns {', '.join(COLUMNS)}, with commas between them"
            raise InputError.of(message, source=history.source, line=1)
        places = [header.index(name) for name in COLUMNS]
        for block in blocks(file, len(COLUMNS)):
            self._take(replace(block, columns=[block.columns[place] for place in places]))
            progress(file.tell(), size)
        for repeats in history._sorted.flush():  # noqa: SLF001 - made here
            history.note(repeats, self._problems)
        self._problems.raise_any()
        if not history.rows:
            raise InputError.of("has no readings", source=history.source)
        spans = history._sorted.spans_ms  # noqa: SLF001 - as above
        names = list(self._panels)
        history.spans = {
            names[number]: (from_ms(first), from_ms(last))
            for number, (first, last) in sorted(spans.items())
        }

    def _take(self, block: Block) -> None:
        times, panels, poles, milliamps = (
            known.of(column) for known, column in zip(self._known, block.columns, strict=True)
        )
        right = (panels != WRONG) & (times != WRONG) & (milliamps != WRONG) & (poles != WRONG)
        right &= poles <= self._pole_counts[panels]
        if block.wrong or not right.all():
            self._complain(block, np.flatnonzero(~right))
        right &= milliamps != NONE
        rows = np.empty(int(right.sum()), ROW)
        for name, column in (
            ("time", times),
            ("line", block.lines),
            ("milliamps", milliamps),
            ("pole", poles),
        ):
            rows[name] = column[right]
        panels = panels[right].astype(np.uint16)
        self._history.rows += len(rows)
        for repeats in self._history._sorted.add(panels, rows):  # noqa: SLF001 - made here
            self._history.note(repeats, self._problems)

    def _complain(self, block: Block, places: Integers) -> None:
        """Of each row the first thing that is wrong; an unknown panel once for all its rows."""
        wrong = list(block.wrong)
        for place in places.tolist():
            cells = [column.cells[column.codes[place]].strip() for column in block.columns]
            if message := self._wrong(*cells):
                wrong.append((int(block.lines[place]), message))
        for line, message in sorted(wrong):
            self._problems.add(line, message)

    def _wrong(self, time: str, panel: str, pole: str, amps: str) -> str:
        if panel not in self._panels:
            if panel in self._unknown:
                return ""
            self._unknown.add(panel)
            return f"unknown panel {panel!r}: expected one of {', '.join(self._panels)}"
        try:
            pole_of(pole, self._panels[panel].pole_count)
            self._reading.time_ms(time, self._now)
            milliamps_of(amps)
        except ValueError as error:
            return str(error)
        return ""
