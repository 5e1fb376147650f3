"""Money: amounts and how they are rounded.

Owns: rounding to a currency's minor unit, texts of amounts.
Does not own: what anything costs (`tariff`, `rating`).
Invariants: an amount is a Decimal; rounding is half up.
"""
