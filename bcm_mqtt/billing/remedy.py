"""What somebody may do about a finding, apart from mending what is wrong at the site."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from bcm_mqtt.domain.vee.flag import Flag


class Remedy(StrEnum):
    """A change that may make a finding go away."""

    SIGN = "sign"
    """A dated row of meters.csv: the transformer sits the wrong way round."""
    MULTIPLIER = "multiplier"
    """A dated row of meters.csv: the ratio of the transformer, or the scale of the meter."""
    EXCHANGE = "exchange"
    """A dated row of meters.csv: the meter was exchanged."""
    DISCARD = "discard"
    """An entry: the readings are wrong, and are estimated."""
    ACCEPT = "accept"
    """An entry: the finding is right as it is."""


_FITTING: Final[Mapping[Flag, tuple[Remedy, ...]]] = {
    Flag.ABOVE_RATING: (Remedy.MULTIPLIER,),
    Flag.ENERGY_ABOVE_RATING: (Remedy.MULTIPLIER,),
    Flag.JUMP: (Remedy.DISCARD,),
    Flag.LEVEL: (Remedy.MULTIPLIER,),
    Flag.SPIKE: (Remedy.DISCARD,),
    Flag.REGISTER: (Remedy.EXCHANGE,),
    Flag.REGISTER_UNEXPLAINED: (Remedy.EXCHANGE,),
    Flag.REGISTER_RESET: (Remedy.EXCHANGE,),
    Flag.REGISTER_DIFFERS: (Remedy.DISCARD,),
    Flag.EXCHANGE_UNRESOLVED: (Remedy.EXCHANGE,),
    Flag.REGISTER_AGAINST_POWER: (Remedy.MULTIPLIER,),
    Flag.REVERSED: (Remedy.SIGN,),
    Flag.LEG_REVERSED: (Remedy.SIGN,),
}


def remedies(flag: Flag) -> tuple[Remedy, ...]:
    """What fits a flag, the most likely first; each finding can be accepted."""
    return (*_FITTING.get(flag, ()), Remedy.ACCEPT)
