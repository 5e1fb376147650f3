"""A bridge as the page knows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bcm_mqtt.domain.reading.bridge_clock import ClockTrack, fault_of
from bcm_mqtt.languages import _, number
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
        offset = self.clock.offset
        seconds = number(abs(offset) / timedelta(seconds=1), 1)
        if offset > timedelta():
            return _(
                "its clock is %(seconds)s s ahead: check its time synchronisation", seconds=seconds
            )
        return _(
            "its clock is %(seconds)s s behind: check its time synchronisation", seconds=seconds
        )

    def outbox(self, now: datetime) -> OutboxView | None:
        """Its outbox; None before its info came."""
        return outbox_view(self.report, now) if self.report else None
