"""Who sends a request over HTTP, and what its route needs.

Owns: cookies, what a proxy is believed about, the gate, streams that end with their session,
the declaration of each route's right. Does not own: accounts, roles and rights (`access`).
Invariant: every route says which right it needs, or the application does not start.
"""
