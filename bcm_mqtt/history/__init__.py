"""History of circuits and customers: what the store has of them, as points of time.

Owns: which source fits a span of time, whose circuits are seen at which time, the export.
Does not own: what a point is (`domain.history`), how it is stored, how a face shows it.
Invariants: nothing is estimated or joined over a gap; whoever may see a customer's circuits
only, sees them for the time in which they were the customer's.
"""
