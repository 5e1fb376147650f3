"""Bills: what a customer is charged for a month, and what validation found in its data.

Owns: bills, why they are held and who released them, what issuing and revising adds to them,
the month to date, accounting lines, the shape of an explanation.
Does not own: how a charge becomes a line (`rating`).
Invariants: the total is the sum of the rounded lines; an issued bill never changes.
"""
