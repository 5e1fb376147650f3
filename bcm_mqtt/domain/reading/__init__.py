"""Readings: what one poll of a panel says, and what follows from it at once.

Owns: snapshots, power from current, loading, steps of energy registers, alarms.
Does not own: time between polls (`interval`).
Invariants: a missing reading is missing, never 0.
"""
