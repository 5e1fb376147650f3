"""Rows of any order, sorted by panel, time and pole, of which few are in memory at a time.

So many as fit are sorted and written to a temporary file as a run for each panel. The runs of a
panel are then read side by side, one window of time after the other.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Flags, Integers
from bcm_mqtt.errors import WorkError

ROW: Final = np.dtype([("time", "<i8"), ("line", "<i8"), ("milliamps", "<i4"), ("pole", "<u2")])
"""Time in ms since the epoch, line of the file, mA, pole from 1."""
Rows = NDArray[np.void]
_SORTED_AT_ONCE: Final = 2_000_000
_WINDOW: Final = 500_000
_MARKED: Final = 8_192
"""Rows of a run from one whose time is remembered to the next."""
_POLES: Final = 1 << 16
_END_OF_TIME: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Repeats:
    """Rows for whose pole and time there was one before, which alone counts.

    Attributes:
        lines: Of them.
        first_lines: Of the one before each.
        same: Whether it says the same.
    """

    lines: Integers
    first_lines: Integers
    same: Flags


@dataclass(frozen=True, slots=True)
class Window:
    """The rows of a panel of a time.

    Attributes:
        rows: By time and pole, each of them once.
        repeats: Those that are left out.
        end_ms: None of the panel's other windows has an earlier time, a multiple of 15 minutes;
            None of the last.
    """

    rows: Rows
    repeats: Repeats
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class _Run:
    """Sorted rows of a panel in the file."""

    offset: int
    count: int
    marks: Integers

    def rows_before(self, end_ms: int) -> int:
        """At most so many, and fewer than a mark's more."""
        return min(self.count, int(np.searchsorted(self.marks, end_ms)) * _MARKED)


class SortedRows:
    """Takes rows, then gives them sorted, as often as asked."""

    def __init__(self, at_once: int = _SORTED_AT_ONCE, window: int = _WINDOW) -> None:
        """Has nothing yet.

        Args:
            at_once: Rows that are sorted in memory.
            window: Rows of a window, more or less.
        """
        self._at_once = at_once
        self._marks_a_window = max(1, window // _MARKED)
        self._file = SpooledTemporaryFile(max_size=at_once * ROW.itemsize)  # noqa: SIM115
        self._waiting: list[tuple[Integers, Rows]] = []
        self._runs = defaultdict[int, list[_Run]](list)
        self.spans_ms: dict[int, tuple[int, int]] = {}
        """By panel, the first time and the last."""

    def close(self) -> None:
        """Removes the temporary file."""
        self._file.close()

    def add(self, panels: Integers, rows: Rows) -> Iterator[Repeats]:
        """Takes rows, a panel's number with each; the repeats found so far, now and then."""
        if len(rows):
            self._waiting.append((panels, rows))
        if sum(len(rows) for _, rows in self._waiting) >= self._at_once:
            yield from self.flush()

    def flush(self) -> Iterator[Repeats]:
        """To be called once all rows were taken."""
        if not self._waiting:
            return
        panels, rows = (np.concatenate(parts) for parts in zip(*self._waiting, strict=True))
        self._waiting.clear()
        order = np.argsort(panels, kind="stable")  # of 16 bits, which are not compared
        panels, rows = panels[order], rows[order]
        there, firsts = np.unique(panels, return_index=True)
        for panel, part in zip(there.tolist(), np.split(rows, firsts[1:]), strict=True):
            distinct, repeats = _distinct(part)
            yield repeats
            first, last = int(distinct["time"][0]), int(distinct["time"][-1])
            earliest, latest = self.spans_ms.get(panel, (first, last))
            self.spans_ms[panel] = min(first, earliest), max(last, latest)
            self._runs[panel].append(
                _Run(self._file.tell(), len(distinct), distinct["time"][::_MARKED].copy())
            )
            with _clear_errors():
                self._file.write(distinct.tobytes())

    def windows(self, panel: int) -> Iterator[Window]:
        """The rows of a panel by time."""
        runs = self._runs[panel]
        done = [0] * len(runs)
        marks = np.sort(np.concatenate([run.marks for run in runs]))
        ends = -(-marks[:: self._marks_a_window][1:] // INTERVAL_MS) * INTERVAL_MS
        for end in (*np.unique(ends).tolist(), _END_OF_TIME):
            parts = []
            for number, run in enumerate(runs):
                part = self._read(run, done[number], run.rows_before(end))
                part = part[: np.searchsorted(part["time"], end)]
                done[number] += len(part)
                parts.append(part)
            is_last = all(run.count == taken for run, taken in zip(runs, done, strict=True))
            rows, repeats = _distinct(np.concatenate(parts))
            if len(rows):
                yield Window(rows, repeats, None if is_last else end)
            if is_last:
                return

    def _read(self, run: _Run, start: int, end: int) -> Rows:
        with _clear_errors():
            self._file.seek(run.offset + start * ROW.itemsize)
            return np.frombuffer(self._file.read(max(0, end - start) * ROW.itemsize), ROW)


@contextmanager
def _clear_errors() -> Iterator[None]:
    """A full disk's complaint, which is not the file's that is read."""
    try:
        yield
    except OSError as error:
        place = tempfile.tempdir or "TMPDIR"
        message = f"temporary file in {place}: {error.strerror}: set TMPDIR to a folder with room"
        raise WorkError(message) from None


def _distinct(rows: Rows) -> tuple[Rows, Repeats]:
    """Rows by time and pole; of several of the same the first, in the order that they come in."""
    keys = rows["time"] * _POLES + rows["pole"]
    if np.any(keys[1:] < keys[:-1]):
        order = np.argsort(keys, kind="stable")
        rows, keys = rows[order], keys[order]
    is_first = np.append(True, keys[1:] != keys[:-1])[: len(rows)]
    if is_first.all():
        return rows, _NO_REPEATS
    firsts = np.maximum.accumulate(np.where(is_first, np.arange(len(rows)), 0))[~is_first]
    again, before = rows[~is_first], rows[firsts]
    same = again["milliamps"] == before["milliamps"]
    return rows[is_first], Repeats(again["line"], before["line"], same)


_NO_REPEATS: Final = Repeats(*(np.zeros(0, np.int64),) * 2, np.zeros(0, np.bool_))
