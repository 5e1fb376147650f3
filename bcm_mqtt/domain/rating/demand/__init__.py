"""Demand: what is measured over windows, what of it is billed, and energy by hours of its use.

Owns: the greatest window of a load, ratchets, minimums and steps, and tiers by hours of use.
Does not own: the lines of a bill (`rating.demand_lines`, `rating.energy_lines`).
Invariant: kW are rounded to 0.001 from the exact mean, and to a sheet's steps from these.
"""
