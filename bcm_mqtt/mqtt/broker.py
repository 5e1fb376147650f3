"""The broker, or several of which each will do: where they are, and how to log in."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from paho.mqtt.client import Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

RECEIVE_MAXIMUM: Final = 1000
"""Messages that the broker sends ahead of their acknowledgement (MQTT 5)."""
_SESSION_EXPIRY_S: Final = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and how to log in: at several, the same way at each.

    Attributes:
        host: Address or name.
        port: TCP port.
        protocol: `5` or `3.1.1`.
        username: Or None.
        password: Or None.
        tls: Whether to use TLS.
        ca: Certificate authority's file, None for the system's.
        certificate: Client certificate's file.
        key: Its key's file.
        insecure: Accept a certificate for another name.
        max_packet_size: Of the packets that it takes, bytes, where it does not say so itself.
        others: Host and port of further ones, in the order in which they are tried.
        transport: Of MQTT's packets: `tcp`, or `websockets` where a proxy is in front.
        path: Of the WebSocket on that host.
    """

    host: str = "127.0.0.1"
    port: int = 1883
    protocol: str = "5"
    username: str | None = None
    password: str | None = None
    tls: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    insecure: bool = False
    max_packet_size: int | None = None
    others: tuple[tuple[str, int], ...] = ()
    transport: Literal["tcp", "websockets"] = "tcp"
    path: str = "/mqtt"

    @property
    def each(self) -> tuple["Broker", ...]:
        """Every one by itself, in order."""
        alone = replace(self, others=())
        return (alone, *(replace(alone, host=host, port=port) for host, port in self.others))

    @property
    def place(self) -> str:
        """Of the first: `host:port`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def __str__(self) -> str:
        """The places of all of them."""
        return " or ".join(one.place for one in self.each)


class Course:
    """Which of several brokers a client is at: it tries the next one each time, the first first."""

    def __init__(self, broker: Broker) -> None:
        """Has tried none yet."""
        self._each = broker.each
        self._number = self._next = 0

    @property
    def broker(self) -> Broker:
        """The one that was tried last."""
        return self._each[self._number]

    @property
    def earlier(self) -> tuple[Broker, ...]:
        """Those before it, in order."""
        return self._each[: self._number]

    def begin(self, trying: Callable[[str], None]) -> tuple[str, int]:
        """Host and port of the one that is tried now; `trying` is given its place."""
        self._number = self._next
        self._next = (self._number + 1) % len(self._each)
        trying(self.broker.place)
        return self.broker.host, self.broker.port

    def choose(self, number: int) -> None:
        """Has that one tried next."""
        self._next = number


def tls_context(broker: Broker) -> ssl.SSLContext:
    """How to talk TLS to a broker.

    Raises:
        OSError: one of its files cannot be read, or is not what it should be.
    """
    context = ssl.create_default_context(cafile=broker.ca)
    if broker.certificate:
        context.load_cert_chain(broker.certificate, broker.key)
    context.check_hostname = not broker.insecure
    return context


def log_in(client: Client, broker: Broker) -> None:
    """Has a client that is not connected yet show what a broker asks for.

    Raises:
        OSError: a file for TLS cannot be read, or is not what it should be.
    """
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.tls:
        client.tls_set_context(tls_context(broker))
    if broker.transport == "websockets":
        client.ws_set_options(broker.path)


def session_options(broker: Broker, *, keep: bool, largest: int | None) -> dict[str, Any]:
    """How to ask for a session when connecting; MQTT 3.1.1 says it when the client is made.

    Args:
        broker: To connect to.
        keep: Whether it queues messages while the client is away.
        largest: Of the packets that the broker may send, bytes.
    """
    if broker.protocol != "5":
        return {}
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = _SESSION_EXPIRY_S if keep else 0
    properties.ReceiveMaximum = RECEIVE_MAXIMUM
    if largest:
        properties.MaximumPacketSize = largest
    return {"clean_start": not keep, "properties": properties}
