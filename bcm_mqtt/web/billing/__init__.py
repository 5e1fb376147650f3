"""The billing page: months, their bills, entries about intervals, and how figures came about.

Owns: runs and their progress, what the pages and the API show of a month. Does not own: what a
bill comes to, its reports, the steps of an explanation (`billing`).
Invariants: a month is computed once at a time and never in the event loop; a run that is
cancelled leaves nothing; every figure of a bill leads to its explanation; whoever changes
something gives a name and a reason.
"""
