"""Who notes when messages arrive, by a clock that never jumps."""

import json
import time
from itertools import pairwise
from typing import NamedTuple, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion


class Arrival(NamedTuple):
    """A snapshot that came."""

    at_s: float
    number: int
    time: str


class Arrivals:
    """Listens for the snapshots of a broker; what is sent again counts once."""

    def __init__(self, port: int, topic: str = "bcm/+/snapshot") -> None:
        self.found: list[Arrival] = []
        self._known = set[tuple[int, str]]()
        self._port = port
        self._topic = topic
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = self._connected
        self._client.on_message = self._message

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def longest_pause_s(self) -> float:
        """Between two that followed one another."""
        return max(later.at_s - earlier.at_s for earlier, later in pairwise(self.found))

    def _connected(self, client: Client, *_: object) -> None:
        client.subscribe(self._topic, 1)

    def _message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        body = json.loads(message.payload)
        name = body["seq"], body["time"]
        if name not in self._known:
            self._known.add(name)
            self.found.append(Arrival(time.monotonic(), *name))
