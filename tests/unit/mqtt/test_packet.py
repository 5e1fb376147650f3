"""Messages that are larger than the broker takes: none is sent, and each is said to be so."""

import json
import logging
from queue import Queue

import pytest
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from bcm_mqtt.mqtt.client import Broker, Message, MqttClient
from bcm_mqtt.mqtt.reasons import TOO_LARGE
from bcm_mqtt.mqtt.requests import Received, Requests
from bcm_mqtt.mqtt.sending.packet import packet_size
from unit.builders import SetClock

TOPIC = "bcm/rpp-1a/snapshot"


def taking(most: int | None) -> Properties:
    properties = Properties(PacketTypes.CONNACK)  # type: ignore[no-untyped-call]
    if most is not None:
        properties.MaximumPacketSize = most
    return properties


def connect(client: MqttClient, most: int | None) -> None:
    flags = ConnectFlags(session_present=False)
    reason = ReasonCode(PacketTypes.CONNACK, "Success")
    client._connected(client._client, None, flags, reason, taking(most))


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno > logging.INFO]


@pytest.fixture
def published() -> list[tuple[int, int]]:
    return []


@pytest.fixture
def client(published: list[tuple[int, int]]) -> MqttClient:
    return MqttClient(Broker(), "bcm-test", on_published=lambda *one: published.append(one))


@pytest.mark.parametrize("payload", [b"", b"x" * 100, b"x" * 103, b"x" * 104, b"x" * 20_000])
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_the_size_is_that_of_the_packet_that_paho_makes(
    payload: bytes, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = MQTTProtocolVersion.MQTTv5 if protocol == "5" else MQTTProtocolVersion.MQTTv311
    paho = Client(CallbackAPIVersion.VERSION2, protocol=version)
    packets: list[bytes] = []
    monkeypatch.setattr(paho, "_sock", object())
    monkeypatch.setattr(paho, "_packet_queue", lambda _, packet, *__: packets.append(packet))
    paho._send_publish(1, TOPIC.encode(), payload, 1)
    assert [packet_size(TOPIC, payload, version_5=protocol == "5")] == [len(packets[0])]


def test_what_is_too_large_is_refused_and_named_once(
    client: MqttClient, published: list[tuple[int, int]], caplog: pytest.LogCaptureFixture
) -> None:
    payload = b"x" * 100
    most = packet_size(TOPIC, payload, version_5=True)
    connect(client, most)
    assert client.fits(TOPIC, payload)
    assert not client.fits(TOPIC, payload + b"x")
    ids = [client.publish(TOPIC, payload + b"x", qos=1, retain=False) for _ in range(2)]
    assert published == [(packet, TOO_LARGE) for packet in ids]
    assert len({*ids}) == 2
    assert not client.publish_and_wait(TOPIC, payload + b"x", timeout=0.1)
    assert not client._client._out_messages
    expected = (
        f"bcm-test: a message of 101 bytes on {TOPIC} is not published: the broker takes packets "
        f"of at most {most} bytes; raise its maximum packet size"
    )
    assert errors(caplog) == [expected]


def test_a_broker_that_states_no_limit_is_sent_everything(client: MqttClient) -> None:
    connect(client, 50)
    connect(client, None)
    assert client.fits(TOPIC, b"x" * 1_000_000)


def test_what_an_earlier_connection_left_is_withdrawn(
    client: MqttClient, published: list[tuple[int, int]]
) -> None:
    ids = [client.publish(TOPIC, b"x" * size, qos=1, retain=False) for size in (10, 100, 20)]
    assert [type(one) for one in client._client._out_messages.values()] == [MQTTMessage] * 3
    connect(client, 60)
    assert list(client._client._out_messages) == [ids[0], ids[2]]
    assert published == [(ids[1], TOO_LARGE)]


def test_of_many_values_those_that_fit_are_sent(client: MqttClient) -> None:
    connect(client, 60)
    values = [(TOPIC, b"1"), (TOPIC, b"x" * 100), (TOPIC, b"2")]
    assert [payload for _, payload in client._limit.fitting(values)] == [b"1", b"2"]


@pytest.mark.parametrize("topic", ["t", TOPIC, "bcm/größe/€/𝄞"], ids=["short", "usual", "wide"])
def test_of_many_values_exactly_those_that_fit_are_sent(client: MqttClient, topic: str) -> None:
    values = [(topic, b"x" * size) for size in range(300)]
    for most in (1, 40, 127, 128, 129, 130, 131, 200, 1000):
        connect(client, most)
        fitting = [size for size, one in enumerate(values) if client.fits(*one)]
        assert [len(payload) for _, payload in client._limit.fitting(values)] == fitting


def test_a_client_that_is_taken_over_says_so_once(
    client: MqttClient, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        connect(client, None)
        reason = ReasonCode(PacketTypes.DISCONNECT, "Session taken over")
        client._disconnected(client._client, None, None, reason, None)  # type: ignore[arg-type]
    expected = (
        "bcm-test: broker 127.0.0.1:1883: another client with the id bcm-test is connected, and "
        "each disconnects the other: give each bridge and each recorder an id of its own"
    )
    assert errors(caplog) == [expected]


def test_a_refusal_of_the_broker_is_learned_from(
    client: MqttClient, published: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mosquitto refuses so what is above its message_size_limit, which it does not state."""
    now_s = [0.0]
    monkeypatch.setattr("bcm_mqtt.mqtt.sending.packet.time.monotonic", lambda: now_s[0])
    connect(client, None)
    mid = client.publish(TOPIC, b"x" * 100, qos=1, retain=False)
    client._client._in_packet |= {"command": 0x40, "packet": bytearray(mid.to_bytes(2) + b"\x95")}
    client._client._handle_pubackcomp("PUBACK")
    assert published == [(mid, TOO_LARGE)]
    assert not client.fits(TOPIC, b"x" * 100)
    assert client.fits(TOPIC, b"x" * 99)
    now_s[0] = 601
    assert client.fits(TOPIC, b"x" * 100)


def test_an_answer_that_fits_no_packet_is_an_error(client: MqttClient) -> None:
    topic, asked = "bcm/billing/request/report", b'{"transaction": "t1"}'
    waiting = Queue[Received](10)
    requests = Requests(client, waiting, SetClock(), lambda: 0.0, topic)
    requests.take(Message(topic, asked, retain=False, mid=1, qos=1, connection=1))
    request = waiting.get_nowait()
    connect(client, 250)
    with requests.answering(request) as outcome:
        outcome["bills"] = "x" * 1000
    [answer] = client._client._out_messages.values()
    assert answer.topic == "bcm/billing/response/report"
    said = json.loads(answer.payload)
    assert (said["status"], said["transaction"]) == ("error", "t1")
    assert said["error"].startswith("the answer has 1,0")
