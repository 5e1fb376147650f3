"""Device types as data: which register of which unit holds which pole's current.

Owns: the YAML files beside this one and their loader. Does not own: talking to a device.
Invariant: a profile that loads is complete; each pole and register stands in it once.
"""

from bcm_mqtt.profiles.loader import load_profile, shipped_profiles
from bcm_mqtt.profiles.profile import Addressing, Channel, Profile, ProfileRow

__all__ = [
    "Addressing",
    "Channel",
    "Profile",
    "ProfileRow",
    "load_profile",
    "shipped_profiles",
]
