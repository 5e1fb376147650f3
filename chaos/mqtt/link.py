"""How the clients of a machine reach the broker, and how that is cut."""

from collections.abc import Callable
from typing import Protocol

from chaos.mqtt.broker import Broker


class Connected(Protocol):
    """A client, as its link sees it."""

    def lost(self) -> None:
        """The connection is cut, and both ends notice."""

    def frozen(self) -> None:
        """The connection is dead, and each end notices after the keepalive."""


class Link:
    """Of a machine.

    Attributes:
        broker: There.
        latency_s: Draws how long a packet is on its way.
        up: Whether connections can be made.
        clients: Of the processes on that machine.
    """

    def __init__(self, broker: Broker, latency_s: Callable[[], float]) -> None:
        self.broker = broker
        self.latency_s = latency_s
        self.up = True
        self.clients: list[Connected] = []

    def cut(self) -> None:
        """Both ends of all connections notice at once."""
        for client in list(self.clients):
            client.lost()

    def freeze(self) -> None:
        """What is under way and what comes is lost; it is noticed after the keepalive."""
        for client in list(self.clients):
            client.frozen()


LINKS: dict[str, Link] = {}
"""By machine."""
