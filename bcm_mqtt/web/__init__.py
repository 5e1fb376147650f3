"""The web page: breaker panels as they are now, and edits of their circuits.

Owns: pages, the JSON API, the event stream, what they are made of. Does not own: what the
figures mean (domain), topics and payloads (mqtt), edits of circuits.csv (the bridge does
them when it is asked).
Invariants: what is shown came over MQTT or out of the store; nothing is written here, a
change is asked of the bridge and shown when its directory comes back; each update is
encoded once, however many browsers look.
"""

from bcm_mqtt.web.app import create_app
from bcm_mqtt.web.ports import Change, Ports, Stored

__all__ = ["Change", "Ports", "Stored", "create_app"]
