"""Several brokers that know nothing of each other, of which one at a time has the bridges.

Owns: connections to all of them at once, at which one a bridge is, and when it goes back to an
earlier one.
Does not own: a connection (`mqtt.client`, which goes to the next broker where one does not answer).
Invariants: what is retained where a bridge is not counts for nothing; with one broker all of this
is its one connection.
"""

from bcm_mqtt.mqtt.brokers.every import EveryBroker
from bcm_mqtt.mqtt.brokers.whereabouts import Whereabouts

__all__ = ["EveryBroker", "Whereabouts"]
