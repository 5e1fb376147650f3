"""Lines by suppliers' invoices.

Owns: what of a known division stands on a bill, and the finding that holds it where none is known.
Does not own: the division (`domain.allocation`).
Invariant: all energy of a month is charged by invoices, or none of it.
"""

from bcm_mqtt.domain.rating.invoiced.lines import allocation_lines

__all__ = ["allocation_lines"]
