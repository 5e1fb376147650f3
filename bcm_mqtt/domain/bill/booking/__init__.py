"""Booking: what of a bill goes into the books of whoever issued it.

Owns: the rows of a bill, how each is booked.
Does not own: files of rows, and which accounts a site has (billing.delivery, config).
Invariant: the rows of a bill add up to what it charges, or of a revision to what it changes.
"""
