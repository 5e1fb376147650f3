"""Evidence: what proves that bills are as they were issued, also against who has the database.

Owns: the site's signing keys and their file, what is signed, heads that were noted elsewhere,
the files that were handed out, comparing a file with what was issued, time stamps.
Does not own: the chain of bills (`issue`), the chain of the audit log (store), how a report
looks (`reports`).
Invariants: a private key is in its file alone; nothing that a file says about itself is believed;
what cannot be checked is named, never taken for good.
"""
