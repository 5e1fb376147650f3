"""The pages of suppliers' invoices: all of them, one with its division, and a file to enter.

Owns: what these pages and their requests show. Does not own: what an invoice is and how it is
divided (`domain.allocation`), and storing it (`billing.invoices`).
Invariant: nothing is entered before it was shown what the file would do.
"""
