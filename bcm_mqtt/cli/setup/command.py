"""`init`: questions, or options, to a first configuration; scans what is there."""

import sys
from pathlib import Path
from typing import Final

import click

from bcm_mqtt.cli.meters.scan import scanned
from bcm_mqtt.cli.output import say
from bcm_mqtt.cli.setup.asking import Asking
from bcm_mqtt.cli.site import config_option
from bcm_mqtt.domain.site.panel import Service
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.modbus import Link
from bcm_mqtt.profiles import shipped_profiles
from bcm_mqtt.setup.first_site import (
    MOST_POLES,
    FirstPanel,
    FirstSite,
    currency_checked,
    time_zone_here,
    zone_checked,
)
from bcm_mqtt.setup.fragment import FoundPanel, ScannedGateway, found_panels, gateway_settings
from bcm_mqtt.setup.new_files import CIRCUITS, refuse_existing, written
from bcm_mqtt.setup.scanning import (
    USUAL_SPEEDS,
    places_of,
    profiles_of,
    serial_places_of,
    serial_ports,
    unit_range,
)

_SERVICE: Final = "120/208"


@click.command(
    epilog="Example: bcm-mqtt init --name DC1 --time-zone America/New_York --gateway 10.0.0.21"
)
@config_option
@click.option("--name", metavar="TEXT", help="Of the site.")
@click.option("--time-zone", metavar="ZONE", help="Of the site, such as Europe/Berlin.")
@click.option("--currency", metavar="CODE", help="Of its bills, such as EUR.")
@click.option("--gateway", "hosts", metavar="HOST[:PORT]", multiple=True, help="Or several.")
@click.option("--serial", "devices", metavar="DEVICE", multiple=True, help="Or several.")
@click.option(
    "--panel",
    "stated",
    metavar="GATEWAY,PROFILE,FIRST_UNIT",
    multiple=True,
    help="A panel that no scan finds, on the first gateway: 1,bg08,1.",
)
@click.option("--service", metavar="VOLTS", help="Of the panels: 120/208, 230/400, 480.")
@click.option("--no-scan", is_flag=True, help="Ask no meter.")
@click.option("--units", default="1-247", show_default=True, metavar="FIRST-LAST")
@click.option("--timeout-ms", type=click.IntRange(10, 60_000), default=300, show_default=True)
@click.option("--yes", is_flag=True, help="Ask nothing; take what is given and found.")
def init(
    config: Path,
    name: str | None,
    time_zone: str | None,
    currency: str | None,
    hosts: tuple[str, ...],
    devices: tuple[str, ...],
    stated: tuple[str, ...],
    service: str | None,
    units: str,
    timeout_ms: int,
    *,
    no_scan: bool,
    yes: bool,
) -> None:
    """Make a first configuration by questions, or by options.

    The gateways are scanned, and what is found can be named. Nothing is overwritten.
    """
    refuse_existing(config)
    asking = Asking(asks=sys.stdin.isatty() and not yes)
    named = asking.line("--name", "Name of the site", name, None, _not_empty)
    zone = asking.line("--time-zone", "Time zone", time_zone, time_zone_here(), zone_checked)
    money = asking.line("--currency", "Currency", currency, "USD", currency_checked)
    places = _places(asking, hosts, devices)
    found: list[ScannedGateway] = []
    if places and not no_scan:
        try:
            ids = unit_range(units, range(1, 248))
            found = scanned(places, timeout_ms, profiles_of(()), ids)
        except WorkError as error:
            say(f"no meter was found: {error}", err=True)
    answered = {one.id: one for one in found}
    gateways = [
        answered.get(key) or ScannedGateway(key, links[0], 0, ())
        for number, links in enumerate(places, 1)
        for key in [f"gateway-{number}"]
    ]
    panels = [panel for panel in found_panels(found) if panel.id]
    panels += [_stated(text, len(gateways)) for text in stated]
    site = FirstSite(
        named,
        zone,
        money,
        {one.id: gateway_settings(one) for one in gateways},
        _panels(asking, panels, service),
    )
    site.check()
    for file in written(config, site.configuration(), site.circuits()):
        say(f"{file}: written")
    say(f"Next: fill in {config.parent / CIRCUITS}, or bcm-mqtt circuits import; then bcm-mqtt run")


def _not_empty(text: str) -> None:
    if not text.strip():
        message = "expected a name"
        raise ValueError(message)


def _places(asking: Asking, hosts: tuple[str, ...], devices: tuple[str, ...]) -> list[list[Link]]:
    """The links to try of each gateway and serial port."""
    if not hosts and not devices and asking.asks:
        if ports := serial_ports():
            say(f"Serial ports of this machine: {', '.join(ports)}", err=True)
        question = "Gateway as HOST or HOST:PORT, or a serial port; empty when that is all"
        answers = asking.lines(question, lambda text: text[0] == "/" or places_of([text]))
        hosts = tuple(text for text in answers if text[0] != "/")
        devices = tuple(text for text in answers if text[0] == "/")
    return [*places_of(hosts), *serial_places_of(devices, USUAL_SPEEDS)]


def _stated(text: str, gateway_count: int) -> FoundPanel:
    """The panel of `1,bg08,9`."""
    parts = text.split(",")
    profiles = shipped_profiles()
    expected = "expected GATEWAY,PROFILE,FIRST_UNIT such as 1,bg08,1"
    if len(parts) != 3 or not (parts[0].isdecimal() and parts[2].isdecimal()):
        raise InputError.of(f"--panel {text!r}: {expected}")
    if not 1 <= int(parts[0]) <= gateway_count:
        raise InputError.of(f"--panel {text!r}: there are {gateway_count} gateways")
    if parts[1] not in profiles:
        known = ", ".join(sorted(profiles))
        raise InputError.of(f"--panel {text!r}: expected a profile of {known}")
    profile, first = profiles[parts[1]], int(parts[2])
    units = tuple(range(first, first + profile.unit_count))
    return FoundPanel("panel", f"gateway-{int(parts[0])}", profile, units, ())


def _panels(asking: Asking, found: list[FoundPanel], service: str | None) -> list[FirstPanel]:
    """Each panel with its name, service and number of poles."""
    panels: list[FirstPanel] = []
    volts = service or _SERVICE
    for number, panel in enumerate(found, 1):
        units = f"unit ids {panel.units[0]} to {panel.units[-1]}"
        if asking.asks:
            say(f"{panel.gateway}, {units}: {panel.profile.id}", err=True)
        name = asking.line("--name", "  Name of this panel", None, f"Panel {number}", _not_empty)
        volts = asking.line("--service", "  Service", service, volts, Service.parse)
        usual = str(panel.profile.pole_count)
        poles = asking.line("poles", "  Pole positions", None, usual, _poles_checked)
        panels.append(FirstPanel(name, panel, volts, int(poles)))
    return panels


def _poles_checked(text: str) -> None:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST_POLES):
        message = f"expected 1 to {MOST_POLES}"
        raise ValueError(message)
