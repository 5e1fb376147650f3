"""History: what a circuit or a customer drew, as so many points as a chart can show.

Owns: the grid of points, their least, mean and greatest values, the typical week.
Does not own: the formula of power (`power`, `interval_energy`), estimates (`circuit_load`).
Invariants: a point is what was measured in its time and nothing else: missing is NaN, never 0
and never a line between neighbours; energy is what bills start from, before any estimate.
"""
