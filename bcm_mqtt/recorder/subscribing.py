"""What a recorder subscribes to at its brokers."""

import logging
import time

from bcm_mqtt.mqtt.brokers import EveryBroker
from bcm_mqtt.mqtt.client import Message, MqttClient
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.recorder.part import Panels, Part

_LOG = logging.getLogger(__name__)


class Subscribing:
    """Used by the recorder's thread but where it says otherwise."""

    def __init__(self, topics: Topics, group: str = "", part: Part | None = None) -> None:
        """Asks for nothing yet.

        Args:
            topics: Below which base.
            group: Of the recorders that share the snapshots; "" where it takes them itself.
            part: Of the panels whose snapshots it takes; None for all.
        """
        self._topics = topics
        self._group = group
        self._panels = Panels(part, topics) if part else None
        self._asked_at = time.monotonic()
        self._said = ""

    def begin(self, client: MqttClient) -> None:
        """On a new connection; in the network thread."""
        if self._panels:
            snapshots = self._panels.filters
        elif self._group:
            snapshots = [self._topics.every_snapshot_shared(self._group)]
        else:
            snapshots = [self._topics.every_snapshot]
        # What is retained is for each: a shared subscription gets none of that.
        client.subscribe(*snapshots, self._topics.every_directory, *self._topics.every_alarm)
        self._asked_at = time.monotonic()
        client.subscribe_live(self._topics.bridge_info("+"))

    def hear(self, client: EveryBroker, message: Message) -> None:
        """Subscribes to a panel that a message names first; in the network thread."""
        if self._panels:
            client.subscribe(*self._panels.new_in(message))

    def turn(self, client: EveryBroker, directories_s: float) -> None:
        """Asks for directories now and then: the broker drops what its queue has no room for.

        That happens while nothing is acknowledged, such as in an outage of the database. A new
        subscription brings what is retained; what is known already changes nothing.
        """
        if self._panels and (panels := str(self._panels)) != self._said:
            self._said = panels
            _LOG.info("%s", panels)
        client.ask_where_moved(self._topics.every_directory)
        now = time.monotonic()
        if now - self._asked_at >= directories_s:
            self._asked_at = now
            client.subscribe(self._topics.every_directory)
