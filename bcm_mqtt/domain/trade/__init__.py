"""Trade: who sells to whom and under which VAT, as invoices between companies name them.

Owns: postal and electronic addresses, contacts, accounts, what identifies a seller and a buyer,
the categories of VAT.
Does not own: who the customers are (`site`), which lines a tax is on (`rating`), invoices.
Invariants: every field is optional, as an address in lines is enough for paper; what a format
needs is named where an invoice is made.
"""
