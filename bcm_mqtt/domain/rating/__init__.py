"""Rating: from a customer's usage, load and tariff to priced lines and their determinants.

Owns: the lines, and every rule by which a charge becomes one: tiers, ratchets, shares of a month.
Does not own: what a tariff may say (`domain.tariff`), how usage came about, and bills.
Invariants: each line is rounded once, half up, to the currency's minor unit; the
quantities of the lines made from a determinant add up to it.
"""
