"""Plain messages read without paho: what arrives, and what is answered, is what paho gives."""

from dataclasses import dataclass, field
from functools import partial
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client
from paho.mqtt.enums import MessageType, MQTTErrorCode

from bcm_mqtt.mqtt.broker import Broker
from bcm_mqtt.mqtt.client import Message, MqttClient
from bcm_mqtt.mqtt.plain_publish import PlainPublish, plain_publishes
from unit.builders import UNHURRIED

DUP, RETAIN = 8, 1
EXPIRY = b"\x05\x02\0\0\0\x3c"
ALIAS = b"\x03\x23\0\x07"
USER_PROPERTY = b"\x09\x26\0\x02by\0\x02me"
PROPERTIES = (b"\0", EXPIRY, ALIAS, USER_PROPERTY)


def length_of(size: int) -> bytes:
    head = bytearray()
    while size > 127:
        head.append(0x80 | size & 127)
        size >>= 7
    head.append(size)
    return bytes(head)


def packet(command: int, body: bytes) -> bytes:
    return bytes((command,)) + length_of(len(body)) + body


def publish(
    topic: bytes = b"bcm/rpp-1a/snapshot",
    payload: bytes = b"{}",
    *,
    qos: int = 1,
    mid: int = 7,
    properties: bytes = b"\0",
    flags: int = 0,
) -> bytes:
    identifier = mid.to_bytes(2) if qos else b""
    name = len(topic).to_bytes(2) + topic
    return packet(0x30 | qos << 1 | flags, name + identifier + properties + payload)


@dataclass
class Conversation:
    """A client of ours to which bytes come piece by piece, and all that it does, in order."""

    protocol: str
    manual_ack: bool
    plain: bool
    did: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = MqttClient(
            Broker(protocol=self.protocol),
            "rec",
            on_message=self.did.append,
            manual_ack=self.manual_ack,
        )
        self.paho = self.client._client
        self.paho._sock = Mock()
        self.paho._packet_queue = self.queue  # type: ignore[method-assign, assignment]
        if not self.plain:
            self.paho.on_plain = None
        self.handled = 0
        handle = self.paho._packet_handle
        self.paho._packet_handle = partial(self.handle, handle)  # type: ignore[method-assign]

    def handle(self, handle: object) -> MQTTErrorCode:
        self.handled += 1
        return handle()  # type: ignore[operator, no-any-return]

    def queue(self, command: int, data: bytes, *_: object) -> MQTTErrorCode:
        size = 4 if command == MessageType.PUBACK else len(data)
        self.did += [bytes(data[at : at + size]) for at in range(0, len(data), size)]
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def hear(self, pieces: list[bytes]) -> "Conversation":
        left = [piece for piece in pieces if piece]

        def receive(_client: Client, _size: int) -> bytes:
            if not left:
                raise BlockingIOError
            return left.pop(0)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Client, "_sock_recv", receive)
            while left:
                result = self.paho.loop_read()
                if result != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    self.did.append(result)
                    break
        return self

    def settled(self) -> tuple[list[object], list[bytes]]:
        """Messages and ends in their order, answers in theirs: in one write they may come later."""
        answers = [one for one in self.did if isinstance(one, bytes)]
        return [one for one in self.did if not isinstance(one, bytes)], answers


def cut(wire: bytes, cuts: list[int]) -> list[bytes]:
    pieces = []
    for size in cuts:
        pieces.append(wire[:size])
        wire = wire[size:]
    return [*pieces, wire]


TOPICS = st.sampled_from((b"", b"a", b"bcm/rpp-1a/snapshot", "bcm/größe".encode(), b"\xff\xfe"))
PUBLISHES = st.builds(
    publish,
    TOPICS,
    st.binary(max_size=200) | st.just(b"x" * 20_000),
    qos=st.sampled_from((0, 1, 1, 1, 1, 2, 3)),
    mid=st.integers(0, 65_535),
    properties=st.sampled_from((b"", *PROPERTIES, b"\0", b"\0", b"\x7f", b"\x02\x99\0")),
    flags=st.sampled_from((0, 0, DUP, RETAIN, DUP | RETAIN)),
)
PINGS = st.just(packet(0xD0, b""))
LONG_LENGTHS = st.just(b"\x32\x87\x80\0" + publish()[2:9])
MALFORMED = st.sampled_from(
    (
        packet(0x32, b""),
        packet(0x32, b"\0"),
        packet(0x32, b"\0\0"),
        packet(0x32, b"\0\x09abc\0\x01"),
        packet(0x32, b"\0\x03abc\0"),
        packet(0x32, b"\0\x03abc\0\x01"),
        b"\x32\xff\xff\xff\xff\x01",
        b"\0" + publish(),
        packet(0xF0, b""),
    )
)
PACKETS = PUBLISHES | PUBLISHES | PUBLISHES | PINGS | LONG_LENGTHS | MALFORMED


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@UNHURRIED
@given(
    wire=st.lists(PACKETS, min_size=1, max_size=12).map(b"".join) | st.binary(max_size=60),
    cuts=st.lists(st.integers(1, 80), max_size=40),
    manual_ack=st.booleans(),
)
def test_what_arrives_and_what_is_answered_is_what_paho_gives(
    protocol: str, wire: bytes, cuts: list[int], *, manual_ack: bool
) -> None:
    pieces = cut(wire, cuts)
    ours = Conversation(protocol, manual_ack, plain=True).hear(pieces)
    paho = Conversation(protocol, manual_ack, plain=False).hear(pieces)
    assert ours.settled() == paho.settled()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@UNHURRIED
