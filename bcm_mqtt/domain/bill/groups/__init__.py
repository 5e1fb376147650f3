"""Bills of customers with several tariffs, taken apart by group of circuits.

Owns: which lines and determinants of a bill are a group's. Does not own: how they are made.
Invariant: each line but taxes is in one part.
"""

from bcm_mqtt.domain.bill.groups.parts import by_group

__all__ = ["by_group"]
