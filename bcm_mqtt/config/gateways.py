"""Gateways and serial ports: from validated data to settings, with the checks between keys."""

from collections.abc import Mapping
from typing import Any, Final

from bcm_mqtt.config.settings import GatewaySettings
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document
from bcm_mqtt.modbus import Framing, Link, Parity, Serial, Tcp

TCP_DEFAULTS: Final[dict[str, Any]] = {"port": 502, "framing": "tcp"}
"""Keys of a `host` only, and their defaults."""
SERIAL_DEFAULTS: Final[dict[str, Any]] = {"baudrate": 19200, "parity": "even", "stop_bits": 1}
"""Keys of a `serial` only: Modbus over Serial Line V1.02, section 2.5.1, for the defaults."""


def gateways_of(
    document: Document, data: Mapping[str, Any]
) -> tuple[dict[str, GatewaySettings], list[Problem]]:
    """The gateways by id, and what is wrong with the others.

    Args:
        document: As the user wrote it.
        data: Validated `gateways`.
    """
    gateways: dict[str, GatewaySettings] = {}
    problems: list[Problem] = []
    devices: dict[str, str] = {}
    for key, value in data.items():
        written = document.value(("gateways", key))
        found = [
            document.problem(("gateways", key, *place), message)
            for place, message in _mistakes(written, value, devices)
        ]
        problems += found
        if "serial" in value:
            devices.setdefault(value["serial"], key)
        if not found and ("host" in value or "serial" in value):
            gateways[key] = _gateway(key, value)
    return gateways, problems


def _mistakes(
    written: Mapping[str, Any], value: Mapping[str, Any], devices: Mapping[str, str]
) -> list[tuple[tuple[str, ...], str]]:
    """Keys that exclude each other, or have no meaning; with the key to blame."""
    if "host" in written and "serial" in written:
        return [(("serial",), "is given beside host: expected one of the two")]
    if "host" not in written and "serial" not in written:
        return [((), "expected host (a gateway) or serial (a port of this machine)")]
    kind, other = ("host", "serial") if "host" in written else ("serial", "host")
    foreign = SERIAL_DEFAULTS if kind == "host" else TCP_DEFAULTS
    found: list[tuple[tuple[str, ...], str]] = [
        ((key,), f"has a meaning beside {other} only, not beside {kind}")
        for key in foreign
        if key in written
    ]
    if device := devices.get(value.get("serial", "")):
        found.append((("serial",), f"is gateway {device}'s already"))
    return found


def _gateway(key: str, value: Mapping[str, Any]) -> GatewaySettings:
    link: Link
    if "serial" in value:
        serial = {**SERIAL_DEFAULTS, **value}
        parity = Parity(serial["parity"])
        link = Serial(value["serial"], serial["baudrate"], parity, serial["stop_bits"])
    else:
        tcp = {**TCP_DEFAULTS, **value}
        link = Tcp(value["host"], tcp["port"], Framing(tcp["framing"]))
    return GatewaySettings(key, link, value["timeout"], value["poll_interval"])
