"""Quality of interval data (VEE): how each figure came about (codes of ESPI), and findings."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final, Self


class Quality(IntEnum):
    """QualityOfReading of ESPI (NAESB REQ.21), as far as we produce it."""

    VALID = 0
    """Measured by a device that measures power or energy."""
    EDITED = 7
    """Entered by hand; the original stays stored."""
    LIKE_DAY = 8
    """Estimated: the mean of like days ("estimated using reference day")."""
    INTERPOLATED = 9
    """Estimated: on a line between the measured neighbours."""
    QUESTIONABLE = 10
    """Measured, and flagged by validation."""
    DERIVED = 11
    """Measured as current, calculated at nominal voltage."""
    MIXED = 13
    """Of parts of different quality."""
    MISSING = 255
    """Neither measured nor estimated; not of ESPI, where such an interval is left out."""


NAMES: Final = {
    Quality.VALID: "measured",
    Quality.EDITED: "edited",
    Quality.LIKE_DAY: "estimated by like days",
    Quality.INTERPOLATED: "estimated by interpolation",
    Quality.QUESTIONABLE: "questionable",
    Quality.DERIVED: "calculated from current",
    Quality.MIXED: "part measured, part estimated",
    Quality.MISSING: "missing",
}
"""In the words of reports."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a flag means to people.

    Attributes:
        title: What was found, the first words of a finding.
        advice: A sentence on what to check.
        holds: Whether a bill is held for it until somebody accepts it, or releases the bill.
        lasts: Whether it is a state of the circuit, not an event: who accepts it accepts it
            until the circuit's row changes, and of an event that time alone.
    """

    title: str
    advice: str
    holds: bool = False
    lasts: bool = False


class Flag(StrEnum):
    """What can be wrong with interval data, each declared once: its name and its meaning.

    Bills, reports, the page, `vee check` and the table of docs/vee.md derive from it.
    """

    meaning: Meaning

    def __new__(cls, name: str, meaning: Meaning | None = None) -> Self:
        """A flag by its name and its meaning; `Flag("spike")` looks it up."""
        flag = str.__new__(cls, name)
        flag._value_ = name
        flag.meaning = meaning or Meaning("", "")
        return flag

    @property
    def holds(self) -> bool:
        """Whether a bill is held for it."""
        return self.meaning.holds

    ABOVE_RATING = (
        "above_rating",
        Meaning(
            "Current above 1.2 times the breaker's rating",
            "Check the rating in the directory and the ratio of the current transformer.",
            lasts=True,
        ),
    )
    """An interval's mean current is above 1.2 times the breaker's rating."""
    ENERGY_ABOVE_RATING = (
        "energy_above_rating",
        Meaning(
            "Energy above 1.2 times what the breaker carries",
            "Check the rating and the connection in the directory, and the multiplier or ratio of "
            "the meter.",
            holds=True,
            lasts=True,
        ),
    )
    """An interval's energy is above 1.2 times the rating x nominal voltage x its time."""
    JUMP = (
        "jump",
        Meaning(
            "Neighbouring intervals differ by more than the breaker carries",
            "Check the readings around that time; discard those that cannot be.",
        ),
    )
    """Two intervals, one after the other, differ by more than rating x voltage x 15 min."""
    LEVEL = (
        "change_of_level",
        Meaning(
            "A change of level",
            "Check whether a load was added, moved or removed that day, or a transformer was.",
        ),
    )
    """A day's energy is far from that of the like days before it."""
    SPIKE = (
        "spike",
        Meaning(
            "A spike",
            "Check whether the load could draw that much; discard the interval if not.",
        ),
    )
    """(max - third highest) / third highest > 180 %, of 20 intervals or more."""
    REGISTER = (
        "falling_register",
        Meaning(
            "An energy register fell or jumped",
            "Check whether the meter was exchanged, reset or set to another scale.",
        ),
    )
    """An energy register fell, or rose by more than can flow."""
    REGISTER_UNEXPLAINED = (
        "register_unexplained",
        Meaning(
            "An energy register that cannot be explained",
            "Enter the exchange of the meter, if it was exchanged, or a correction of that time.",
            holds=True,
        ),
    )
    """It fell or jumped, and stayed there: the time is unmeasured."""
    REGISTER_DIFFERS = (
        "register_differs",
        Meaning(
            "Energy over a long time without a reading that differs from what is expected",
            "Check whether the load had changed; correct or accept that time.",
            holds=True,
        ),
    )
    """What a register counted while it was not read differs from the estimate of that time."""
    EXCHANGE_UNRESOLVED = (
        "exchange_unresolved",
        Meaning(
            "An exchange of a meter whose readings do not fit",
            "Correct the last reading of the old meter, the first of the new one, or the time.",
            holds=True,
        ),
    )
    """The readings of a dated exchange are not those that were polled."""
    REGISTER_GLITCH = (
        "register_glitch",
        Meaning(
            "An energy register was misread for a time",
            "Check the wiring of the meter's line where it comes again.",
        ),
    )
    """It left the plausible and came back; what it had counted meanwhile counts."""
    REGISTER_ROLLOVER = (
        "register_rollover",
        Meaning(
            "An energy register began again from 0 at its end",
            "Nothing is to be done.",
        ),
    )
    """It counts on over its capacity."""
    REGISTER_SLIP = (
        "register_slip",
        Meaning(
            "An energy register fell a little",
            "Check whether the meter loses what it had not yet stored when its power fails.",
        ),
    )
    """By at most 1 kWh and 0.1 %: nothing counts for it."""
    REGISTER_RESET = (
        "register_reset",
        Meaning(
            "An energy register was reset",
            "Check who reset it; what it counted since counts.",
        ),
    )
    """It fell to what can have flowed since."""
    REGISTER_AGAINST_POWER = (
        "register_against_power",
        Meaning(
            "An energy register differs from the power that the same meter measured",
            "Check the meter's scale, and that register and power are of the same circuit.",
        ),
    )
    """By more than 5 % of a day and 0.1 kWh."""
    FLAT = (
        "flat",
        Meaning(
            "The same value for a day or longer",
            "Check whether the meter still measures, or the load is truly constant.",
            lasts=True,
        ),
    )
    """The same value for a day or longer."""
    CLOCK_BACK = (
        "clock_back",
        Meaning(
            "The clock ran back",
            "Check the time synchronisation of the bridge's host.",
        ),
    )
    """The clock of the bridge ran back."""
    POLE_TWICE = (
        "pole_on_two_circuits",
        Meaning(
            "A pole on two circuits",
            "Correct the circuits in the directory: a pole belongs to one circuit at a time.",
            holds=True,
            lasts=True,
        ),
    )
    """A pole was on two circuits at once."""
    MAIN_DIFFERS = (
        "main_differs",
        Meaning(
            "The circuits differ from the main",
            "Check for circuits without a transformer, a reversed or wrong transformer, and a "
            "multiplier of the main.",
            holds=True,
            lasts=True,
        ),
    )
    """The sum of a panel's circuits differs from what feeds it, measured in kWh."""
    MAIN_AMPS_DIFFER = (
        "main_amps_differ",
        Meaning(
            "The circuits differ from the main, of which current alone is measured",
            "Check for circuits without a transformer and for wrong ratios; power factors and "
            "loads between two phases differ by some percent.",
        ),
    )
    """The same of a feeder whose energy is calculated from current."""


Found = tuple[Flag, int, int, str]
"""What a check finds in a circuit's month: flag, first and last slot, figures."""


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
