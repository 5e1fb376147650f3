"""Allocation: a real invoice, such as the utility's, divided among customers and the landlord.

Owns: what an invoice says, the rules by which its components are divided, and the division.
Does not own: how energy and demand were measured (`domain.usage`), files, and customers' bills.
Invariant: the parts of a component, the landlord's own included, are its amount to the minor unit.
"""
