"""Formula circuits of a month: their members are read again, and what they come to is billed.

Owns: which panels are read for formulas, and what of a site's month formulas change: accounts,
unallocated energy, panels against what feeds them.
Does not own: what a formula is (`domain.site.formula`) and its energy (`domain.usage.formula`).
Invariants: a site's bills and its unallocated energy together have each measured kWh once; a site
without formulas reads and computes nothing here.
"""
