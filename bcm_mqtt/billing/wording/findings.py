"""What validation finds, in the language that is spoken now."""

from collections.abc import Mapping
from typing import Final

from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.languages import N_, translated

_NAMES: Final[Mapping[Flag, str]] = {
    Flag.ABOVE_RATING: N_("above rating"),
    Flag.ENERGY_ABOVE_RATING: N_("energy above rating"),
    Flag.JUMP: N_("jump"),
    Flag.LEVEL: N_("change of level"),
    Flag.SPIKE: N_("spike"),
    Flag.REGISTER: N_("falling register"),
    Flag.REGISTER_UNEXPLAINED: N_("register unexplained"),
    Flag.REGISTER_DIFFERS: N_("register differs"),
    Flag.EXCHANGE_UNRESOLVED: N_("exchange unresolved"),
    Flag.REGISTER_GLITCH: N_("register glitch"),
    Flag.REGISTER_ROLLOVER: N_("register rollover"),
    Flag.REGISTER_SLIP: N_("register slip"),
    Flag.REGISTER_RESET: N_("register reset"),
    Flag.REGISTER_AGAINST_POWER: N_("register against power"),
    Flag.FLAT: N_("flat"),
    Flag.IN_STEP: N_("in step"),
    Flag.CLOCK_BACK: N_("clock back"),
    Flag.CLOCK_OFF: N_("clock off"),
    Flag.CLOCK_DRIFTS: N_("clock drifts"),
    Flag.POLE_TWICE: N_("pole on two circuits"),
    Flag.REVERSED: N_("reversed"),
    Flag.LEG_REVERSED: N_("leg reversed"),
    Flag.PHASES_SWAPPED: N_("phases swapped"),
    Flag.ENERGY_MISSING: N_("energy missing"),
    Flag.LOW_POWER_FACTOR: N_("low power factor"),
    Flag.LEGS_DIFFER: N_("legs differ"),
    Flag.NO_TRIANGLE: N_("no triangle"),
    Flag.WRONG_VOLTAGE: N_("wrong voltage"),
    Flag.UNASSIGNED_LOAD: N_("unassigned load"),
    Flag.MAIN_DIFFERS: N_("main differs"),
    Flag.MAIN_AMPS_DIFFER: N_("main amps differ"),
}
"""In a table."""


def name(flag: Flag) -> str:
    """In two or three words."""
    return translated(_NAMES[flag])


def title(flag: Flag) -> str:
    """What was found."""
    return translated(flag.meaning.title)


def advice(flag: Flag) -> str:
    """What to check."""
    return translated(flag.meaning.advice)
