"""Readings: what the store has of a month, made where it is due and read ahead of the work.

Owns: which processes make days that are due, what of a panel is read and in which thread.
Does not own: queries and what is stored (store), what readings mean (domain).
Invariants: all of a month is read as it was at one moment; days are the same whoever makes them.
"""
