"""`circuits`: the directory."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bcm_mqtt.cli.circuits.edit import assign, import_
from bcm_mqtt.cli.output import Cell, Format, format_option, print_rows
from bcm_mqtt.cli.site import config_option, instant_given, now, settings_of
from bcm_mqtt.config import Settings
from bcm_mqtt.config.directory import COLUMNS, row_text
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.circuit_field import FIELDS, POLES, text_of
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.errors import InputError, WorkError

_LISTED = ("panel", POLES.name, "phase", *(item.name for item in FIELDS[1:]), "valid_from")
_ALWAYS = "1970-01-01T00:00Z"
"""What `export` writes for an empty `valid_from`, which means now to `import`."""


@click.group(epilog="Example: bcm-mqtt circuits list --at 2026-03-10")
def circuits() -> None:
    """Show and edit the circuit directory."""


circuits.add_command(import_)
circuits.add_command(assign)


@circuits.command("list", epilog="Example: bcm-mqtt circuits list --at 2026-03-10 --format csv")
@config_option
@click.option("--at", "at_text", metavar="TIME", help="Local date or time.  [default: now]")
@format_option
def list_(config: Path, at_text: str | None, form: Format) -> None:
    """List the circuits in service at a time."""
    settings = settings_of(config)
    zone = settings.site.zone
    at = instant_given("--at", at_text, zone) or now()
    rows = [
        _listed(directory.panel, version, settings)
        for directory in settings.directories.values()
        for version in directory.at(at).values()
    ]
    print_rows(rows, _LISTED, form)


def _listed(panel: Panel, version: CircuitVersion, settings: Settings) -> dict[str, Cell]:
    values = version.in_force(panel, settings.terms.rule.customer_of(version))
    begins = version.valid_from
    cells: dict[str, Cell] = {
        "panel": panel.id,
        "phase": "".join(panel.phase(pole) for pole in version.poles),
        **{
            item.name: value if isinstance(value, int | None) else text_of(value)
            for item, value in values.items()
        },
        "valid_from": ""
        if begins == BEGINNING
        else begins.astimezone(settings.site.zone).isoformat(),
    }
    return {column: cells[column] for column in _LISTED}


@circuits.command(epilog="Example: bcm-mqtt circuits export --output circuits-2026.csv")
@config_option
@click.option("--at", "at_text", metavar="TIME", help="Only the circuits in service then.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write.  [default: standard output]",
)
def export(config: Path, at_text: str | None, output: Path | None) -> None:
    """Print all versions of all circuits in the format of circuits.csv."""
    settings = settings_of(config)
    at = instant_given("--at", at_text, settings.site.zone)
    text = "".join(_exported(list(settings.directories.values()), at, settings.site.zone))
    if output is None:
        click.echo(text, nl=False)
        return
    if output.resolve() == settings.circuits.resolve():
        message = f"--output {output}: is the directory itself, whose comments would be lost"
        raise InputError.of(message)
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorkError(f"{output}: cannot be written: {error.strerror}") from None


def _exported(
    directories: Sequence[Directory], at: datetime | None, zone: ZoneInfo
) -> Iterator[str]:
    yield row_text(list(COLUMNS)) + "\n"
    for directory in directories:
        versions: Sequence[CircuitVersion] = directory.versions
        if at is not None:
            versions = list(directory.at(at).values())
        for version in versions:
            texts = version.texts(zone)
            texts["valid_from"] = texts["valid_from"] or _ALWAYS
            yield row_text([directory.panel.id, *texts.values()]) + "\n"
