"""The newest state of all panels, as it arrives over MQTT, and the feeds that browsers follow.

Owns: which state is the newest, what of it a browser is told. Does not own: readings and
loading (domain).
Invariants: only the event loop's thread touches it; a browser that does not read costs no
memory.
"""

from bcm_mqtt.web.live.bridges import BridgeState
from bcm_mqtt.web.live.feed import Feed, FeedPart, Value
from bcm_mqtt.web.live.panel import LivePanel, Shown
from bcm_mqtt.web.live.site import LiveSite
from bcm_mqtt.web.live.stream import events

__all__ = ["BridgeState", "Feed", "FeedPart", "LivePanel", "LiveSite", "Shown", "Value", "events"]
