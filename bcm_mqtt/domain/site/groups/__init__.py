"""Groups of a customer's circuits.

Owns: which circuits are in a group. Does not own: what a tariff makes of it (`rating.grouped`).
Invariant: a circuit is in one group or in none.
"""
