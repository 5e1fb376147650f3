"""History of circuits and customers: what the store has of them, as charts and as data.

Owns: which source fits a span of time, the API's answers, the pages, the export. Does not own:
what a point is (`domain.history`), how it is stored.
Invariants: nothing is estimated or joined over a gap; whoever may see a customer's circuits
only, sees them for the time in which they were the customer's.
"""
