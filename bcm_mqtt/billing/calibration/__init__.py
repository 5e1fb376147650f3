"""Calibration of a month to revenue meters: what is read for it, and what bills have of it.

Owns: the sums and readings that a month's factors are made from, whose bills they concern.
Does not own: the factors and how circuits are scaled by them (`domain.usage.calibration`).
Invariants: a site without calibration reads nothing for it; with it, panels are computed by
workers as without, each with its own targets.
"""
