"""Invoices of suppliers, divided by what bills say of their period.

Owns: which figures of bills an invoice is divided by.
Does not own: the division (`domain.allocation`), the bills and their figures.
Invariant: it reads; nothing is stored.
"""
