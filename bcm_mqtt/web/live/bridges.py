"""The bridges of the site, as they tell of themselves."""

from dataclasses import dataclass

from bcm_mqtt.mqtt.payloads import BridgeReport


@dataclass(slots=True)
class BridgeState:
    """A bridge.

    Attributes:
        id: In its topics.
        online: By its state topic, which is its last will when it is gone.
        report: Its info; None before it came.
    """

    id: str
    online: bool = False
    report: BridgeReport | None = None
