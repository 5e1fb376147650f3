"""What goes out over paho: many packets at once, retained state at a pace, nothing too large.

Owns: how messages are encoded for paho's queue, how many it holds unacknowledged, and the broker's
limit of a packet.
Does not own: the connection, or what is published.
Invariant: what cannot be sent is logged once a topic; all else goes out in its order.
"""
