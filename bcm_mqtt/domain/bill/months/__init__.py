"""Months of bills: a site's, a customer's so far, and one against the month before it.

Owns: what is said of several bills of one month, or of one customer's bills of several.
Does not own: a bill and its lines.
Invariants: every figure is a sum or a difference of figures of bills.
"""
