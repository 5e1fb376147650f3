"""`circuits`: the directory."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bcm_mqtt.cli.output import Format, format_option, print_rows
from bcm_mqtt.cli.site import config_option, now, settings_of
from bcm_mqtt.domain.circuit import poles_text
from bcm_mqtt.domain.instants import BEGINNING
from bcm_mqtt.errors import InputError

_COLUMNS = [
    "panel",
    "poles",
    "phase",
    "description",
    "customer",
    "rating",
    "connection",
    "power_factor",
    "valid_from",
]


@click.group(epilog="Example: bcm-mqtt circuits list --at 2026-03-10")
def circuits() -> None:
    """Show the circuit directory."""


@circuits.command("list", epilog="Example: bcm-mqtt circuits list --at 2026-03-10 --format csv")
@config_option
@click.option("--at", "at_text", metavar="TIME", help="Local date or time.  [default: now]")
@format_option
def list_(config: Path, at_text: str | None, form: Format) -> None:
    """List the circuits in service at a time."""
    settings = settings_of(config)
    zone = settings.site.zone
    at = now() if at_text is None else _instant(at_text, zone)
    rows = [
        {
            "panel": panel,
            "poles": poles_text(version.poles),
            "phase": "".join(directory.panel.phase(pole) for pole in version.poles),
            "description": version.description,
            "customer": settings.customer_rule.customer_of(version),
            "rating": version.rating_amps,
            "connection": version.connection.value,
            "power_factor": str(version.power_factor_on(directory.panel)),
            "valid_from": ""
            if version.valid_from == BEGINNING
            else version.valid_from.astimezone(zone).isoformat(),
        }
        for panel, directory in settings.directories.items()
        for version in directory.at(at).values()
    ]
    print_rows(rows, _COLUMNS, form)


def _instant(text: str, zone: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        message = f"--at {text!r}: expected a date or time such as 2026-03-10 or 2026-03-10T12:00"
        raise InputError.of(message) from None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
