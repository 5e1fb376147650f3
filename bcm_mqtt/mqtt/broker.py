"""The broker: where it is, and how to log in."""

import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and how to log in.

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
