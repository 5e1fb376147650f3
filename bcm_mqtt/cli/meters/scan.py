"""`scan`: which unit ids answer on gateways and serial ports, and which profile they look like."""

import asyncio
import logging
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import click
from click.core import ParameterSource
from rich.progress import Progress

from bcm_mqtt.cli.meters.scan_agents import agent_options
from bcm_mqtt.cli.output import put_json, say, table_or_json_option
from bcm_mqtt.cli.tables import progress_bar
from bcm_mqtt.config.gateways import SERIAL_DEFAULTS, TCP_DEFAULTS, ids_on
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.modbus import Framing, Link, Parity, ReadError, TransactionIds
from bcm_mqtt.modbus.scan import ScannedUnit
from bcm_mqtt.profiles import Profile
from bcm_mqtt.setup.fragment import ScannedGateway, circuits_template, document, fragment
from bcm_mqtt.setup.new_files import CONFIGURATION, refuse_existing, written
from bcm_mqtt.setup.scanning import (
    places_of,
    profiles_of,
    scanned_place,
    serial_places_of,
    unit_range,
)

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
    help="Write bcm.yaml and circuits.csv there, and what --snmp needs in secrets.yaml; "
    "files that exist stay as they are.",
)
@table_or_json_option
@click.pass_context
@agent_options
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

    With --output it is written, with a row of circuits.csv for every pole. With --snmp it asks
    agents of SNMP instead.
    """
    if not addresses and not devices:
        raise InputError.of("expected HOST[:PORT], --serial DEVICE, --snmp HOST, or several of one")
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
    """As `scanned_place`, with a progress bar."""
    most = len(links) * len(units)
    with progress_bar() as progress:
        task = progress.add_task("unit ids", total=most)

        def advanced(done: int, *_: object) -> None:
            if not progress.tasks[task].completed:
                _say_how_long(progress, most * timeout_s)
            progress.update(task, completed=done)

        return await scanned_place(links, timeout_s, profiles, units, advanced)


def _say_how_long(progress: Progress, most_s: float) -> None:
    text = f"The scan takes at most {most_s:.0f} s for silent unit ids, plus seconds for each meter"
    progress.console.print(text, markup=False, highlight=False)
