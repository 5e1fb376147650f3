"""A month's end on the page of a month: what is open, and each customer beside the month before.

Owns: the sentences of the checklist, where each of its lines leads, how changes are written.
Does not own: which change is a jump (domain), what was sent and exported (billing.delivery).
Invariants: a line is done only by what is stored or calculated; nobody ticks it off.
"""
