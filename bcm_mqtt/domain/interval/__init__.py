"""Intervals: 15 minutes of one pole, as exact sums of its readings.

Owns: left-hold, the grid of quarter hours, load profiles, coverage, retention.
Does not own: what is done about gaps (`vee`).
Invariants: electrical sums are integers; an interval is computed from readings, never added to.
"""
