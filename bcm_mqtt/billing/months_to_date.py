"""Months to date at the broker: those of today's customers, and no others."""

from collections.abc import Iterable

from bcm_mqtt.domain.bill.month_to_date import MonthToDate
from bcm_mqtt.mqtt.client import Message, MqttClient
from bcm_mqtt.mqtt.payloads import encode_month_to_date
from bcm_mqtt.mqtt.topics import LONGEST_TOPIC, Topics


class MonthsToDate:
    """Publishes them retained, and takes back those of customers that are gone.

    Which ones are at the broker, the broker says itself: it is subscribed to them. So also
    those are found that a customer left behind who went while nobody was looking.
    """

    def __init__(self, client: MqttClient, topics: Topics) -> None:
        """Publishes on the client."""
        self._client = client
        self._topics = topics
        self._current: frozenset[str] | None = None  # None: nothing is known yet
        self._retained: set[str] = set()

    def publish(self, items: Iterable[MonthToDate]) -> None:
        """Publishes those of all customers there are."""
        # A longer topic no protocol can say; such an id is somebody's mistake.
        listed = [item for item in items if len(self._topic(item.customer)) <= LONGEST_TOPIC]
        self._current = frozenset(item.customer for item in listed)
        for item in listed:
            self._retain(item.customer, encode_month_to_date(item))
        for customer in self._retained.copy() - self._current:
            self._retain(customer, b"")

    def heard(self, message: Message) -> None:
        """Notes what the broker has; called in the network thread."""
        customer = self._topics.customer_of(message.topic)
        if not message.payload:
            self._retained.discard(customer)
            return
        self._retained.add(customer)
        if self._current is not None and customer not in self._current:
            self._retain(customer, b"")

    def _retain(self, customer: str, payload: bytes) -> None:
        self._client.publish(self._topic(customer), payload, qos=1, retain=True)

    def _topic(self, customer: str) -> str:
        return self._topics.month_to_date(customer)
