"""What is logged of a connection that is down: one line each time, not one for each attempt."""

import logging
import time

from paho.mqtt.reasoncodes import ReasonCode

from bcm_mqtt.mqtt.broker import Broker
from bcm_mqtt.mqtt.reasons import TAKEN_OVER

_LOG = logging.getLogger(__name__)
_BRIEF_S = 5.0
_MANY = 5


class Downs:
    """Of one client; used by its network thread."""

    def __init__(self, client_id: str, broker: Broker, *, is_logged: bool) -> None:
        """It was never connected; `is_logged`: else nothing of all this is said."""
        self._is_logged = is_logged
        self._client_id = client_id
        self.place_at(broker.place)
        self._reported = set[str]()  # places
        self._reported_taken_over = False
        self._began_s = 0.0
        self._brief = 0  # connections in a row that were lost at once

    def place_at(self, place: str) -> None:
        """Of several brokers the one at this place is tried now."""
        self.place = f"{self._client_id}: broker {place}"

    def connected(self) -> None:
        """It is up."""
        if self._is_logged:
            _LOG.info("%s: connected", self.place)
        self._reported.clear()
        self._began_s = time.monotonic()

    def refused(self, reason: ReasonCode) -> None:
        """The broker does not take the connection."""
        self._report(f"{self.place} refused the connection: {reason}")

    def not_reached(self, reason: BaseException | None) -> None:
        """There is no broker."""
        self._report(f"{self.place} is not reachable ({reason}), trying again until it is")

    def lost(self, reason: ReasonCode) -> None:
        """It stood, and is lost."""
        if not self._is_logged:
            return
        if reason.value == TAKEN_OVER:
            self._report_taken_over()
            return
        self._report(f"{self.place}: connection lost ({reason}), trying again")
        is_brief = time.monotonic() - self._began_s < _BRIEF_S
        self._brief = self._brief + 1 if is_brief else 0
        if self._brief == _MANY:
            _LOG.error(
                "%s: each connection is lost at once: where another client has the id %s, give "
                "each an id of its own; where the broker limits the size of messages without "
                "saying so, state it as mqtt.max_packet_size",
                self.place,
                self._client_id,
            )

    def _report(self, message: str) -> None:
        if self._is_logged and self.place not in self._reported:
            self._reported.add(self.place)
            _LOG.warning("%s", message)

    def _report_taken_over(self) -> None:
        """Once: two clients of one id take turns for as long as both run."""
        if not self._reported_taken_over:
            self._reported_taken_over = True
            _LOG.error(
                "%s: another client with the id %s is connected, and each disconnects the other: "
                "give each bridge and each recorder an id of its own",
                self.place,
                self._client_id,
            )
