"""Pages of months that are not billed so: under other tariffs, and before they are over.

Owns: what is asked, and how the answer is laid out.
Does not own: what a month would cost (`billing.rehearsing`).
Invariant: nothing that these pages show is stored.
"""
