"""Reactive energy of circuits, from the reactive power that their devices measured.

Owns: what a circuit adds to a customer's reactive energy, and where it is not known.
Does not own: the sum over circuits (`usage.customer_load`), and prices (`rating.demand`).
Invariant: what was not measured is unknown, and never 0 or taken from a stated power factor.
"""
