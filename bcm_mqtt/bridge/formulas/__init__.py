"""Live values of formula circuits: what the last readings and counters of their members come to.

Owns: when a formula's power is said, and its count of energy over restarts and changes of members.
Does not own: what a formula is made of (`domain.site.formula`), the values of its members
(`circuits`, `energy`), and what a bill says of it.
Invariants: nothing is said where a member's value is missing or is not of now; a sign is kept,
and no value below 0 is cut off.
"""
