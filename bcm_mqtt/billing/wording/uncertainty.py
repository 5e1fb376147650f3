"""What uncertainty was taken from, in the language that is spoken now."""

from typing import Final

from bcm_mqtt.languages import N_
from bcm_mqtt.languages.sentences import Sentences

BASES: Final = Sentences(
    N_("classes of meter and CT not stated: %(percent)s each"),
    N_("power factor measured on the circuit: %(what)s"),
    N_("measured voltage: %(what)s"),
    N_("nominal voltage: %(percent)s (%(standard)s)"),
    N_("stated power factor: %(percent)s"),
    N_("measured power factor: %(percent)s"),
    N_("power factor of a companion that sees other loads as well: %(percent)s"),
    N_("power factor not stated: %(lowest)s to 1 for the billed 1"),
    N_("class of meter not stated: %(percent)s, %(what)s"),
    N_("class of meter not stated: %(percent)s"),
    N_("meter of class %(class)s, %(what)s"),
    N_("meter of class %(class)s"),
    N_("class of CT not stated: %(percent)s"),
    N_("CT of class %(class)s, its rating not stated"),
    N_("CT of class %(class)s of %(amps)s A"),
    N_("all of what fewer than 8 measured days could be compared with"),
    N_("of currents whose step is not known"),
    N_("of energy registers whose step is not known"),
    N_("of power that no current was read with"),
)
"""Of `Component.basis`, also of what is not included."""


def basis(text: str) -> str:
    """What a cause's uncertainty was taken from, or what is not included."""
    return BASES.said(text)
