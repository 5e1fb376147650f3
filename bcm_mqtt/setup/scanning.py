"""Scans of gateways and serial ports: the addresses that are given, and what answers on them."""

import re
from collections.abc import Callable, Iterable, Sequence
from glob import glob
from ipaddress import IPv6Address
from typing import Final

from bcm_mqtt.config.gateways import SERIAL_DEFAULTS, TCP_DEFAULTS
from bcm_mqtt.errors import InputError
from bcm_mqtt.modbus import (
    Framing,
    Line,
    Link,
    Parity,
    ReadError,
    Serial,
    Tcp,
    TransactionIds,
    line_random,
)
from bcm_mqtt.modbus.scan import ScannedUnit
from bcm_mqtt.modbus.scan import scan as scan_line
from bcm_mqtt.profiles import Profile, shipped_profiles

_PORTS: Final = ("/dev/serial/by-id/*", "/dev/ttyUSB*", "/dev/ttyACM*", "/dev/ttyAMA*")
_STANDARD: Final = tuple(SERIAL_DEFAULTS[key] for key in ("baudrate", "parity", "stop_bits"))
USUAL_SPEEDS: Final = [_STANDARD, (9600, "none", 1), (9600, "even", 1), (19200, "none", 1)]
"""Of a serial port, tried in turn until a unit answers: baud rate, parity, stop bits."""
_ADDRESS: Final = re.compile(r"(?:\[([^]]+)\]|([A-Za-z0-9_.-]+))(?::([0-9]*))?")
"""One host, of IPv6 in brackets, and a port: no network, no list, no URL."""


def serial_ports() -> list[str]:
    """Those of this machine."""
    return [port for pattern in _PORTS for port in sorted(glob(pattern))]  # noqa: PTH207


def places_of(
    addresses: Iterable[str],
    framing: Framing = Framing.TCP,
    checked: TransactionIds = TransactionIds.STRICT,
) -> list[list[Link]]:
    """The link to each gateway; raises InputError for what is no address."""
    return [[Tcp(*one, framing, checked)] for one in dict.fromkeys(map(host_port, addresses))]


def serial_places_of(
    devices: Iterable[str], speeds: Sequence[tuple[int, str, int]]
) -> list[list[Link]]:
    """The links to try on each serial port: a baud rate, a parity and stop bits each."""
    return [
        [Serial(device, speed, Parity(parity), bits) for speed, parity, bits in speeds]
        for device in dict.fromkeys(devices)
    ]


async def scanned_place(
    links: Sequence[Link],
    timeout_s: float,
    profiles: Sequence[Profile],
    units: range,
    advanced: Callable[[int, Link, ScannedUnit | None], object],
) -> tuple[Link, list[ScannedUnit]]:
    """What answers, and the link on which it does: the first on which anything does.

    Args:
        links: To try.
        timeout_s: How long to wait for an answer.
        profiles: To recognise.
        units: Unit ids that get requests.
        advanced: Gets how many unit ids are done, of all links together, the link, and what
            answered to the last.

    Raises:
        ReadError: no link can be opened, or one fails later. One that cannot be opened is
            passed over, because a port may do some speeds and parities only.
    """
    refused = list[ReadError]()
    for number, link in enumerate(links):
        done = begun = number * len(units)
        scanned, line = list[ScannedUnit](), Line("scan", link, timeout_s, line_random())
        try:
            async for unit, item in scan_line(line, profiles, units):
                done = begun + units.index(unit) + 1
                advanced(done, link, item)
                if item:
                    scanned.append(item)
        except ReadError as error:
            if done > begun:
                raise
            refused.append(error)
        finally:
            line.close()
        if scanned:
            return link, scanned
    if len(refused) == len(links):
        raise refused[0]
    return links[0], []


def profiles_of(names: Sequence[str]) -> list[Profile]:
    """Those that are named, or all; without those that would fit whatever answers."""
    known = {
        name: item
        for name, item in shipped_profiles().items()
        if "first_register" not in item.parameters
    }
    for name in names:
        if name not in known:
            raise InputError.of(f"--profile {name!r}: expected one of {', '.join(sorted(known))}")
    return [known[name] for name in dict.fromkeys(names or known)]


def host_port(address: str, default: int = TCP_DEFAULTS["port"]) -> tuple[str, int]:
    """The two of `HOST` or `HOST:PORT`; raises InputError for what is no address.

    The last group of an address of IPv6 is no port: with a port it stands in brackets.
    """
    found = _ADDRESS.fullmatch(f"[{address}]" if is_ipv6(address) else address)
    in_brackets, host, port = found.groups() if found else (None, None, None)
    number = int(port or default)
    if not (host or is_ipv6(in_brackets or "")) or not 1 <= number <= 65535:
        raise InputError.of(f"{address!r}: expected HOST or HOST:PORT such as 10.0.0.21:{default}")
    return in_brackets or host or "", number


def is_ipv6(text: str) -> bool:
    """Whether that is an address of IPv6, without brackets and port."""
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def unit_range(text: str, ids: range, name: str = "--units") -> range:
    """The unit ids of `1-32`; raises InputError for what is none of `ids`."""
    first, _, last = text.partition("-")
    numbers = [part for part in (first, last or first) if part.isascii() and part.isdecimal()]
    if len(numbers) < 2 or not ids[0] <= int(numbers[0]) <= int(numbers[1]) <= ids[-1]:
        expected = f"expected unit ids from {ids[0]} to {ids[-1]} such as 1-32"
        raise InputError.of(f"{name} {text!r}: {expected}")
    return range(int(numbers[0]), int(numbers[1]) + 1)
