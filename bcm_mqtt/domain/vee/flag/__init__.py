"""Flags: what can be wrong with interval data, with what that means to people.

Owns: their names, titles and advice, and which hold a bill.
Does not own: when one is found (`vee` and `usage`), and their titles in other languages.
Invariants: each flag is declared once; a name is never reused, as entries in databases have it.
"""

from bcm_mqtt.domain.vee.flag.flag import Flag
from bcm_mqtt.domain.vee.flag.meaning import Meaning

__all__ = ["Flag", "Meaning"]
