"""What closes a bill: charges that are made of the lines above them.

Owns: surcharges, limits, taxes and the rounding of the total.
Does not own: their lines (`domain.rating.closing_lines`).
Invariant: none of them prices a kWh or a kW.
"""
