"""Structured invoices: an issued bill as EN 16931 has it, apart from any syntax.

Owns: the model of an invoice, how a bill becomes one, what each format needs.
Does not own: what a line costs or which VAT is on it (`rating`), XML and PDF (billing).
Invariants: its total is the bill's; nothing is rounded a second time; what cannot be said in
EN 16931 is refused by name.
"""
