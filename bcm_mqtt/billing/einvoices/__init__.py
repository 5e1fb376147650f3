"""Structured invoices as files: CII and UBL, and CII within a PDF.

Owns: the elements of both syntaxes and their order, the identifiers of each format, the
metadata that mark a PDF as Factur-X.
Does not own: what an invoice says (`domain.einvoice`), how its PDF looks (`billing.reports`).
Invariants: the same invoice gives the same bytes; nothing is calculated here; no network is asked.
Factur-X is read and validated by the factur-x library in tests alone: its own validation posts
invoices to a server, and what it writes is of EN 16931 without XRechnung or Peppol.
"""
