"""Retained state, handed to paho a few messages at a time.

For each message of QoS 1 that waits paho holds an object with a lock, 1.8 kB of them. When a large
site is announced thousands wait; here a topic and a payload do. Nor does a snapshot wait behind
all of them.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

MOST_UNACKNOWLEDGED: Final = 16
"""Of the 20 messages that paho sends ahead of their acknowledgement."""
_LAST_ID: Final = (1 << 16) - 1
"""Later ones are of messages that are not sent."""


class Retained:
    """What waits, in the order in which it came; used by the thread of the client's callbacks."""

    def __init__(self, publish: Callable[[str, bytes | str], int]) -> None:
        """Takes what publishes a message and returns its packet id."""
        self._publish = publish
        self._waiting: deque[tuple[str, bytes | str]] = deque()
        self._newest: dict[str, tuple[str, bytes | str]] = {}
        self._unacknowledged: set[int] = set()

    def put(self, topic: str, payload: bytes | str) -> None:
        """Publishes as soon as may be; what waits already as its topic's latest waits once."""
        message = topic, payload
        if self._newest.get(topic) != message:
            self._newest[topic] = message
            self._waiting.append(message)
            self._go_on()

    def published(self, packet_id: int) -> None:
        """A message is out, this one's or another."""
        if packet_id in self._unacknowledged:
            self._unacknowledged.discard(packet_id)
            self._go_on()

    def connected(self) -> None:
        """What the last connection left is sent again by paho, and need not be waited for."""
        self._unacknowledged.clear()
        self._go_on()

    def _go_on(self) -> None:
        while self._waiting and len(self._unacknowledged) < MOST_UNACKNOWLEDGED:
            topic, payload = message = self._waiting.popleft()
            if self._newest[topic] is message:
                del self._newest[topic]
            if (packet_id := self._publish(topic, payload)) <= _LAST_ID:
                self._unacknowledged.add(packet_id)
