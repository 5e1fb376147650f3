"""A message, and what takes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Urgency(StrEnum):
    """How bad what it says is."""

    INFO = "info"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Message:
    """A message to people.

    Attributes:
        at: When it was written.
        title: One line.
        lines: Of its text.
        urgency: How bad it is.
        rule: That sends it, for programs.
        data: What programs read of it, as JSON has it; None where the text is all.
    """

    at: datetime
    title: str
    lines: tuple[str, ...]
    urgency: Urgency
    rule: str = ""
    data: Mapping[str, str | int | None] | None = None


class Receiver(Protocol):
    """Where messages go."""

    def send(self, message: Message) -> None:
        """Hands over a message; in a thread, it takes a while.

        Raises:
            WorkError: it was not taken, and why, without any secret.
        """
