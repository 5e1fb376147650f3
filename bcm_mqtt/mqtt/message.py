"""A message that arrived."""

from typing import NamedTuple, Self

from paho.mqtt.client import MQTTMessage


class Message(NamedTuple):
    """A message that arrived.

    Attributes:
        topic: On which.
        payload: As it came.
        retain: Whether it is a retained one, delivered because of a new subscription.
        mid: Its id, which acknowledges it; the broker starts its ids again with each connection.
        qos: 0 or 1.
        connection: Count of the connection it came over.
    """

    topic: str
    payload: bytes
    retain: bool
    mid: int
    qos: int
    connection: int

    @classmethod
    def of(cls, arrived: MQTTMessage, connection: int) -> Self:
        """Of one that paho has read.

        Raises:
            UnicodeDecodeError: its topic is no text.
        """
        payload = bytes(arrived.payload)
        return cls(arrived.topic, payload, arrived.retain, arrived.mid, arrived.qos, connection)
