"""Gateways and serial ports: from validated data to settings, checked."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from os.path import realpath
from typing import Any, Final

from bcm_mqtt.config.settings import GatewaySettings
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document
from bcm_mqtt.modbus import Framing, Link, Parity, Serial, Tcp, TransactionIds

TCP_DEFAULTS: Final[dict[str, Any]] = {
    "port": 502,
    "framing": "tcp",
    "transaction_ids": "strict",
}
"""Keys of a `host` only, and their defaults."""
SERIAL_DEFAULTS: Final[dict[str, Any]] = {"baudrate": 19200, "parity": "even", "stop_bits": 1}
"""Keys of a `serial` only: Modbus over Serial Line V1.02, section 2.5.1, for the defaults."""

_ON_A_LINE: Final = range(1, 248)
"""Unit ids of RS485: 0 is a broadcast, and those after 247 are reserved."""
_OVER_TCP: Final = range(256)
"""Where the device itself speaks Modbus TCP, it is often 0 or 255."""


def is_modbus_tcp(link: Link) -> bool:
    """Whether frames have the header of Modbus TCP."""
    return isinstance(link, Tcp) and link.framing is Framing.TCP


def ids_on(link: Link) -> range:
    """The unit ids that can be asked there."""
    return _OVER_TCP if is_modbus_tcp(link) else _ON_A_LINE


def gateways_of(
    document: Document, data: Mapping[str, Any], sources: Iterable[Mapping[str, Any]]
) -> tuple[dict[str, GatewaySettings], list[Problem]]:
    """The gateways by id, and what is wrong with the others.

    Args:
        document: As the user wrote it.
        data: Validated `gateways`.
        sources: Of panels, validated: one whose transactions are lenient makes its gateway so.
    """
    lenient = {one.get("gateway") for one in sources if "transaction_ids" in one}
    gateways: dict[str, GatewaySettings] = {}
    problems: list[Problem] = []
    places: dict[tuple[str, object], str] = {}
    for key, value in data.items():
        written = document.value(("gateways", key))
        mistakes = [
            document.problem(("gateways", key, *place), message)
            for place, message in _gateway_mistakes(written, value, places)
        ]
        problems += mistakes
        if place := _place(value):
            places.setdefault(place, key)
        if not mistakes and ("host" in value or "serial" in value):
            found = {"transaction_ids": "lenient"} if key in lenient and "host" in value else {}
            gateways[key] = _gateway(key, {**value, **found})
    return gateways, problems


def _gateway_mistakes(
    written: Mapping[str, Any], value: Mapping[str, Any], places: Mapping[tuple[str, object], str]
) -> list[tuple[tuple[str, ...], str]]:
    """Keys that exclude each other, or have no meaning; with the key to blame."""
    if "host" in written and "serial" in written:
        return [(("serial",), "is given with host: expected one of the two")]
    if "host" not in written and "serial" not in written:
        return [((), "expected host (a gateway) or serial (a port of this machine)")]
    kind, other = ("host", "serial") if "host" in written else ("serial", "host")
    foreign = SERIAL_DEFAULTS if kind == "host" else TCP_DEFAULTS
    mistakes: list[tuple[tuple[str, ...], str]] = [
        ((key,), f"has a meaning with {other} only, not with {kind}")
        for key in foreign
        if key in written
    ]
    if value.get("framing") == "rtu" and "transaction_ids" in written:
        mistakes.append((("transaction_ids",), "has a meaning over Modbus TCP only"))
    if (place := _place(value)) and (gateway := places.get(place)):
        mistakes.append(((kind,), f"is gateway {gateway}'s already: one line has one gateway"))
    return mistakes


def _place(value: Mapping[str, Any]) -> tuple[str, object] | None:
    """What is the same of two spellings of one address, or of one device."""
    if "serial" in value:
        return realpath(value["serial"]), None  # /dev/serial/by-id holds links
    if "host" in value:
        host = value["host"].lower().removesuffix(".")
        with suppress(ValueError):  # a name
            host = str(ip_address("127.0.0.1" if host == "localhost" else host.strip("[]")))
        return host, value.get("port", TCP_DEFAULTS["port"])
    return None


def _gateway(key: str, value: Mapping[str, Any]) -> GatewaySettings:
    link: Link
    if "serial" in value:
        serial = {**SERIAL_DEFAULTS, **value}
        parity = Parity(serial["parity"])
        link = Serial(value["serial"], serial["baudrate"], parity, serial["stop_bits"])
    else:
        tcp = {**TCP_DEFAULTS, **value}
        checked = TransactionIds(tcp["transaction_ids"])
        link = Tcp(value["host"], tcp["port"], Framing(tcp["framing"]), checked)
    return GatewaySettings(
        id=key, link=link, timeout=value["timeout"], poll_interval=value["poll_interval"]
    )
