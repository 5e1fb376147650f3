"""What a broker has retained of a site's bridges and directories, looked up or changed once."""

import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from secrets import token_hex

from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.mqtt.brokers import Whereabouts
from bcm_mqtt.mqtt.client import Broker, Message, MqttClient
from bcm_mqtt.mqtt.discovery import ONLINE
from bcm_mqtt.mqtt.payloads import (
    PayloadError,
    RecorderPresence,
    RecorderState,
    decode_directory,
    decode_info,
    encode_directory,
    encode_recorder_state,
)
from bcm_mqtt.mqtt.topics import Kind, Topics

_CONNECTED_WITHIN_S = 3.0
_QUIET_S = 0.5
_LOOK_EVERY_S = 0.05
_STATE = {Kind.BRIDGE_STATE, Kind.BRIDGE_INFO, Kind.DIRECTORY}


@dataclass(frozen=True, slots=True)
class Standing:
    """What is retained.

    Attributes:
        bridges: Ids of the bridges that are online, by each panel that they poll.
        directories: By panel id; those that do not decode are left out.
    """

    bridges: Mapping[str, frozenset[str]]
    directories: Mapping[str, Directory]


def standing_at(broker: Broker, topics: Topics) -> Standing | None:
    """What the broker has retained; None where it does not answer. This takes up to some seconds.

    Of several brokers that counts which is retained where the bridge is. Retained messages come
    right after a subscription: when none has come for half a second, that was all.
    """
    filters = topics.bridge_state("+"), topics.bridge_info("+"), topics.every_directory
    each = [_retained(one, filters) for one in broker.each]
    answers = [(number, found) for number, found in enumerate(each) if found is not None]
    if not answers:
        return None
    if len(each) == 1:
        return _standing(answers[0][1], topics)
    whereabouts = Whereabouts(topics, _STATE, believes_retained=True)
    for _ in range(2):  # after the first round it is known where each bridge is
        current = [
            message
            for number, found in answers
            for message in found
            if not whereabouts.is_stale(number, message)
        ]
        whereabouts.asked()
    return _standing(current, topics)


def _standing(messages: Iterable[Message], topics: Topics) -> Standing:
    online: set[str] = set()
    panels: dict[str, set[str]] = {}
    directories: dict[str, Directory] = {}
    for message in messages:
        subject = topics.subject_of(message.topic)
        try:
            if subject is None:
                continue
            if subject.kind is Kind.BRIDGE_STATE and message.payload == ONLINE.encode():
                online.add(subject.owner)
            elif subject.kind is Kind.BRIDGE_INFO:
                panels[subject.owner] = set(decode_info(message.payload).panels)
            elif subject.kind is Kind.DIRECTORY:
                directories[subject.owner] = decode_directory(message.payload, subject.owner)
        except PayloadError:
            continue  # of another release, or another sender: nothing is known by it
    return Standing(
        {
            panel: frozenset(bridge for bridge in online if panel in panels.get(bridge, ()))
            for panel in sorted({panel for bridge in online for panel in panels.get(bridge, ())})
        },
        directories,
    )


def _retained(broker: Broker, filters: tuple[str, ...]) -> list[Message] | None:
    try:  # a broker that is away is known at once, and without a line in the log
        socket.create_connection((broker.host, broker.port), _CONNECTED_WITHIN_S).close()
    except OSError:
        return None
    arrived: list[Message] = []
    client = MqttClient(
        broker,
        f"bcm-standing-{token_hex(4)}",
        on_connect=lambda: client.subscribe(*filters),
        on_message=arrived.append,
    )
    client.start()
    try:
        if not client.ready.wait(_CONNECTED_WITHIN_S):
            return None
        count, since = -1, 0.0
        while count != len(arrived) or time.monotonic() - since < _QUIET_S:
            if count != len(arrived):
                count, since = len(arrived), time.monotonic()
            time.sleep(_LOOK_EVERY_S)
    finally:
        client.stop()
    return [message for message in arrived if message.retain]


def retain_directories(broker: Broker, topics: Topics, directories: Iterable[Directory]) -> bool:
    """Has the broker, or each of several, retain directories; whether it has them then."""
    payloads = {topics.directory(one.panel.id): encode_directory(one) for one in directories}
    done = [_retain(one, payloads) for one in broker.each]
    return all(done)


def _retain(broker: Broker, payloads: Mapping[str, bytes]) -> bool:
    """Whether a broker has them then, as a look at it says."""
    client = MqttClient(broker, f"bcm-standing-{token_hex(4)}")
    client.start()
    try:
        if not client.ready.wait(_CONNECTED_WITHIN_S):
            return False
        for topic, payload in payloads.items():
            client.publish_and_wait(topic, payload, timeout=_CONNECTED_WITHIN_S)
    finally:
        client.stop()
    # A broker may acknowledge what it drops because the user has no right to publish it.
    arrived = _retained(broker, tuple(payloads)) or []
    return payloads == {message.topic: message.payload for message in arrived}


def recorder_client(recorder: str) -> str:
    """The client id of a recorder, by which the broker knows its session."""
    return f"bcm-recorder-{recorder}"


def forget_recorder(broker: Broker, topics: Topics, name: str) -> bool:
    """Has bridges expect nothing of a recorder any more, also those that start later.

    Its session at the broker ends, too: of MQTT 3.1.1 it would last, and what comes wait in it.

    Returns:
        Whether the broker, or each of several, has acknowledged it.
    """
    topic = topics.recorder_state(name)
    payload = encode_recorder_state(RecorderState(name, RecorderPresence.FORGOTTEN))
    client = recorder_client(name)  # which starts without its session
    done = [_publish(one, client, topic, payload) for one in broker.each]
    return all(done)


def _publish(broker: Broker, client_id: str, topic: str, payload: bytes) -> bool:
    client = MqttClient(broker, client_id)
    client.start()
    try:
        if not client.ready.wait(_CONNECTED_WITHIN_S):
            return False
        return client.publish_and_wait(topic, payload, timeout=_CONNECTED_WITHIN_S)
    finally:
        client.stop()
