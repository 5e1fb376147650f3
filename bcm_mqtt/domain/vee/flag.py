"""Flags: what can be wrong with interval data, with what that means to people."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


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
    REVERSED = (
        "reversed",
        Meaning(
            "Power or energy runs backwards",
            "Check the direction of the current transformers; enter sign -1 in meters.csv from the "
            "day on which they were fitted.",
            holds=True,
            lasts=True,
        ),
    )
    """The circuit's power is below -max(10 W, 1 % of rating x voltage) for an hour."""
    LEG_REVERSED = (
        "leg_reversed",
        Meaning(
            "One leg is reversed",
            "Check the direction of that pole's current transformer; enter sign -1 in meters.csv.",
            holds=True,
            lasts=True,
        ),
    )
    """The opposite sign of one leg lifts the power factor from below 0.5 to above 0.8."""
    PHASES_SWAPPED = (
        "phases_swapped",
        Meaning(
            "Current transformers are on other phases than their voltages",
            "Check the order of the transformers and put them right.",
            holds=True,
            lasts=True,
        ),
    )
    """Power and reactive power fit when legs are turned by 120 degrees."""
    ENERGY_MISSING = (
        "energy_missing",
        Meaning(
            "Current flows without the energy that belongs to it",
            "Check the voltage connections and fuses of the meter, and the phases of its "
            "transformers.",
            holds=True,
            lasts=True,
        ),
    )
    """|P| < 0.55 V I over a day on line-to-neutral legs."""
    LOW_POWER_FACTOR = (
        "low_power_factor",
        Meaning(
            "A power factor below 0.5",
            "Check whether the load is such a one; if not, check the phases of the transformers.",
            lasts=True,
        ),
    )
    """|P| < 0.5 V I over a day on legs between lines."""
    LEGS_DIFFER = (
        "legs_differ",
        Meaning(
            "The legs of a line-to-line load differ",
            "Check whether the load uses the neutral (2P-N), and whether both transformers are on "
            "this breaker.",
            lasts=True,
        ),
    )
    """The day's mean currents of a 2P circuit differ by more than max(0.5 A, 5 %)."""
    NO_TRIANGLE = (
        "no_triangle",
        Meaning(
            "The currents of a delta load do not close",
            "Check whether the load uses the neutral (3P), and whether all transformers are on "
            "this breaker.",
            lasts=True,
        ),
    )
    """The currents of a 3P-D circuit form no triangle: it is calculated as wye."""
    WRONG_VOLTAGE = (
        "wrong_voltage",
        Meaning(
            "The measured voltage is not the service's",
            "Check the panel's service in the configuration and the meter's voltage settings.",
            lasts=True,
        ),
    )
    """A day's mean voltage of a leg is more than 20 % away from nominal."""
    UNASSIGNED_LOAD = (
        "unassigned_load",
        Meaning(
            "A load on a pole that nobody pays for",
            "Assign the circuit to a customer, or check what is connected to this space or spare.",
            lasts=True,
        ),
    )
    """A space, spare or unassigned pole carries a mean current of 0.5 A or more over a day."""
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
