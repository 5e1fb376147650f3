"""Numbering: what becomes of drafts when they are issued, and what a revision consists of.

Owns: the records of bills, credit notes and corrected invoices, their order in the chain, the
sentences about what was issued.
Does not own: which drafts there are (`issuing`), what a document has in it (`document`).
Invariants: a number is given once and none is left out; a credit note has the lines of the bill
that it gives back, and comes right before the invoice in its place.
"""
