"""VEE: validation, estimation and editing of interval data.

Owns: flags of quality, energy of an interval, estimates for gaps, entries by hand.
Does not own: whose energy it is (`usage`).
Invariants: measured, estimated and edited energy are never mixed without a mark.
"""
