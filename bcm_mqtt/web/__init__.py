"""The web page: one of two faces, beside the command line, of the same use cases.

Owns: pages, the JSON API, event streams, HTTP, what a browser may do at all. Does not own: what
the figures mean (domain), what a use case does (access, billing, history), topics and payloads
(mqtt), edits of circuits.csv (the bridge makes them on request).
Invariants: what is shown came over MQTT or from a use case; an edit of a circuit is requested
from the bridge and shown when its directory comes back; accounts, bills and their entries are
changed by use cases alone; each update is encoded once, however many browsers look.
"""

from bcm_mqtt.web.app import create_app
from bcm_mqtt.web.ports import Ports

__all__ = ["Ports", "create_app"]
