"""The client without a broker: what paho is told, and what must never reach its thread."""

import logging
import socket
from threading import Event, Thread
from typing import Any

import pytest
from paho.mqtt.client import ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from bcm_mqtt.mqtt.client import Broker, Message, MqttClient
from bcm_mqtt.mqtt.read_ahead import ReadAheadClient

PLACE = "bcm-test: broker 10.0.0.5:8883"


class Calls:
    """Stands in for one of paho's methods and keeps what it was called with."""

    def __init__(self) -> None:
        self.made: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def __call__(self, *args: object, **kwargs: object) -> None:
        self.made.append((args, kwargs))


def client(protocol: str = "5", **options: Any) -> MqttClient:  # noqa: ANN401 - the client's own
    broker = Broker(host="10.0.0.5", port=8883, protocol=protocol)
    return MqttClient(broker, "bcm-test", **options)


def connected(of: MqttClient, reason: str = "Success") -> None:
    flags = ConnectFlags(session_present=False)
    of._connected(of._client, None, flags, ReasonCode(PacketTypes.CONNACK, reason), None)


def refused(of: MqttClient) -> None:
    """As paho does it: within the handling of the error."""

    def connect() -> None:
        raise ConnectionRefusedError(111, "Connection refused")

    try:
        connect()
    except ConnectionRefusedError:
        of._failed(of._client, None)


def lost(of: MqttClient, reason: str = "Unspecified error") -> None:
    flags = DisconnectFlags(is_disconnect_packet_from_server=False)
    of._disconnected(of._client, None, flags, ReasonCode(PacketTypes.DISCONNECT, reason), None)


def arrived(of: MqttClient, topic: bytes = b"bcm/rpp-1a/snapshot", mid: int = 7) -> None:
    message = MQTTMessage(mid, topic)
    message.payload, message.qos = b"{}", 1
    of._arrived(of._client, None, message)


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Calls:
    calls = Calls()
    monkeypatch.setattr("paho.mqtt.client.Client.connect_async", calls)
    monkeypatch.setattr("paho.mqtt.client.Client.loop_start", Calls())
    return calls


def test_a_session_is_kept_for_seven_days_and_not_started_clean(connect: Calls) -> None:
    client(keep_session=True).start()
    (args, options) = connect.made[0]
    assert args == ("10.0.0.5", 8883)
    assert options["clean_start"] is False
    assert options["properties"].SessionExpiryInterval == 7 * 86_400
    assert options["properties"].ReceiveMaximum == 1000


def test_who_needs_no_session_leaves_none_behind(connect: Calls) -> None:
    client().start()
    (_, options) = connect.made[0]
    assert options["clean_start"] is True
    assert options["properties"].SessionExpiryInterval == 0


@pytest.mark.parametrize("keep", [True, False])
def test_mqtt_3_1_1_keeps_its_session_by_the_clean_flag(connect: Calls, keep: object) -> None:
    made = client("3.1.1", keep_session=keep)
    made.start()
    assert made._client.protocol == MQTTProtocolVersion.MQTTv311
    assert made._client._clean_session is not keep
    assert connect.made == [(("10.0.0.5", 8883), {"keepalive": 30})]


def test_a_callback_that_fails_is_logged_and_does_not_end_the_network_thread(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(_message: Message) -> None:
        raise RuntimeError("bug")

    made = client(on_message=fails)
    arrived(made)
    arrived(made)
    assert caplog.messages == [f"{PLACE}: a callback failed"] * 2


def test_a_client_is_ready_only_after_its_subscriptions() -> None:
    seen: list[bool] = []
    made: MqttClient = client(on_connect=lambda: seen.append(made.ready.is_set()))
    connected(made)
    assert seen == [False]
    assert made.ready.is_set()
    lost(made)
    assert not made.ready.is_set()


def test_a_refused_connection_is_told_and_is_no_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls: list[str] = []
    made = client(on_connect=lambda: calls.append("connected"))
    connected(made, "Not authorized")
    connected(made, "Not authorized")
    assert calls == []
    assert not made.ready.is_set()
    assert caplog.messages == [f"{PLACE} refused the connection: Not authorized"]


def test_a_broker_that_is_away_is_told_once_until_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    made = client()
    for _ in range(3):
        refused(made)
    connected(made)
    lost(made)
    refused(made)
    assert caplog.messages == [
        f"{PLACE} is not reachable ([Errno 111] Connection refused), trying again until it is",
        f"{PLACE}: connection lost (Unspecified error), trying again",
    ]


def test_a_message_of_an_earlier_connection_is_not_acknowledged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    messages: list[Message] = []
    made = client(on_message=messages.append, manual_ack=True)
    packets: list[bytes] = []
    queued = packets.append
    monkeypatch.setattr(made._client, "_packet_queue", lambda _, packet, *__: queued(packet))
    connected(made)
    arrived(made, mid=7)
    lost(made)
    connected(made)
    arrived(made, mid=8)
    arrived(made, mid=300)
    made.acknowledge(messages)
    assert packets == [b"\x40\2\0\x08" + b"\x40\2\x01\x2c"]
    made.acknowledge(messages[:1])
    assert len(packets) == 1


def test_a_message_arrives_with_all_that_is_known_of_it() -> None:
    messages: list[Message] = []
    made = client(on_message=messages.append)
    connected(made)
    arrived(made, mid=7)
    assert messages == [
        Message(
            "bcm/rpp-1a/snapshot", b"{}", retain=False, mid=7, qos=1, connection=made._connection
        )
    ]


def test_what_is_queued_while_the_broker_is_away_has_no_limit() -> None:
    assert client()._client._max_queued_messages == 0


def test_a_client_that_looks_up_its_broker_is_stopped_without_the_resolver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, answers = Event(), Event()

    def look_up(*_: object, **__: object) -> object:
        asked.set()
        assert answers.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr("bcm_mqtt.mqtt.client._ENDS_WITHIN_S", 0.05)
    client = MqttClient(Broker("broker.example"), "rec")
    client.start()
    assert asked.wait(60)
    stopping = Thread(target=client.stop)
    stopping.start()
    stopping.join(30)
    was_stopped = not stopping.is_alive()
    answers.set()
    stopping.join(60)
    assert was_stopped


def test_the_last_will_is_retained_and_must_arrive() -> None:
    made = client()
    made.will("bcm/bridge/dc1/state", "offline")
    will = made._client
    assert (will._will_topic, will._will_payload) == (b"bcm/bridge/dc1/state", b"offline")
    assert (will._will_qos, will._will_retain) == (1, True)


def test_a_thread_that_ends_while_it_is_stopped_stops_nothing_else() -> None:
    """It takes itself out of the client, between its look at it and its wait for it."""
    threads: list[object] = [object(), object(), None]

    class Ending(ReadAheadClient):
        _thread = property(lambda _: threads.pop(0))

    bcm = client()
    bcm._client.__class__ = Ending
    bcm.stop()
    assert threads == []
