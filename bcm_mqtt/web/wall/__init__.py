"""The page that hangs on a wall: the site at a glance, for days, from three metres away.

Owns: what a wall shows, and the figures of today.
Does not own: what is live (`web.live`), stored or priced.
Invariants: nothing can be changed from it; what is not known is a dash, and says so.
"""
