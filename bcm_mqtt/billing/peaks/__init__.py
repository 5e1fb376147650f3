"""Demand in windows finer than quarter hours: by polls while they are stored, then as it was.

Owns: which days are known, and making what is stored of them before their polls are removed.
Does not own: how a window is measured (`domain.usage.fine`), and its price (`domain.rating`).
Invariants: a stored day counts only while the quarter hours are those that it was made of; a day
of which nothing is known holds the bill.
"""
