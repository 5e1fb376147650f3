"""Validation of interval data: named findings, each of which a person can look up (VEE)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Flag(StrEnum):
    """What can be wrong with interval data."""

    ABOVE_RATING = "above_rating"
    """An interval's mean current is above 1.2 times the breaker's rating."""
    SPIKE = "spike"
    """(max - third highest) / third highest > 180 %, of 20 intervals or more."""
    REGISTER = "falling_register"
    """An energy register fell, or rose by more than can flow."""
    FLAT = "flat"
    """The same value for a day or longer."""
    CLOCK_BACK = "clock_back"
    """The clock of the bridge ran back."""
    POLE_TWICE = "pole_on_two_circuits"
    """A pole was on two circuits at once."""
    MAIN_DIFFERS = "main_differs"
    """The sum of a panel's circuits differs from what feeds it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that validation found.

    Attributes:
        flag: What.
        panel: Panel id.
        poles: Of the circuit; empty where it concerns the panel.
        start: From when, UTC.
        end: Until when, UTC.
        detail: With the figures.
    """

    flag: Flag
    panel: str
    poles: tuple[int, ...]
    start: datetime
    end: datetime
    detail: str
