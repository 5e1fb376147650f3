"""The pages of the site, of a panel and of accounts, and how a template becomes a response.

Owns: what their templates show, in the order in which they show it.
Does not own: the newest readings (`web.live`), pages of billing and history.
Invariants: no template calculates; links are relative, so that any path of a proxy will do.
"""
