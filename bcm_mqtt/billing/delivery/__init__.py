"""Delivery: bills on their way into other programs, accounting systems and mailboxes.

Owns: files of accounting lines; who gets which letter, what it says and attaches, sending it.
Does not own: what a line is worth (domain), the reports that are attached (billing.reports),
which mails were sent (store).
Invariants: the rows of an invoice add up to its amount; no bill is sent twice unless
someone says so, and none is recorded as sent before the mail server has accepted it.
"""
