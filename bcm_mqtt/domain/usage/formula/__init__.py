"""The energy of formula circuits: sums and differences of the loads of measured circuits.

Owns: the load of a formula by interval, its rows of usage, its uncertainty, its findings.
Does not own: what a formula comes to in circuits (`domain.site.formula`), members' own loads.
Invariants: an interval's energy is the exact sum of its members' with their signs, never cut to
0; it is missing where any member's is; a row's members add up to it but for rounding.
"""
