"""Bills: what a customer is charged for a month, and what was found about it.

Owns: bills, their review, checks of issued bills, month to date, booking entries.
Does not own: how a charge becomes a line (`rating`).
Invariants: the total is the sum of the rounded lines; an issued bill never changes.
"""
