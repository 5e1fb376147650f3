"""Codes on bills that banking apps read.

Owns: the picture of a code, by segno and qrbill.
Does not own: whether a bill has one, and what it says (domain.bill.payment).
Invariant: what a code says fits what the libraries do not check: an IBAN whose check digits are
right, one line for each part, an amount of whole cents.
"""
