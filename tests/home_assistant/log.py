"""The log of Home Assistant, as records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

RECORD = re.compile(r"^\S+ \S+ (?P<level>[A-Z]+) \([^)]*\) \[(?P<logger>[^\]]+)\] (?P<message>.*)$")


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A line of the log, with the traceback below it."""

    level: str
    logger: str
    message: str

    @property
    def is_problem(self) -> bool:
        """Whether it is a warning or worse."""
        return self.level in {"WARNING", "ERROR", "CRITICAL"}

    def is_of(self, domain: str) -> bool:
        """Whether it comes from this integration, such as `mqtt`, or from below this logger."""
        parents = (domain, f"homeassistant.components.{domain}", f"custom_components.{domain}")
        return any(self.logger == p or self.logger.startswith(f"{p}.") for p in parents)


def read_log(path: Path) -> list[LogRecord]:
    """The records in the order they were written."""
    records: list[LogRecord] = []
    for line in path.read_text(errors="replace").splitlines():
        if match := RECORD.match(line):
            records.append(LogRecord(**match.groupdict()))
        elif records:
            last = records[-1]
            records[-1] = LogRecord(last.level, last.logger, f"{last.message}\n{line}")
    return records
