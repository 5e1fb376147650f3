"""TCP between machines: in order, with latency, and cut at any moment."""

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

Act = Callable[[], None]


class Wire:
    """A connection: what is under way when it is cut is lost.

    Attributes:
        closed: Whether nothing passes any more.
    """

    def __init__(self, loop: Any, latency_s: Callable[[], float]) -> None:
        self._loop = loop
        self._latency_s = latency_s
        self._ways = (_Way(), _Way())
        self.closed = False

    def up(self, act: Act) -> None:
        """Does it at the other end, once it got there: towards the server."""
        self._send(self._ways[0], act)

    def down(self, act: Act) -> None:
        """The same towards the client."""
        self._send(self._ways[1], act)

    def close(self) -> None:
        """Nothing that is under way arrives."""
        self.closed = True
        for way in self._ways:
            way.acts.clear()

    def _send(self, way: "_Way", act: Act) -> None:
        if self.closed:
            return
        way.last = max(way.last, self._loop.now + self._latency_s())
        way.acts.append(act)
        self._loop.call_at(way.last, self._arrived, way)

    def _arrived(self, way: "_Way") -> None:
        if way.acts and not self.closed:
            way.acts.popleft()()


class _Way:
    def __init__(self) -> None:
        self.last = 0.0
        self.acts: deque[Act] = deque()


def latency(random: Random, slow: Callable[[], bool]) -> Callable[[], float]:
    """Draws latencies: a millisecond or a few, much more on a bad day."""

    def drawn() -> float:
        return random.uniform(0.0005, 0.004) * (250 if slow() else 1)

    return drawn
