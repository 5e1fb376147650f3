"""`scan`: which unit ids answer on a gateway, and which profile they look like."""

import asyncio
from collections.abc import Iterable
from itertools import groupby

import click

from bcm_mqtt.cli.output import progress_bar
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.modbus import Line, ReadError, TcpLink, line_random
from bcm_mqtt.modbus.scan import Found
from bcm_mqtt.modbus.scan import scan as scan_line
from bcm_mqtt.profiles import Profile, shipped_profiles

_DEFAULT_PORT = 502


@click.command(epilog="Example: bcm-mqtt scan 10.0.0.21 --units 1-32")
@click.argument("address", metavar="HOST[:PORT]")
@click.option("--units", default="1-247", show_default=True, metavar="FIRST-LAST")
@click.option(
    "--timeout-ms",
    type=click.IntRange(10, 60_000),
    default=300,
    show_default=True,
    help="How long a unit may take to answer; every silent one costs as much.",
)
def scan(address: str, units: str, timeout_ms: int) -> None:
    """Find the meters behind a gateway; prints a configuration to start from."""
    host, port = _host_port(address)
    wanted = _unit_range(units)
    try:
        found = asyncio.run(_scan(host, port, timeout_ms / 1000, wanted))
    except ReadError as error:
        raise WorkError(str(error)) from error
    if not found:
        raise WorkError(f"no unit id of {units} answers on {host}:{port}")
    for item in found:
        if item.profile is None:
            click.echo(f"unit id {item.unit} answers, but fits no profile", err=True)
    click.echo(_configuration(host, port, [item for item in found if item.profile]))


async def _scan(host: str, port: int, timeout_s: float, units: range) -> list[Found]:
    line = Line("scan", TcpLink(host, port), timeout_s, line_random())
    found = []
    try:
        with progress_bar() as progress:
            task = progress.add_task("unit ids", total=len(units))
            async for _, item in scan_line(line, shipped_profiles().values(), units):
                progress.advance(task)
                if item:
                    found.append(item)
    finally:
        line.close()
    return found


def _configuration(host: str, port: int, found: list[Found]) -> str:
    """A configuration that `check` accepts, with a panel for each full set of meters."""
    lines = [
        "site: {id: site1, time_zone: UTC}   # yours",
        "gateways:",
        f"  gateway-1: {{host: {host}, port: {port}}}",
        "panels:" if found else "panels: {}",
    ]
    number = 0
    for profile, group in groupby(found, key=lambda item: item.profile):
        if profile is None:
            continue
        units = [item.unit for item in group]
        size = profile.unit_count
        for start in range(0, len(units) - len(units) % size, size):
            number += 1
            lines.append(f"  panel-{number}: {_panel(profile, units[start : start + size])}")
        if rest := units[len(units) - len(units) % size :]:
            lines.append(
                f"  # unit ids {_listed(rest)} look like {profile.id}, which has {size} per panel"
            )
    if found and not number:
        lines[3] = "panels: {}"
    return "\n".join(lines)


def _panel(profile: Profile, units: list[int]) -> str:
    settings = f"gateway: gateway-1, profile: {profile.id}, unit_ids: [{_listed(units)}]"
    shipped = shipped_profiles()[profile.id]
    if profile.function_code != shipped.function_code:
        settings += f", function_code: {profile.function_code}"
    if profile.addressing is not shipped.addressing:
        settings += f", addressing: {profile.addressing}"
    return f"{{{settings}}}"


def _listed(units: Iterable[int]) -> str:
    return ", ".join(map(str, units))


def _host_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":") if ":" in address else (address, "", "")
    number = int(port) if port.isascii() and port.isdecimal() else _DEFAULT_PORT if not port else 0
    if not host or not 1 <= number <= 65535:
        raise InputError.of(f"{address!r}: expected HOST or HOST:PORT such as 10.0.0.21:502")
    return host, number


def _unit_range(text: str) -> range:
    first, _, last = text.partition("-")
    numbers = [part for part in (first, last or first) if part.isascii() and part.isdecimal()]
    if len(numbers) < 2 or not 1 <= int(numbers[0]) <= int(numbers[1]) <= 247:
        raise InputError.of(f"--units {text!r}: expected unit ids from 1 to 247 such as 1-32")
    return range(int(numbers[0]), int(numbers[1]) + 1)
