"""Who may use the page: accounts, sessions and tokens, and the log of what was changed.

Owns: the hashes of passwords and secrets as they are stored, the audit log in SQL.
Does not own: how a password is hashed and when a session is over (the face that lets people in).
Invariants: every change is in one transaction with its audit entry; the log is only added to.
"""
