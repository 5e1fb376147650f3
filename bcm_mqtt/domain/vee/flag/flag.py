"""Flags: what can be wrong with interval data; docs/vee.md says when each is found."""

from enum import StrEnum
from typing import Self

from bcm_mqtt.domain.vee.flag import computed
from bcm_mqtt.domain.vee.flag.meaning import Meaning


class Flag(StrEnum):
    """What can be wrong with interval data, each declared once: its name and its meaning.

    Bills, reports, the page and `vee check` derive from it; a test compares docs/vee.md's table.
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
    JUMP = (
        "jump",
        Meaning(
            "Neighbouring intervals differ by more than the breaker carries",
            "Check the readings around that time; discard those that cannot be.",
        ),
    )
    LEVEL = (
        "change_of_level",
        Meaning(
            "A change of level",
            "Check whether a load was added, moved or removed that day, or a transformer was.",
        ),
    )
    SPIKE = (
        "spike",
        Meaning(
            "A spike",
            "Check whether the load could draw that much; discard the interval if not.",
        ),
    )
    REGISTER = (
        "falling_register",
        Meaning(
            "An energy register fell or jumped",
            "Check whether the meter was exchanged, reset or set to another scale.",
        ),
    )
    REGISTER_UNEXPLAINED = (
        "register_unexplained",
        Meaning(
            "An energy register that cannot be explained",
            "Enter the exchange of the meter, if it was exchanged, or a correction of that time.",
            holds=True,
        ),
    )
    REGISTER_DIFFERS = (
        "register_differs",
        Meaning(
            "Energy over a long time without a reading that differs from what is expected",
            "Check whether the load had changed; correct or accept that time.",
            holds=True,
        ),
    )
    EXCHANGE_UNRESOLVED = (
        "exchange_unresolved",
        Meaning(
            "An exchange of a meter whose readings do not fit",
            "Correct the last reading of the old meter, the first of the new one, or the time.",
            holds=True,
        ),
    )
    REGISTER_GLITCH = (
        "register_glitch",
        Meaning(
            "An energy register was misread for a time",
            "Check the wiring of the meter's line where it comes again.",
        ),
    )
    REGISTER_ROLLOVER = (
        "register_rollover",
        Meaning("An energy register began again from 0 at its end", "Nothing is to be done."),
    )
    REGISTER_SLIP = (
        "register_slip",
        Meaning(
            "An energy register fell a little",
            "Check whether the meter loses what it had not yet stored when its power fails.",
        ),
    )
    REGISTER_RESET = (
        "register_reset",
        Meaning(
            "An energy register was reset",
            "Check who reset it; what it counted since counts.",
        ),
    )
    REGISTER_AGAINST_POWER = (
        "register_against_power",
        Meaning(
            "An energy register differs from the power that the same meter measured",
            "Check the meter's scale, and that register and power are of the same circuit.",
        ),
    )
    FLAT = (
        "flat",
        Meaning(
            "The same value for a day or longer",
            "Check whether the meter still measures, or the load is truly constant.",
            lasts=True,
        ),
    )
    IN_STEP = (
        "in_step",
        Meaning(
            "A load in step with the clock",
            "Set bridge.poll_offset to spread: the uncertainty does not cover what polls on a grid "
            "miss of it. Polls that are spread already read it fairly.",
            lasts=True,
        ),
    )
    CLOCK_BACK = (
        "clock_back",
        Meaning("The clock ran back", "Check the time synchronisation of the bridge's host."),
    )
    CLOCK_OFF = (
        "clock_off",
        Meaning(
            "The clock of the bridge was more than 60 s off",
            "Check the time synchronisation of the bridge's host, and which quarter hours its "
            "readings were counted in.",
            holds=True,
        ),
    )
    CLOCK_DRIFTS = (
        "clock_drifts",
        Meaning(
            "The clock of the bridge was more than 5 s off",
            "Check the time synchronisation of the bridge's host.",
        ),
    )
    POLE_TWICE = (
        "pole_on_two_circuits",
        Meaning(
            "A pole on two circuits",
            "Correct the circuits in the directory: a pole belongs to one circuit at a time.",
            holds=True,
            lasts=True,
        ),
    )
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
    LEG_REVERSED = (
        "leg_reversed",
        Meaning(
            "One leg is reversed",
            "Check the direction of that pole's current transformer; enter sign -1 in meters.csv.",
            holds=True,
            lasts=True,
        ),
    )
    PHASES_SWAPPED = (
        "phases_swapped",
        Meaning(
            "Current transformers are on other phases than their voltages",
            "Check the order of the transformers; put them right, and enter voltage_shift in "
            "meters.csv for the time before.",
            holds=True,
            lasts=True,
        ),
    )
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
    LOW_POWER_FACTOR = (
        "low_power_factor",
        Meaning(
            "A power factor below 0.5",
            "Check whether the load is such a one; if not, check the phases of the transformers.",
            lasts=True,
        ),
    )
    LEGS_DIFFER = (
        "legs_differ",
        Meaning(
            "The legs of a line-to-line load differ",
            "Check whether the load uses the neutral (2P-N), and whether both transformers are on "
            "this breaker.",
            lasts=True,
        ),
    )
    NO_TRIANGLE = (
        "no_triangle",
        Meaning(
            "The currents of a delta load do not close",
            "Check whether the load uses the neutral (3P), and whether all transformers are on "
            "this breaker.",
            lasts=True,
        ),
    )
    WRONG_VOLTAGE = (
        "wrong_voltage",
        Meaning(
            "The measured voltage is not the service's",
            "Check the panel's service in the configuration and the meter's voltage settings.",
            lasts=True,
        ),
    )
    UNASSIGNED_LOAD = (
        "unassigned_load",
        Meaning(
            "A load on a pole that nobody pays for",
            "Assign the circuit to a customer, or check what is connected to this space or spare.",
            lasts=True,
        ),
    )
    FORMULA_NEGATIVE = ("formula_negative", computed.FORMULA_NEGATIVE)
    FORMULA_NEAR_ZERO = ("formula_near_zero", computed.FORMULA_NEAR_ZERO)
    FORMULA_OVERBILLED = ("formula_overbilled", computed.FORMULA_OVERBILLED)
    CALIBRATION_BEYOND = ("calibration_beyond", computed.CALIBRATION_BEYOND)
    CALIBRATION_UNREAD = ("calibration_unread", computed.CALIBRATION_UNREAD)
    TARIFF_UNKNOWN = ("tariff_unknown", computed.TARIFF_UNKNOWN)
    PRICE_MISSING = ("price_missing", computed.PRICE_MISSING)
    INVOICE_MISSING = ("invoice_missing", computed.INVOICE_MISSING)
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
    MAIN_AMPS_DIFFER = (
        "main_amps_differ",
        Meaning(
            "The circuits differ from the main, of which current alone is measured",
            "Check for circuits without a transformer and for wrong ratios; power factors and "
            "loads between two phases differ by some percent.",
        ),
    )
