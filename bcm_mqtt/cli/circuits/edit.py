"""`circuits import` and `circuits assign`: edits of the directory, shown field by field."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import click

from bcm_mqtt.cli.output import Cell, Format, format_option, print_rows
from bcm_mqtt.cli.site import config_option, instant_given, now, settings_of
from bcm_mqtt.config import Settings
from bcm_mqtt.config.directory.circuit_cells import (
    connection_of,
    poles_of,
    power_factor_of,
    rating_of,
    texts_of,
)
from bcm_mqtt.config.directory.circuit_import import changes_of
from bcm_mqtt.config.directory.circuits import content_of
from bcm_mqtt.config.directory.circuits_file import rewrite
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.site.circuit_change import LEAVE, CircuitChange, CircuitEdit, Leave
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.errors import InputError

_COLUMNS = ["panel", "poles", "field", "before", "after"]
_Value = TypeVar("_Value")
_Command = TypeVar("_Command", bound=Callable[..., object])


def _edit_options(command: _Command) -> _Command:
    """What both commands take, beside what is to be changed."""
    for option in (
        format_option,
        click.option("--dry-run", is_flag=True, help="Only show what would change."),
        click.option(
            "--valid-from",
            "valid_from_text",
            metavar="TIME",
            help="Local date or time from which it holds.  [default: now]",
        ),
        config_option,
    ):
        command = option(command)
    return command


@click.command("import", epilog="Example: bcm-mqtt circuits import moves.csv --dry-run")
@click.argument("file", metavar="FILE.csv", type=click.Path(path_type=Path))
@_edit_options
def import_(
    file: Path, config: Path, valid_from_text: str | None, dry_run: bool, form: Format
) -> None:
    """Take over rows in the format of circuits.csv, all of them or none.

    A row's own valid_from wins over --valid-from. Columns that the file lacks stay as they are.
    """
    settings = settings_of(config)
    zone = settings.site.zone
    changes = changes_of(
        content_of(file),
        _panels(settings),
        zone,
        now(),
        source=str(file),
        valid_from=instant_given("--valid-from", valid_from_text, zone),
    )
    _edit(settings, changes, dry_run=dry_run, form=form)


@click.command(epilog="Example: bcm-mqtt circuits assign rpp-1a:1,2 --customer Customer2")
@click.argument("circuits", metavar="PANEL:POLE[,POLE...]")
@click.option("--customer", metavar="ID", help='Customer id; "" takes it from the description.')
@click.option("--description", metavar="TEXT", help="What the panel schedule says.")
@click.option("--rating", metavar="A", help='Of the breaker in amps; "" is unknown.')
@click.option("--connection", metavar="C", help="1P, 2P, 2P-N, 3P, 3P-D, or none when it is gone.")
@click.option("--power-factor", metavar="F", help='Above 0, at most 1; "" is the panel\'s.')
@click.option("--poles", metavar="POLES", help="Of a breaker that is tied or untied: 1+3+5.")
@_edit_options
def assign(
    circuits: str,
    customer: str | None,
    description: str | None,
    rating: str | None,
    connection: str | None,
    power_factor: str | None,
    poles: str | None,
    config: Path,
    valid_from_text: str | None,
    dry_run: bool,
    form: Format,
) -> None:
    """Change circuits, each named by its first pole; what is not given stays as it is."""
    panel, first_poles = _named(circuits)
    asked = (customer, description, rating, connection, power_factor, poles)
    if all(text is None for text in asked):
        raise InputError.of(f"{circuits}: expected what to assign, such as --customer ID")
    settings = settings_of(config)
    change = CircuitChange(
        panel=panel,
        first_pole=first_poles[0],
        customer=LEAVE if customer is None else customer,
        description=LEAVE if description is None else description,
        rating_amps=None if rating == "" else _parsed("--rating", rating, rating_of),
        connection=_parsed("--connection", connection, connection_of),
        power_factor=None
        if power_factor == ""
        else _parsed("--power-factor", power_factor, power_factor_of),
        poles=_parsed("--poles", poles, poles_of),
        valid_from=instant_given("--valid-from", valid_from_text, settings.site.zone),
    )
    changes = [replace(change, first_pole=pole) for pole in first_poles]
    _edit(settings, changes, dry_run=dry_run, form=form)


def _named(circuits: str) -> tuple[str, list[int]]:
    """Panel and first poles of `rpp-1a:1,2`."""
    match = re.fullmatch(r"([^:]+):([0-9]{1,3}(?:,[0-9]{1,3})*)", circuits)
    if match is None:
        message = f"{circuits!r}: expected panel and first poles such as rpp-1a:1 or rpp-1a:1,2"
        raise InputError.of(message)
    return match[1], [int(pole) for pole in match[2].split(",")]


def _parsed(option: str, text: str | None, parse: Callable[[str], _Value]) -> _Value | Leave:
    if text is None:
        return LEAVE
    try:
        return parse(text)
    except ValueError as error:
        raise InputError.of(f"{option} {text!r}: {error}") from None


def _edit(
    settings: Settings, changes: Sequence[CircuitChange], *, dry_run: bool, form: Format
) -> None:
    """Rewrites the directory and prints what has changed."""
    file = settings.circuits
    edits = rewrite(file, changes, _panels(settings), settings.site.zone, now, dry_run=dry_run)
    rows = [row for edit in edits for row in _differences(edit, settings)]
    if rows or form != "table":
        print_rows(rows, _COLUMNS, form)
    if form == "table":
        done = "nothing was written" if dry_run else "written"
        click.echo(f"{file}: {done if edits else 'nothing to change'}")


def _panels(settings: Settings) -> dict[str, Panel]:
    return {key: panel.panel for key, panel in settings.panels.items()}


def _differences(edit: CircuitEdit, settings: Settings) -> Iterator[dict[str, Cell]]:
    zone = settings.site.zone
    poles = poles_text(edit.after.poles)
    before = {"panel": edit.panel, "poles": poles}  # of a new circuit
    if edit.before:
        before = texts_of(edit.panel, edit.before, zone)
    for field, after in texts_of(edit.panel, edit.after, zone).items():
        if before.get(field, "") != after:
            yield {
                "panel": edit.panel,
                "poles": poles,
                "field": field,
                "before": before.get(field, ""),
                "after": after,
            }
