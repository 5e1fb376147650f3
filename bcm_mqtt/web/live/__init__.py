"""The newest state of all panels, as it arrives over MQTT, and the feeds that browsers follow.

Owns: which state is the newest, what of it a browser is shown.
Does not own: readings and loading (domain).
Invariants: only the event loop's thread touches it; a browser that does not read costs no
memory.
"""

from bcm_mqtt.web.live.bridge import BridgeState
from bcm_mqtt.web.live.feed import Feed, FeedPart, Followed, Value, events
from bcm_mqtt.web.live.panel import LivePanel
from bcm_mqtt.web.live.site import LiveSite

__all__ = [
    "BridgeState",
    "Feed",
    "FeedPart",
    "Followed",
    "LivePanel",
    "LiveSite",
    "Value",
    "events",
]
