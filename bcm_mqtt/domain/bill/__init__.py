"""Bills: what a customer is charged for a month, and what validation found in its data.

Owns: bills and how they are assembled, why they are held and who released them, what issuing
and revising adds to them, months of several bills (`months`), accounting lines.
Does not own: how a charge becomes a line (`rating`), how a figure is explained (billing).
Invariants: the total is the sum of the rounded lines; an issued bill never changes.
"""
