"""Two bridges of one id in a pair: one polls, the other stands by.

Owns: who of the two may poll (lease), what they say to each other (link), what the one that stands
by has of the other's files (copies), and the change from one to the other (service).
Does not own: polling and publishing, which a `Bridge` does that lives only while its side may poll.
Invariants: a side sends no request to a meter unless its lease holds or, cut off from the other
side and from the broker, it is configured to go on; of two sides that claim the lease, the one with
the later term has it; a side that lost it has ended its `Bridge` before it stands by.
"""

from bcm_mqtt.bridge.pair.service import Pair

__all__ = ["Pair"]