@given(cuts=st.lists(st.integers(1, 300), max_size=60))
def test_messages_are_whole_in_whatever_pieces_they_come(protocol: str, cuts: list[int]) -> None:
    properties = b"\0" if protocol == "5" else b""
    wire = b"".join(
        publish(payload=b"p" * (40 * mid), mid=mid, properties=properties) for mid in range(1, 12)
    )
    heard = Conversation(protocol, manual_ack=True, plain=True).hear(cut(wire, cuts)).did
    assert heard == [
        Message(
            "bcm/rpp-1a/snapshot", b"p" * (40 * mid), retain=False, mid=mid, qos=1, connection=0
        )
        for mid in range(1, 12)
    ]


@pytest.mark.parametrize("size", [(1 << 16) - 1, 1 << 16, 1 << 17, 3_000_000])
def test_a_packet_that_is_larger_than_what_is_read_at_once_is_whole(size: int) -> None:
    wire = publish(payload=b"x" * size) + publish(mid=8)
    pieces = [wire[at : at + (1 << 16)] for at in range(0, len(wire), 1 << 16)]
    first, second = Conversation("5", manual_ack=True, plain=True).hear(pieces).did
    assert isinstance(first, Message)
    assert isinstance(second, Message)
    assert (len(first.payload), first.mid, second.mid) == (size, 7, 8)


@pytest.mark.parametrize(("protocol", "properties"), [("5", b"\0"), ("3.1.1", b"")])
def test_paho_sees_nothing_of_plain_messages(protocol: str, properties: bytes) -> None:
    wire = publish(properties=properties) + publish(properties=properties, flags=DUP | RETAIN)
    heard = Conversation(protocol, manual_ack=True, plain=True).hear([wire])
    assert heard.handled == 0
    assert [one.retain for one in heard.did if isinstance(one, Message)] == [False, True]


@pytest.mark.parametrize(
    "left",
    [
        publish(qos=0),
        publish(qos=2),
        *(publish(properties=properties) for properties in PROPERTIES[1:]),
        publish(b""),
        publish(b"\xff"),
    ],
)
def test_everything_else_is_left_to_paho_in_its_order(left: bytes) -> None:
    wire = publish(mid=1) + left + publish(mid=3)
    heard = Conversation("5", manual_ack=True, plain=True).hear([wire])
    assert heard.handled == 1
    mids = [one.mid for one in heard.did if isinstance(one, Message)]
    assert (mids[0], mids[-1]) == (1, 3)


def test_messages_that_came_at_once_are_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = Conversation("5", manual_ack=False, plain=True)
    written: list[bytes] = []
    monkeypatch.setattr(talk.paho, "_packet_queue", lambda _, data, *__: written.append(data))
    talk.hear([b"".join(publish(mid=mid) for mid in (1, 2, 300))])
    assert written == [b"\x40\2\0\1" + b"\x40\2\0\2" + b"\x40\2\x01\x2c"]


def test_what_has_come_says_that_the_broker_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bcm_mqtt.mqtt.read_ahead.paho_time", lambda: 4711.0)
    talk = Conversation("5", manual_ack=True, plain=True).hear([publish()])
    assert talk.paho._last_bytes_received == 4711.0


def test_a_callback_that_fails_holds_back_none_of_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    talk = Conversation("5", manual_ack=True, plain=True)
    heard: list[int] = []

    def take(message: Message) -> None:
        heard.append(message.mid)
        raise RuntimeError("bug")

    talk.client._on_message = take
    talk.hear([publish(mid=1) + publish(mid=2)])
    assert heard == [1, 2]
    assert len(caplog.messages) == 2


@pytest.mark.parametrize("manual_ack", [True, False])
def test_a_topic_that_is_no_text_is_dropped_and_answered(
    caplog: pytest.LogCaptureFixture, *, manual_ack: bool
) -> None:
    """Of it paho's thread would end, and the client with it."""
    talk = Conversation("5", manual_ack, plain=True).hear([publish(b"\xff\xfe")])
    assert talk.did == [b"\x40\2\0\7"]
    (line,) = caplog.messages
    assert "a message is dropped, its topic is no text" in line


@UNHURRIED
@given(data=st.binary(max_size=80), at=st.integers(0, 80), version_5=st.booleans())
def test_no_bytes_are_read_beyond_their_end(data: bytes, at: int, *, version_5: bool) -> None:
    at = min(at, len(data))
    messages, after = plain_publishes(data, at, version_5=version_5)
    assert at <= after <= len(data)
    assert bool(messages) == (after > at)


def test_a_message_is_read_with_all_that_is_known_of_it() -> None:
    wire = publish("bcm/größe".encode(), b"{}", mid=300, flags=RETAIN)
    assert plain_publishes(b"\xd0\0" + wire, 2, version_5=True) == (
        [PlainPublish("bcm/größe", b"{}", retain=True, mid=300)],
        2 + len(wire),
    )
