"""Demand and reactive power of a bill, down to the quarter hours that they are made of.

Owns: sections about windows, each circuit's own peaks, apparent power and reactive energy.
Does not own: the steps of a circuit's energy.
Invariant: each figure follows from those above it with a calculator.
"""
