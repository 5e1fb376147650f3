"""The books: issued bills, signed entries about intervals, releases of bills, mails.

Owns: what people have signed for, numbered and chained by hashes.
Does not own: what a bill says (domain, billing), how it is mailed (billing).
Invariants: rows are added and never changed; while bills are issued no other process issues any.
"""
