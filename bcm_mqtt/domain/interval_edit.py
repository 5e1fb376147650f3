"""Editing of interval data (VEE): signed, dated entries beside the original, never in its place."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EditAction(StrEnum):
    """What an entry does."""

    SET = "set"
    """Puts a constant power in place of what is there."""
    DISCARD = "discard"
    """Takes readings for missing, so that they are estimated."""
    ACCEPT = "accept"
    """Says that flagged readings are right."""


@dataclass(frozen=True, slots=True)
class IntervalEdit:
    """An entry about a circuit's intervals.

    Attributes:
        panel: Panel id.
        first_pole: Of the circuit.
        start: First instant, UTC, on a quarter hour.
        end: After the last, UTC, on a quarter hour.
        action: What it does.
        author: Who says so.
        reason: Why.
        made: When it was entered, UTC.
        milliwatts: Power of `SET`.
    """

    panel: str
    first_pole: int
    start: datetime
    end: datetime
    action: EditAction
    author: str
    reason: str
    made: datetime
    milliwatts: int | None = None
