"""Who may do what: use cases of the command line and the page.

Owns: accounts, sessions, tokens, roles and their rights, how often a password may be tried,
the audit log. Does not own: where they are stored (it is given a store), how a browser shows
who sends a request (web.access), what the routes do.
Invariants: a secret is stored as its hash alone; a change is logged before it is made, or it
is not made; without accounts only this machine comes in.
"""
