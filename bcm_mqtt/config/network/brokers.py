"""Where the brokers are: `mqtt.host`, or `mqtt.hosts` of several that each will do."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.network.endpoints import host
from bcm_mqtt.config.values import files_of
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document, KeyPath
from bcm_mqtt.mqtt.broker import Broker

_WITH_PORT: Final = re.compile(r"([^:\s]+|\[[^\]]*\]):([0-9]+)")
_LARGEST_PORT: Final = 65_535
_USUAL_HOST: Final = "127.0.0.1"
_USUAL_PATH: Final = "/mqtt"


def host_and_port(value: object) -> tuple[str, int | None]:
    """A `host` or `host:port`, an IPv6 address with a port in brackets; no port: `mqtt.port`'s."""
    found = values.text(value)
    named = _WITH_PORT.fullmatch(found)
    if named is None:
        return host(found).strip("[]"), None
    if not 1 <= int(named[2]) <= _LARGEST_PORT:
        message = (
            f"expected a port from 1 to {_LARGEST_PORT} after the host, such as {named[1]}:1883"
        )
        raise vol.Invalid(message)
    return host(named[1]).strip("[]"), int(named[2])


HOSTS: Final = vol.All(
    [host_and_port],
    vol.Length(min=1, msg="expected at least one host such as broker-a or 10.0.0.5"),
)


_PATH: Final = re.compile(r"/[!-~]{0,199}")


def _path(value: object) -> str:
    """The path of a WebSocket."""
    if isinstance(value, str) and _PATH.fullmatch(value):
        return value
    message = "expected a path such as /mqtt, of ASCII without spaces"
    raise vol.Invalid(message)


BROKER: Final = {
    vol.Optional("host"): host,
    vol.Optional("hosts"): HOSTS,
    vol.Optional("port", default=1883): values.whole(1, _LARGEST_PORT),
    vol.Optional("username"): values.text,
    vol.Optional("password"): values.text,
    vol.Optional("tls"): {
        vol.Optional("ca"): values.text,
        vol.Optional("certificate"): values.text,
        vol.Optional("key"): values.text,
        vol.Optional("insecure", default=False): values.boolean,
    },
    vol.Optional("protocol", default="5"): vol.All(
        vol.Coerce(str), vol.In(["5", "3.1.1"], msg="expected 5 or 3.1.1")
    ),
    vol.Optional("transport", default="tcp"): vol.In(
        ["tcp", "websockets"], msg="expected tcp or websockets"
    ),
    vol.Optional("path"): _path,
    vol.Optional("max_packet_size"): values.whole(128, 268_435_460),  # the most MQTT has
}
"""Keys of where a broker is and how to log in."""


def broker_of(
    document: Document, data: Mapping[str, Any], folder: Path, at: KeyPath = ("mqtt",)
) -> tuple[Broker, list[Problem]]:
    """The broker, or the brokers, of a validated section, and what is wrong with them.

    Args:
        document: As the user wrote it.
        data: The section, validated by `BROKER`.
        folder: Of the main file.
        at: The keys to the section.
    """
    tls = data.get("tls", {})
    files, problems = files_of(document, (*at, "tls"), tls, folder)
    places = [(name, port or data["port"]) for name, port in data.get("hosts", ())]
    problems += [
        document.problem(place, message) for place, message in _mistakes(document, places, at)
    ]
    if "path" in data and data["transport"] != "websockets":
        message = "has a meaning with transport: websockets only"
        problems.append(document.problem((*at, "path"), message))
    (name, port), *others = places or [(data.get("host", _USUAL_HOST), data["port"])]
    broker = Broker(
        host=name,
        port=port,
        protocol=data["protocol"],
        username=data.get("username"),
        password=data.get("password"),
        tls="tls" in data,
        insecure=tls.get("insecure", False),
        max_packet_size=data.get("max_packet_size"),
        others=tuple(others),
        transport=data["transport"],
        path=data.get("path", _USUAL_PATH),
        **files,
    )
    return broker, problems


def _mistakes(
    document: Document, places: list[tuple[str, int]], at: KeyPath
) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with `hosts`, with the place in the file."""
    if places and "host" in (document.value(at) or {}):
        yield (
            (*at, "hosts"),
            f"is given with {'.'.join(map(str, at))}.host: expected one of the two",
        )
    known = dict[tuple[str, int], int]()
    for number, place in enumerate(places):
        if (first := known.setdefault(broker_address(*place), number)) != number:
            written = document.value((*at, "hosts", number))
            message = (
                f"{written} is the broker in place {first + 1}, too: expected each broker once, "
                "since two connections of one name disconnect each other"
            )
            yield (*at, "hosts", number), message


def broker_address(name: str, port: int) -> tuple[str, int]:
    """What is the same of two spellings of one address."""
    name = name.lower().removesuffix(".")
    with suppress(ValueError):  # a name
        name = str(ip_address("127.0.0.1" if name == "localhost" else name))
    return name, port
