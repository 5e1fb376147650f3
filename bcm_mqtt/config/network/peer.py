"""`bridge.peer`: the other bridge of a pair, of which one polls and the other stands by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from re import fullmatch
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.values import files_of
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document, UnshownError

Address = tuple[str, int]
"""Host and port."""
_SHORTEST_SECRET: Final = 16


@dataclass(frozen=True, slots=True)
class PeerTlsSettings:
    """Certificates of both sides; PEM files, paths are absolute.

    Attributes:
        ca: Of the authority that has signed the other side's.
        certificate: Of this side, for server and client.
        key: Its key.
    """

    ca: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class PeerSettings:
    """The other bridge of a pair.

    Attributes:
        address: Where it listens.
        listen: Where this one does.
        is_first: Whether this one polls where both can.
        secret: The same on both sides; empty where certificates are used.
        tls: None where the secret is used alone.
        lease: How long the side that polls goes on without a confirmation.
        polls_in_isolation: Whether it goes on for longer where neither broker nor peer is reached.
        give_back: How long the first side must have been ready before it polls again; None where
            only a person changes it.
    """

    address: Address
    listen: Address
    is_first: bool
    secret: bytes = b""
    tls: PeerTlsSettings | None = None
    lease: timedelta = timedelta(seconds=3)
    polls_in_isolation: bool = True
    give_back: timedelta | None = timedelta(minutes=1)

    @property
    def name(self) -> str:
        """The other one's address, for messages."""
        return "{}:{}".format(*self.address)


def peer_settings(
    document: Document, checked: Mapping[str, Any], folder: Path
) -> tuple[PeerSettings | None, list[Problem]]:
    """The settings of `bridge.peer` in a checked configuration, and what is wrong in it."""
    data = checked["bridge"].get("peer")
    if data is None:
        return None, []
    place = ("bridge", "peer")
    files, problems = files_of(document, (*place, "tls"), data.get("tls", {}), folder)
    problems += _problems(document, place, data, checked["gateways"])
    settings = PeerSettings(
        address=data["address"],
        listen=data["listen"],
        is_first=data["role"] == "first",
        secret=data.get("secret", "").encode(),
        tls=PeerTlsSettings(**files) if len(files) == len(_TLS) else None,
        lease=data["lease"],
        polls_in_isolation=data["on_isolation"] == "poll",
        give_back=data["give_back"],
    )
    return settings, problems


def _problems(
    document: Document,
    place: tuple[str, ...],
    data: Mapping[str, Any],
    gateways: Mapping[str, Any],
) -> Iterator[Problem]:
    if not any(document.value((*place, key)) for key in ("secret", "tls")):
        yield document.problem(place, "expected secret, the same on both bridges, or tls")
    if data["address"] == data["listen"]:
        yield document.problem((*place, "address"), "is this bridge's own: expected the other's")
    for name, gateway in gateways.items():
        if "serial" in gateway:
            message = (
                "is a serial port of this machine, which no other bridge can poll: expected a "
                "gateway with a host, or no bridge.peer"
            )
            yield document.problem(("gateways", name, "serial"), message)


def _address(value: object) -> Address:
    match = fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):(\d{1,5})", values.text(value))
    if match and 0 < int(match[2]) < 65536:
        return match[1].strip("[]"), int(match[2])
    raise vol.Invalid("expected HOST:PORT such as 10.0.0.12:8490 or [fd00::12]:8490")


def _secret(value: object) -> str:
    found = values.text(value)
    if len(found) >= _SHORTEST_SECRET:
        return found
    raise UnshownError(f"expected at least {_SHORTEST_SECRET} characters")


def _give_back(value: object) -> timedelta | None:
    return None if value == "never" else values.duration("1s", "1d")(value)


_TLS: Final = {vol.Required(name): values.text for name in ("ca", "certificate", "key")}
PEER: Final = {
    vol.Required("address"): _address,
    vol.Required("listen"): _address,
    vol.Required("role"): vol.In(["first", "second"], msg="expected first or second"),
    vol.Optional("secret"): _secret,
    vol.Optional("tls"): _TLS,
    vol.Optional("lease", default="3s"): values.duration("1s", "5min"),
    vol.Optional("on_isolation", default="poll"): vol.In(
        ["poll", "stop"], msg="expected poll or stop"
    ),
    vol.Optional("give_back", default="1min"): _give_back,
}
