"""A bridge as the page knows it."""

from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.domain.reading.bridge_clock import ClockTrack, clock_sentence, fault_of
from bcm_mqtt.mqtt.payloads import BridgeReport
from bcm_mqtt.web.live.outbox import OutboxView, outbox_view


@dataclass(slots=True)
class BridgeState:
    """A bridge.

    Attributes:
        id: In its topics.
        online: By its state topic, which is its last will when it is gone.
        report: Its info; None before it came.
        clock: Of it, against this host's; None before a live message came.
    """

    id: str
    online: bool = False
    report: BridgeReport | None = None
    clock: ClockTrack | None = None

    @property
    def clock_problem(self) -> str:
        """What is wrong with its clock, or ""."""
        if self.clock is None or not fault_of(self.clock):
            return ""
        return f"{clock_sentence(self.clock)}: check its time synchronisation"

    def outbox(self, now: datetime) -> OutboxView | None:
        """Its outbox; None before its info came."""
        return outbox_view(self.report, now) if self.report else None
