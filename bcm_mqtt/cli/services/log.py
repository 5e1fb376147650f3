"""The log of services on standard error: as text, as JSON, or as the journal likes it.

It stays readable on a bad day: repeated lines are counted instead of written.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Timer
from types import TracebackType
from typing import Final, Literal, TypeAlias, TypeVar

import click

from bcm_mqtt.config import Settings
from bcm_mqtt.domain.printable import shown, shown_json, shown_lines
from bcm_mqtt.domain.time import to_text

_WINDOW_S: Final = 60.0
_MOST_OF_A_KIND: Final = 20

_LIBRARIES: Final = {
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
    # What becomes of a lost connection: whoever used it says that it was lost, in one line.
    "psycopg": logging.ERROR,
    "sqlalchemy.pool": logging.CRITICAL,
}

Later = Callable[[float, Callable[[], None]], None]
"""Calls a function after some seconds, in another thread."""


def _later(seconds: float, call: Callable[[], None]) -> None:
    timer = Timer(seconds, call)
    timer.daemon = True  # what is still held back is written when the log is closed
    timer.start()


@dataclass(slots=True)
class _Window:
    """A minute from a line on: how many were written, how many held back, and the latest."""

    latest: logging.LogRecord
    until: float
    written: int = 1
    held: int = 0


class Quiet(logging.Handler):
    """Hands records on, but within a minute the same line once and a kind 20 times.

    The same line has the same logger, level, text and error; a kind has the same logger,
    level and text before its arguments are put in. What was held back is logged as a
    number when the minute is over, with the latest of it.
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
        self._report(now)
        error = repr(record.exc_info[1]) if record.exc_info else ""
        name = (record.name, record.levelname)
        line = (*name, record.getMessage(), error)
        kind = self._kinds.setdefault(
            (*name, str(record.msg)), _Window(record, now + _WINDOW_S, written=0)
        )
        if line in self._lines:
            self._hold(self._lines[line], record, now)
        elif kind.written >= _MOST_OF_A_KIND:
            self._hold(kind, record, now)
        else:
            self._lines[line] = _Window(record, now + _WINDOW_S)
            kind.written += 1
            self._to.handle(record)

    def close(self) -> None:
        """Reports what is still held back."""
        self.acquire()
        try:
            self._report(float("inf"))
        finally:
            self.release()
        super().close()

    def _hold(self, window: _Window, record: logging.LogRecord, now: float) -> None:
        window.held += 1
        window.latest = record
        if not self._woken:
            self._woken = True
            self._later(window.until - now, self._wake)

    def _wake(self) -> None:
        """Runs in a thread of its own, so that a storm that is over is logged, too."""
        self.acquire()
        try:
            now = self._clock()
            self._report(now)
            windows = (*self._lines.values(), *self._kinds.values())
            waiting = [window.until for window in windows if window.held]
            self._woken = bool(waiting)
            if waiting:
                self._later(min(waiting) - now, self._wake)
        finally:
            self.release()

    def _report(self, now: float) -> None:
        """Ends the minutes that are over."""
        for windows, several, one in (
            (
                self._lines,
                "repeated {} times in the last minute",
                "repeated once in the last minute",
            ),
            (
                self._kinds,
                "the latest of {} more such lines in the last minute",
                "one more such line in the last minute",
            ),
        ):
            for window in _over(windows, now):
                count = one if window.held == 1 else several.format(window.held)
                self._to.handle(_counted(window.latest, count))


def _over(windows: dict[tuple[str, ...], _Window], now: float) -> list[_Window]:
    """Takes out the windows that are over; returns those that held something back."""
    over = [key for key, window in windows.items() if window.until <= now]
    return [window for key in over if (window := windows.pop(key)).held]


def _counted(like: logging.LogRecord, count: str) -> logging.LogRecord:
    """A record of now with the same text, logger, gateway and panel, and a count at its end."""
    text = f"{like.getMessage()} ({count})"
    made = logging.LogRecord(like.name, like.levelno, like.pathname, like.lineno, text, None, None)
    vars(made).update({name: vars(like)[name] for name in vars(like).keys() - vars(made).keys()})
    return made


LogFormat = Literal["text", "json"]
_Command = TypeVar("_Command", bound=Callable[..., object])

_Raised: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)
_TEXT: Final = "%(asctime)s %(levelname)-7s %(message)s"
_PLACES: Final = ("gateway", "panel")
"""What a line may be about besides its text, given as `extra`."""
_PRIORITIES: Final = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""Those of syslog, which the journal takes from the head of a line; 7 is debug."""


def log_options(command: _Command) -> _Command:
    """The options -v/--verbose and --log-format, which every service takes."""
    verbose = click.option("-v", "--verbose", is_flag=True, help="Log more, and every repeat.")
    log_format = click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="Lines for people, or JSON lines for programs.",
    )
    return verbose(log_format(command))


def log_to_stderr(*, verbose: bool = False, log_format: LogFormat = "text") -> None:
    """Log lines for services: one per event; repeats are counted instead of written.

    Args:
        verbose: Debug lines, too, and every repeat.
        log_format: `text` has no time where the journal, which has its own, reads it.
    """
    stream = logging.StreamHandler()
    stream.setFormatter(formatter(log_format, journal=stderr_is_journal(os.environ)))
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        handlers=[stream if verbose else Quiet(stream, time.monotonic)],
    )
    for library, level in _LIBRARIES.items():
        logging.getLogger(library).setLevel(level)


def log_notes(settings: Settings) -> None:
    """Logs what whoever starts a service should know of where the site's data are."""
    for note in settings.notes:
        logging.getLogger(__name__).warning("%s", note)


def formatter(log_format: LogFormat, *, journal: bool) -> logging.Formatter:
    """How lines are written."""
    if log_format == "json":
        return JsonLines()
    return JournalLines() if journal else PlainLines(_TEXT)


def stderr_is_journal(environment: Mapping[str, str]) -> bool:
    """Whether standard error is the very stream to the journal that systemd opened."""
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


class PlainLines(logging.Formatter):
    """A line of text; nothing that came from elsewhere moves the cursor or begins a line."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's
        """The line, with control characters escaped."""
        return shown(super().formatMessage(record))

    def formatException(self, ei: _Raised) -> str:  # noqa: N802 - logging's
        """The traceback, whose last lines may quote what came."""
        return shown_lines(super().formatException(ei))


class JournalLines(PlainLines):
    """`<4>message`; every line of a traceback has its priority."""

    def format(self, record: logging.LogRecord) -> str:
        """Without the time, which the journal has."""
        priority = next((code for level, code in _PRIORITIES if record.levelno >= level), 7)
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())


class JsonLines(logging.Formatter):
    """An object per line: time, level, logger, message, and what it is about."""

    def format(self, record: logging.LogRecord) -> str:
        """On one line, whatever the message holds."""
        line = {
            "time": to_text(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: str(getattr(record, name)) for name in _PLACES if hasattr(record, name)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return shown_json(json.dumps(line, ensure_ascii=False))
