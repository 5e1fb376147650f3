"""What a client of paho's has handed over and the broker does not have yet."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chaos.clockwork import Event
from chaos.mqtt.broker import Published

_WINDOW = 20


class Info:
    """Stands for MQTTMessageInfo."""

    def __init__(self, mid: int) -> None:
        self.mid = mid
        self.rc = 0
        self._done = Event()

    def is_published(self) -> bool:
        """Whether the broker has it."""
        return self._done.is_set()

    def wait_for_publish(self, timeout: float | None = None) -> None:
        """Blocks until the broker has it."""
        self._done.wait(timeout)

    def done(self) -> None:
        """The broker has it."""
        self._done.set()


@dataclass
class _Out:
    """A message of QoS 1; `sent` over this connection."""

    info: Info
    message: Published
    sent: bool = False

    @property
    def mid(self) -> int:
        """Its packet id."""
        return self.info.mid

    @property
    def topic(self) -> str:
        """Of the message."""
        return self.message.topic


class Outgoing:
    """Messages of QoS 1 in their order, of which some are under way."""

    def __init__(self) -> None:
        self.waiting: dict[int, _Out] = {}

    def add(self, info: Info, message: Published) -> None:
        """One more waits."""
        self.waiting[info.mid] = _Out(info, message)

    def connected(self) -> None:
        """Over a new connection all of it is sent again."""
        for out in self.waiting.values():
            out.sent = False

    def fill(self, send: Callable[[int, Published], None]) -> None:
        """Sends as many as may be under way."""
        room = _WINDOW - sum(out.sent for out in self.waiting.values())
        for mid, out in self.waiting.items():
            if room <= 0:
                break
            if not out.sent:
                out.sent = True
                room -= 1
                send(mid, out.message)

    def acknowledged(self, mid: int) -> bool:
        """The broker has one; whether it waited."""
        out = self.waiting.pop(mid, None)
        if out:
            out.info.done()
        return out is not None


def unpacked(command: int, packet: bytes, *, version_5: bool) -> Iterable[Published]:
    """The messages of QoS 0 in a packet of many."""
    at = 0
    while at < len(packet):
        at += 1
        length = shift = 0
        while True:
            byte = packet[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        end = at + length
        size = int.from_bytes(packet[at : at + 2])
        topic = packet[at + 2 : at + 2 + size].decode()
        yield Published(topic, packet[at + 2 + size + version_5 : end], 0, bool(command & 1))
        at = end
