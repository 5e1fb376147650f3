"""Prices of kW: what of a load is measured, from when on it counts, and what floors are under it.

Owns: charges for demand and committed power, their windows, peak times and ratchets.
Does not own: how much is measured and billed (`domain.rating.demand`).
Invariant: two charges of a rate never have both the same measure and the same name.
"""
