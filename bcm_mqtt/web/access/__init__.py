"""Who may do what on the page.

Owns: accounts, sessions, tokens, roles and their rights, how often a password may be tried,
the audit log, whom a proxy is believed about. Does not own: where they are stored (it is
given a store), what the routes do.
Invariants: every route says which right it needs, or the application does not start; a
secret is stored as its hash alone; a change is logged before it is made, or it is not made;
without accounts only this machine comes in.
"""
