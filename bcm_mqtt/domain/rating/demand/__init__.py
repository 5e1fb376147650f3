"""Demand: its lines, what of it is billed, and energy by hours of its use.

Owns: what a charge measures, ratchets, minimums and steps, and tiers by hours of use.
Does not own: the greatest window of a load (`rating.window_peak`), and the lines of energy.
Invariant: kW are rounded to 0.001 from the exact mean, and to a sheet's steps from these.
"""
