"""Commissioning: which transformer is on which breaker, and whether it measures right.

Owns: the pole that just changed, the walk through a panel, the comparison with a clamp meter, and
what a certificate says. Does not own: the judgement of phasors (`vee.wiring`), classes of
instruments (`usage.uncertainty`), the rows that correct (`site.instrument_edit`).
Invariants: a pole counts as checked only by a change that it showed itself; what was not checked
is said, and never taken for right.
"""
