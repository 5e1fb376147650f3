"""Device types as data: which register of which unit holds which quantity of which pole.

Owns: the YAML files in this folder and their loader. Does not own: talking to a device.
Invariant: a profile that loads is complete; each pole stands in it once, and so does each
register of a quantity (but for those of a phase, such as voltages, which channels share).
"""

from bcm_mqtt.profiles.addressing import LAST_REGISTER, Addressing
from bcm_mqtt.profiles.loader import load_profile, shipped_profiles, with_parameters
from bcm_mqtt.profiles.measure import (
    Factor,
    FactorKind,
    Measure,
    ValueType,
    WordOrder,
)
from bcm_mqtt.profiles.profile import (
    MAX_REGISTERS,
    Channel,
    Identification,
    Profile,
    ProfileRow,
    QuantityRow,
)

__all__ = [
    "LAST_REGISTER",
    "MAX_REGISTERS",
    "Addressing",
    "Channel",
    "Factor",
    "FactorKind",
    "Identification",
    "Measure",
    "Profile",
    "ProfileRow",
    "QuantityRow",
    "ValueType",
    "WordOrder",
    "load_profile",
    "shipped_profiles",
    "with_parameters",
]
