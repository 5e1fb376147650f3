"""The log of services on standard error: as text, as JSON, or as the journal likes it."""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, Literal, TypeVar

import click

from bcm_mqtt.cli.services.quiet import Quiet
from bcm_mqtt.domain.time.instants import to_text

LogFormat = Literal["text", "json"]
_Command = TypeVar("_Command", bound=Callable[..., object])

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
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)


def formatter(log_format: LogFormat, *, journal: bool) -> logging.Formatter:
    """How lines are written."""
    if log_format == "json":
        return JsonLines()
    return JournalLines() if journal else logging.Formatter(_TEXT)


def stderr_is_journal(environment: Mapping[str, str]) -> bool:
    """Whether standard error is the very stream to the journal that systemd opened."""
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


class JournalLines(logging.Formatter):
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
        return json.dumps(line, ensure_ascii=False)
