"""Values at once: the bytes of MQTT, and what is relied on of paho."""

import inspect
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from bcm_mqtt.mqtt.sending.batch import queue_values

VALUES = [("a/b", b"12.3"), ("ü", b"")]


class Queue:
    """Takes what paho's queue would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.entries: list[tuple[Any, ...]] = []
        monkeypatch.setattr(Client, "_packet_queue", lambda _, *entry: self.entries.append(entry))


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    return Queue(monkeypatch)


def client(protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv311) -> Client:
    return Client(CallbackAPIVersion.VERSION2, protocol=protocol)


@pytest.mark.parametrize(
    ("protocol", "retain", "packets"),
    [
        (MQTTProtocolVersion.MQTTv311, False, b"\x30\x09\0\3a/b12.3" + b"\x30\x04\0\2\xc3\xbc"),
        (MQTTProtocolVersion.MQTTv311, True, b"\x31\x09\0\3a/b12.3" + b"\x31\x04\0\2\xc3\xbc"),
        (MQTTProtocolVersion.MQTTv5, True, b"\x31\x0a\0\3a/b\x0012.3" + b"\x31\x05\0\2\xc3\xbc\0"),
    ],
)
def test_messages_are_joined_packet_by_packet(
    queue: Queue, protocol: MQTTProtocolVersion, retain: object, packets: bytes
) -> None:
    assert queue_values(client(protocol), VALUES, retain=bool(retain)) == 2
    [(command, packet, mid, qos, info)] = queue.entries
    assert (command, packet, mid, qos) == (packets[0], packets, -2, 0)
    assert not info.is_published()


@pytest.mark.parametrize(
    ("size", "length"),
    [
        (127, b"\x7f"),
        (128, b"\x80\x01"),
        (16_383, b"\xff\x7f"),
        (16_384, b"\x80\x80\x01"),
        (2_097_151, b"\xff\xff\x7f"),
        (2_097_152, b"\x80\x80\x80\x01"),
    ],
)
def test_a_length_takes_as_many_bytes_as_it_needs(queue: Queue, size: int, length: bytes) -> None:
    payload = bytes(size - 3)
    queue_values(client(), [("t", payload)], retain=False)
    assert queue.entries[0][1] == b"\x30" + length + b"\0\1t" + payload


def test_no_values_are_no_packet(queue: Queue) -> None:
    assert queue_values(client(), [], retain=False) == 0
    assert queue.entries == []


def test_paho_still_queues_packets_as_it_did() -> None:
    """Where this fails, bcm_mqtt/mqtt/sending/batch.py must be made to fit the new paho."""
    parameters = inspect.signature(Client._packet_queue).parameters
    assert list(parameters) == ["self", "command", "packet", "mid", "qos", "info"]
