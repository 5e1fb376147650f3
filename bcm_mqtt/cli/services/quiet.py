"""Keeps a log readable on a bad day: what is said again and again is counted instead."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Timer
from typing import Final

_WINDOW_S: Final = 60.0
_MOST_OF_A_KIND: Final = 20

Later = Callable[[float, Callable[[], None]], None]
"""Calls a function after some seconds, in another thread."""


def _later(seconds: float, call: Callable[[], None]) -> None:
    timer = Timer(seconds, call)
    timer.daemon = True  # what is still to be told is told when the log is closed
    timer.start()


@dataclass(slots=True)
class _Window:
    """A minute from a line on: how many more were written, how many were held back."""

    first: logging.LogRecord
    until: float
    written: int = 1
    held: int = 0


class Quiet(logging.Handler):
    """Hands records on, but within a minute the same line once and a kind 20 times.

    The same line has the same logger, level, text and error; a kind has the same logger,
    level and text before its arguments are put in. What was held back is told as a number
    when the minute is over.
    """

    def __init__(
        self, to: logging.Handler, clock: Callable[[], float], later: Later = _later
    ) -> None:
        """Hands on to a handler.

        Args:
            to: That writes.
            clock: Seconds that never go back.
            later: Wakes this when a minute is over.
        """
        super().__init__()
        self._to = to
        self._clock = clock
        self._later = later
        self._woken = False
        self._lines: dict[tuple[str, ...], _Window] = {}
        self._kinds: dict[tuple[str, ...], _Window] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Runs under the handler's lock, in the thread that logs."""
        now = self._clock()
        self._tell(now)
        error = repr(record.exc_info[1]) if record.exc_info else ""
        name = (record.name, record.levelname)
        line = (*name, record.getMessage(), error)
        kind = self._kinds.setdefault(
            (*name, str(record.msg)), _Window(record, now + _WINDOW_S, written=0)
        )
        if line in self._lines:
            self._hold(self._lines[line], now)
        elif kind.written >= _MOST_OF_A_KIND:
            self._hold(kind, now)
        else:
            self._lines[line] = _Window(record, now + _WINDOW_S)
            kind.written += 1
            self._to.handle(record)

    def close(self) -> None:
        """Tells what is still held back."""
        self.acquire()
        try:
            self._tell(float("inf"))
        finally:
            self.release()
        super().close()

    def _hold(self, window: _Window, now: float) -> None:
        window.held += 1
        if not self._woken:
            self._woken = True
            self._later(window.until - now, self._wake)

    def _wake(self) -> None:
        """Runs in a thread of its own, so that a storm that is over is told, too."""
        self.acquire()
        try:
            now = self._clock()
            self._tell(now)
            windows = (*self._lines.values(), *self._kinds.values())
            waiting = [window.until for window in windows if window.held]
            self._woken = bool(waiting)
            if waiting:
                self._later(min(waiting) - now, self._wake)
        finally:
            self.release()

    def _tell(self, now: float) -> None:
        """Ends the minutes that are over."""
        for window in _over(self._lines, now):
            text = f"{window.first.getMessage()} (repeated {window.held} times in the last minute)"
            self._to.handle(_record(window.first, text, vars(window.first)))
        for window in _over(self._kinds, now):
            text = f"{window.first.msg} ({window.held} more such lines in the last minute)"
            self._to.handle(_record(window.first, text, {}))


def _over(windows: dict[tuple[str, ...], _Window], now: float) -> list[_Window]:
    """Takes out the windows that are over; returns those that held something back."""
    over = [key for key, window in windows.items() if window.until <= now]
    return [window for key in over if (window := windows.pop(key)).held]


def _record(like: logging.LogRecord, text: str, about: Mapping[str, object]) -> logging.LogRecord:
    """A record of now from the same logger, about the same gateway or panel."""
    made = logging.LogRecord(like.name, like.levelno, like.pathname, like.lineno, text, None, None)
    vars(made).update({name: about[name] for name in about.keys() - vars(made).keys()})
    return made
