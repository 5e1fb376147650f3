"""`scan`: which unit ids answer on a gateway or serial port, and which profile they look like."""

import asyncio
import logging
from collections.abc import Sequence
from itertools import product

import click
from click.core import ParameterSource
from rich.progress import Progress

from bcm_mqtt.cli.meters.scan_fragment import fragment
from bcm_mqtt.cli.output import progress_bar, say
from bcm_mqtt.config.gateways import SERIAL_DEFAULTS, TCP_DEFAULTS, ids_on
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.modbus import (
    Framing,
    Line,
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

_Link = Tcp | Serial
_OF_SERIAL = ("baudrate", "parity", "stop_bits")
"""Options that apply to --serial only."""


@click.command(
    epilog="Example: bcm-mqtt scan --serial /dev/ttyUSB0 --baudrate 9600 --baudrate 19200"
)
@click.argument("address", metavar="[HOST[:PORT]]", default="")
@click.option("--serial", "device", metavar="DEVICE", help="A serial port instead of a gateway.")
@click.option(
    "--baudrate",
    type=click.IntRange(300, 4_000_000),
    multiple=True,
    default=[SERIAL_DEFAULTS["baudrate"]],
    show_default=True,
    help="Of the serial port; if given several times, each is tried until a unit answers.",
)
@click.option(
    "--parity",
    type=click.Choice([parity.value for parity in Parity]),
    multiple=True,
    default=[SERIAL_DEFAULTS["parity"]],
    show_default=True,
    help="Of the serial port; may be given several times, too.",
)
@click.option(
    "--stop-bits",
    type=click.IntRange(1, 2),
    default=SERIAL_DEFAULTS["stop_bits"],
    show_default=True,
    help="Of the serial port.",
)
@click.option(
    "--framing",
    type=click.Choice([framing.value for framing in Framing]),
    default=TCP_DEFAULTS["framing"],
    show_default=True,
    help="Of the gateway: Modbus TCP, or RTU frames over TCP.",
)
@click.option(
    "--transaction-ids",
    type=click.Choice([kind.value for kind in TransactionIds]),
    default=TCP_DEFAULTS["transaction_ids"],
    show_default=True,
    help="Of the gateway: lenient where it answers with transaction + 1, or with 0.",
)
@click.option("--units", default="1-247", show_default=True, metavar="FIRST-LAST")
@click.option(
    "--profile",
    "names",
    multiple=True,
    metavar="NAME",
    help="Look for these profiles only, where meters do not answer for registers they do not have.",
)
@click.option(
    "--timeout-ms",
    type=click.IntRange(10, 60_000),
    default=300,
    show_default=True,
    help="How long to wait for an answer; each silent unit id takes this long.",
)
@click.pass_context
def scan(
    context: click.Context,
    address: str,
    device: str | None,
    baudrate: tuple[int, ...],
    parity: tuple[str, ...],
    stop_bits: int,
    framing: str,
    transaction_ids: str,
    units: str,
    names: tuple[str, ...],
    timeout_ms: int,
) -> None:
    """Find the meters behind a gateway or on a serial port; prints a configuration."""
    if bool(address) == bool(device):
        raise InputError.of("expected either HOST[:PORT] or --serial DEVICE")
    for name in _OF_SERIAL if address else ("framing", "transaction_ids"):
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            where = "--serial" if address else "HOST"
            raise InputError.of(f"--{name.replace('_', '-')} applies to {where} only")
    links: list[_Link] = (
        [
            Serial(device, speed, Parity(bit), stop_bits)
            for speed, bit in product(dict.fromkeys(baudrate), dict.fromkeys(parity))
        ]
        if device
        else [Tcp(*_host_port(address), Framing(framing), TransactionIds(transaction_ids))]
    )
    unit_ids, profiles = _unit_range(units, ids_on(links[0])), _profiles(names)
    logging.getLogger("bcm_mqtt").addHandler(logging.NullHandler())  # what it logs is raised, too
    try:
        link, scanned = asyncio.run(_scan(links, timeout_ms / 1000, profiles, unit_ids))
    except ReadError as error:
        raise WorkError(str(error)) from error
    if not scanned:
        raise WorkError(f"no unit id of {units} answers on {links[0]}")
    for item in scanned:
        if not item.candidates:
            say(f"unit id {item.unit} answers, but fits no profile", err=True)
    say(fragment(link, timeout_ms, scanned))


async def _scan(
    links: Sequence[_Link], timeout_s: float, profiles: Sequence[Profile], units: range
) -> tuple[_Link, list[ScannedUnit]]:
    """What answers, and the link on which it does: the first on which anything does.

    Raises:
        ReadError: no link can be opened, or one fails later. One that cannot be opened is
            passed over, because a port may do some speeds and parities only.
    """
    most_s = len(links) * len(units) * timeout_s
    begun, refused = False, list[ReadError]()
    with progress_bar() as progress:
        task = progress.add_task("unit ids", total=len(links) * len(units))
        for number, link in enumerate(links):
            done = number * len(units)
            progress.update(task, completed=done)
            scanned, line = list[ScannedUnit](), Line("scan", link, timeout_s, line_random())
            try:
                async for unit, item in scan_line(line, profiles, units):
                    if not begun:
                        begun = True
                        _say_how_long(progress, most_s)
                    progress.update(task, completed=done + units.index(unit) + 1)
                    if item:
                        scanned.append(item)
            except ReadError as error:
                if progress.tasks[task].completed > done:
                    raise
                refused.append(error)
            finally:
                line.close()
            if scanned:
                return link, scanned
    if not begun:
        raise refused[0]
    return links[0], []


def _say_how_long(progress: Progress, most_s: float) -> None:
    text = f"The scan takes at most {most_s:.0f} s for silent unit ids, plus seconds for each meter"
    progress.console.print(text, markup=False, highlight=False)


def _profiles(names: Sequence[str]) -> list[Profile]:
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


def _host_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":") if ":" in address else (address, "", "")
    default = TCP_DEFAULTS["port"]
    number = int(port) if port.isascii() and port.isdecimal() else default if not port else 0
    if not host or not 1 <= number <= 65535:
        raise InputError.of(f"{address!r}: expected HOST or HOST:PORT such as 10.0.0.21:502")
    return host, number


def _unit_range(text: str, ids: range) -> range:
    first, _, last = text.partition("-")
    numbers = [part for part in (first, last or first) if part.isascii() and part.isdecimal()]
    if len(numbers) < 2 or not ids[0] <= int(numbers[0]) <= int(numbers[1]) <= ids[-1]:
        expected = f"expected unit ids from {ids[0]} to {ids[-1]} such as 1-32"
        raise InputError.of(f"--units {text!r}: {expected}")
    return range(int(numbers[0]), int(numbers[1]) + 1)
