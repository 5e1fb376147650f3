"""One bridge of an id at a time: one that starts asks whether another answers.

Two bridges with one id would disconnect each other from the broker for as long as both run, and
poll the same meters. What the broker has retained is not enough: a bridge that was killed
together with its network is `online` there until its keepalive ends.
"""

import socket
from secrets import token_hex
from threading import Event
from typing import Final

from bcm_mqtt.mqtt.client import Broker, Message, MqttClient
from bcm_mqtt.mqtt.discovery import ONLINE
from bcm_mqtt.mqtt.payloads import encode_response, transaction_of
from bcm_mqtt.mqtt.topics import Topics

_CONNECTED_WITHIN_S: Final = 2.0
_RETAINED_WITHIN_S: Final = 0.5
_ANSWERED_WITHIN_S: Final = 3.0


def another_answers(broker: Broker, topics: Topics, bridge: str) -> bool | None:
    """Whether a bridge with this id runs; takes up to some seconds, mostly half of one.

    None where the broker is away, so that nobody could be asked, or where one of several is and the
    others know of none. An earlier release answers that it knows no such request, which is an
    answer, too.
    """
    answers = [_answers_at(one, topics, bridge) for one in broker.each]
    return True if any(answers) else None if None in answers else False


def _answers_at(broker: Broker, topics: Topics, bridge: str) -> bool | None:
    try:  # a broker that is away is known at once, and without a line in the log
        socket.create_connection((broker.host, broker.port), _CONNECTED_WITHIN_S).close()
    except OSError:
        return None
    transaction = token_hex(8)
    online, answered = Event(), Event()
    state, response = topics.bridge_state(bridge), topics.instance_response(bridge)

    def hear(message: Message) -> None:
        if message.topic == state and message.payload == ONLINE.encode():
            online.set()
        if message.topic == response and transaction_of(message.payload) == transaction:
            answered.set()

    client = MqttClient(
        broker,
        f"bcm-instance-{transaction}",
        on_connect=lambda: client.subscribe(state, response),
        on_message=hear,
        logs_connections=False,
    )
    client.start()
    try:
        if not client.ready.wait(_CONNECTED_WITHIN_S):
            return None
        if not online.wait(_RETAINED_WITHIN_S):
            return False
        request = f'{{"transaction":"{transaction}"}}'
        # With QoS 1 it would wait at the broker for a bridge that was killed.
        client.publish(topics.instance_request(bridge), request, qos=0, retain=False)
        return answered.wait(_ANSWERED_WITHIN_S)
    finally:
        client.stop()


class Instance:
    """The side that runs."""

    def __init__(self, client: MqttClient, topics: Topics, bridge: str, boot: str) -> None:
        """Answers on the client.

        Args:
            client: Subscribed to all requests to the bridge.
            topics: Of the site.
            bridge: Its id.
            boot: Names this run.
        """
        self._client = client
        self._request = topics.instance_request(bridge)
        self._response = topics.instance_response(bridge)
        self._boot = boot

    def take(self, message: Message) -> bool:
        """Whether a message was another bridge's question; it is answered then."""
        if message.topic != self._request:
            return False
        answer = encode_response(transaction_of(message.payload), outcome={"boot": self._boot})
        self._client.publish(self._response, answer, qos=1, retain=False)
        return True
