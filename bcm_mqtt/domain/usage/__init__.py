"""Usage: the energy and demand of circuits, panels and customers over a month.

Owns: splits where a circuit changes hands, sums, reconciliation with mains.
Does not own: prices (`tariff`, `rating`).
Invariants: splitting a month anywhere never changes the total.
"""
