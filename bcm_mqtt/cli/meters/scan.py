"""`scan`: which unit ids answer on gateways and serial ports, and which profile they look like."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path

import click
from click.core import ParameterSource
from rich.progress import Progress

from bcm_mqtt.cli.meters.scan_fragment import (
    ScannedGateway,
    circuits_template,
    document,
    fragment,
)
from bcm_mqtt.cli.new_files import CONFIGURATION, refuse_existing, written
from bcm_mqtt.cli.output import progress_bar, put_json, say, table_or_json_option
from bcm_mqtt.config.gateways import SERIAL_DEFAULTS, TCP_DEFAULTS, ids_on
from bcm_mqtt.errors import InputError, WorkError
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

_OF_SERIAL = ("baudrate", "parity", "stop_bits")
"""Options that apply to --serial only."""
_OF_HOST = ("framing", "transaction_ids")
"""Options that apply to HOST only."""


@click.command(
    epilog="Example: bcm-mqtt scan --serial /dev/ttyUSB0 --baudrate 9600 --baudrate 19200"
)
@click.argument("addresses", metavar="[HOST[:PORT]]...", nargs=-1)
@click.option(
    "--serial", "devices", metavar="DEVICE", multiple=True, help="A serial port, or several."
)
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
@click.option(
    "--output",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write bcm.yaml and circuits.csv there; files that exist stay as they are.",
)
@table_or_json_option
@click.pass_context
def scan(
    context: click.Context,
    addresses: tuple[str, ...],
    devices: tuple[str, ...],
    baudrate: tuple[int, ...],
    parity: tuple[str, ...],
    stop_bits: int,
    framing: str,
    transaction_ids: str,
    units: str,
    names: tuple[str, ...],
    timeout_ms: int,
    output: Path | None,
    form: str,
) -> None:
    """Find the meters behind gateways and on serial ports; prints a configuration.

    With --output it is written, with a row of circuits.csv for every pole.
    """
    if not addresses and not devices:
        raise InputError.of("expected HOST[:PORT], --serial DEVICE, or several of them")
    for name in _OF_SERIAL if not devices else () if addresses else _OF_HOST:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            where = "HOST" if devices else "--serial"
            raise InputError.of(f"--{name.replace('_', '-')} applies to {where} only")
    speeds = product(dict.fromkeys(baudrate), dict.fromkeys(parity), [stop_bits])
    places = places_of(addresses, Framing(framing), TransactionIds(transaction_ids))
    places += serial_places_of(devices, list(speeds))
    for links in places:
        ids = unit_range(units, ids_on(links[0]))
    if output is not None:
        refuse_existing(output / CONFIGURATION)
    found = scanned(places, timeout_ms, profiles_of(names), ids)
    _say_unknown(found)
    if output is not None:
        for file in written(output / CONFIGURATION, fragment(found), circuits_template(found)):
            say(f"{file}: written", err=form == "json")
    if form == "json":
        put_json(document(found))
    elif output is None:
        say(fragment(found))


def places_of(
    addresses: Iterable[str],
    framing: Framing = Framing.TCP,
    checked: TransactionIds = TransactionIds.STRICT,
) -> list[list[Link]]:
    """The link to each gateway; raises InputError for what is no address."""
    return [[Tcp(*_host_port(one), framing, checked)] for one in dict.fromkeys(addresses)]


def serial_places_of(
    devices: Iterable[str], speeds: Sequence[tuple[int, str, int]]
) -> list[list[Link]]:
    """The links to try on each serial port: a baud rate, a parity and stop bits each."""
    return [
        [Serial(device, speed, Parity(parity), bits) for speed, parity, bits in speeds]
        for device in dict.fromkeys(devices)
    ]


def _say_unknown(found: Sequence[ScannedGateway]) -> None:
    for gateway in found:
        for item in gateway.units:
            if not item.candidates:
                on = f" on {gateway.link}" if len(found) > 1 else ""
                say(f"unit id {item.unit}{on} answers, but fits no profile", err=True)


def scanned(
    places: Sequence[Sequence[Link]], timeout_ms: int, profiles: Sequence[Profile], units: range
) -> list[ScannedGateway]:
    """What answers at several places, all at once; places where nothing does are named.

    Args:
        places: Of each, the links to try.
        timeout_ms: How long to wait for an answer.
        profiles: To recognise.
        units: Unit ids that get requests.

    Raises:
        WorkError: nothing answers at all.
    """
    logging.getLogger("bcm_mqtt").addHandler(logging.NullHandler())  # what it logs is raised, too

    async def everywhere() -> list[tuple[Link, list[ScannedUnit]] | BaseException]:
        each = (_scan(links, timeout_ms / 1000, profiles, units) for links in places)
        return await asyncio.gather(*each, return_exceptions=True)

    found, silent = list[ScannedGateway](), list[str]()
    for number, (links, result) in enumerate(zip(places, asyncio.run(everywhere()), strict=True)):
        if isinstance(result, ReadError):
            silent.append(str(result))
        elif isinstance(result, BaseException):
            raise result
        elif not result[1]:
            silent.append(f"no unit id of {units[0]}-{units[-1]} answers on {links[0]}")
        else:
            found.append(ScannedGateway(f"gateway-{number + 1}", result[0], timeout_ms, result[1]))
    if not found:
        raise WorkError("; ".join(silent))
    for sentence in silent:
        say(f"not in the configuration: {sentence}", err=True)
    return found


async def _scan(
    links: Sequence[Link], timeout_s: float, profiles: Sequence[Profile], units: range
) -> tuple[Link, list[ScannedUnit]]:
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


def _host_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":") if ":" in address else (address, "", "")
    default = TCP_DEFAULTS["port"]
    number = int(port) if port.isascii() and port.isdecimal() else default if not port else 0
    if not host or not 1 <= number <= 65535:
        raise InputError.of(f"{address!r}: expected HOST or HOST:PORT such as 10.0.0.21:502")
    return host, number


def unit_range(text: str, ids: range) -> range:
    """The unit ids of `1-32`; raises InputError for what is none of `ids`."""
    first, _, last = text.partition("-")
    numbers = [part for part in (first, last or first) if part.isascii() and part.isdecimal()]
    if len(numbers) < 2 or not ids[0] <= int(numbers[0]) <= int(numbers[1]) <= ids[-1]:
        expected = f"expected unit ids from {ids[0]} to {ids[-1]} such as 1-32"
        raise InputError.of(f"--units {text!r}: {expected}")
    return range(int(numbers[0]), int(numbers[1]) + 1)
