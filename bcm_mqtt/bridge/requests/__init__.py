"""What is requested of the bridge: each is done once or never, and the answer says which.

Owns: the session that requests come by, which no broker keeps anything for; which transactions
were done (on disk, for a day); doing them one after the other.
Does not own: what an edit or an acknowledgement does (config, bridge.alarms), the requests' JSON.
Invariants: nothing is begun after its deadline, nor what waited while the bridge stood still;
what will be written is on disk before it is written, so that after a kill at any instant the
files themselves say whether it was done.
"""

from bcm_mqtt.bridge.requests.service import BridgeRequests
from bcm_mqtt.bridge.requests.session import RequestSession, without_memory

__all__ = ["BridgeRequests", "RequestSession", "without_memory"]
