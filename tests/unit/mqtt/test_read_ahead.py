"""Reading ahead: whatever comes in whatever pieces, each packet is taken once, and at once."""

import inspect
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from bcm_mqtt.mqtt.read_ahead import ReadAheadClient

RECEIVE = Client._sock_recv


class Fed(ReadAheadClient):
    """A client to whom bytes come piece by piece, and that notes its packets."""

    def __init__(self, pieces: list[bytes]) -> None:
        super().__init__(CallbackAPIVersion.VERSION2)
        self.pieces = pieces
        self.packets: list[bytes] = []
        self.asked: list[int] = []
        self._sock = Mock()

    def _packet_handle(self) -> MQTTErrorCode:
        self.packets.append(bytes(self._in_packet["packet"]))
        return MQTTErrorCode.MQTT_ERR_SUCCESS


@pytest.fixture(autouse=True)
def wire(monkeypatch: pytest.MonkeyPatch) -> None:
    def receive(client: Fed, bufsize: int) -> bytes:
        client.asked.append(bufsize)
        if not client.pieces:
            raise BlockingIOError
        return client.pieces.pop(0)

    monkeypatch.setattr(Client, "_sock_recv", receive)


def packet(body: bytes) -> bytes:
    length = len(body)
    head = bytes((length,)) if length < 128 else bytes((length & 127 | 128, length >> 7))
    return b"\x30" + head + body


@given(
    bodies=st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=6),
    cuts=st.lists(st.integers(1, 60), max_size=40),
)
def test_packets_are_the_same_in_whatever_pieces_they_come(
    bodies: list[bytes], cuts: list[int]
) -> None:
    wire = b"".join(map(packet, bodies))
    pieces = []
    for cut in cuts:
        pieces.append(wire[:cut])
        wire = wire[cut:]
    client = Fed([piece for piece in (*pieces, wire) if piece])
    while client.pieces:
        before = len(client.pieces)
        assert client.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS
        assert len(client.pieces) < before
    assert client.packets == bodies


def test_all_packets_that_have_come_are_taken_at_once() -> None:
    client = Fed([b"".join(map(packet, (b"one", b"two", b"three"))) + packet(b"four")[:3]])
    client.loop_read()
    assert client.packets == [b"one", b"two", b"three"]
    assert client.asked == [1 << 16]  # and nothing more is waited for before `select`


def test_another_connection_begins_with_its_own_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Fed([packet(b"one") + b"\x30"])
    monkeypatch.setattr(Client, "reconnect", lambda _: MQTTErrorCode.MQTT_ERR_SUCCESS)
    client._ahead, client._at = b"left over", 0
    client.reconnect()
    client.loop_read()
    assert client.packets == [b"one"]


def test_paho_still_reads_as_it_did() -> None:
    """Where this fails, bcm_mqtt/mqtt/read_ahead.py must be made to fit the new paho."""
    assert list(inspect.signature(RECEIVE).parameters) == ["self", "bufsize"]
    # All of it is read there, and one packet after the other.
    assert inspect.getsource(RECEIVE).count("_sock.recv(") == 1
    assert "_sock.recv(" not in inspect.getsource(Client._packet_read)
    assert "self._packet_read()" in inspect.getsource(Client.loop_read)
