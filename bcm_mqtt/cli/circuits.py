"""`circuits`: the directory, its history, and its edits, which are shown field by field."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import click

from bcm_mqtt.cli.output import Cell, Format, format_option, put_document, say
from bcm_mqtt.cli.schedule_options import ScheduleOptions, print_columns, schedule_options
from bcm_mqtt.cli.site import config_option, instant_given, now
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import Settings, load
from bcm_mqtt.config.directory import (
    COLUMNS,
    USUAL_COLUMNS,
    changes_of,
    content_of,
    has_columns,
    rewrite,
    row_text,
)
from bcm_mqtt.domain.site.circuit import CircuitChange, CircuitVersion, Difference
from bcm_mqtt.domain.site.circuit_field import FIELDS, POLES, CircuitField, Value, text_of
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.errors import InputError, WorkError

_LISTED = ("panel", POLES.name, "phase", *(item.name for item in FIELDS[1:]), "valid_from")
_DIFFERENCES = ("panel", "poles", "field", "before", "after")
_Command = TypeVar("_Command", bound=Callable[..., object])
_ALWAYS = "1970-01-01T00:00Z"
"""What `export` writes for an empty `valid_from`, which means now to `import`."""


@click.group(epilog="Example: bcm-mqtt circuits list --at 2026-03-10")
def circuits() -> None:
    """Show and edit the circuit directory."""


@circuits.command("list", epilog="Example: bcm-mqtt circuits list --at 2026-03-10 --format csv")
@config_option
@click.option("--at", "at_text", metavar="TIME", help="Local date or time.  [default: now]")
@format_option
def list_(config: Path, at_text: str | None, form: Format) -> None:
    """List the circuits in service at a time."""
    settings = load(config)
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
    settings = load(config)
    at = instant_given("--at", at_text, settings.site.zone)
    text = "".join(_exported(list(settings.directories.values()), at, settings.site.zone))
    if output is None:
        put_document(text)
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
    rows = []
    for directory in directories:
        versions: Sequence[CircuitVersion] = directory.versions
        if at is not None:
            versions = list(directory.at(at).values())
        for version in versions:
            texts = version.texts(zone)
            texts["valid_from"] = texts["valid_from"] or _ALWAYS
            rows.append({"panel": directory.panel.id, **texts})
    columns = [one for one in COLUMNS if one in USUAL_COLUMNS or any(row[one] for row in rows)]
    yield row_text(columns) + "\n"
    for row in rows:
        yield row_text([row[one] for one in columns]) + "\n"


def _edit_options(command: _Command) -> _Command:
    """What both commands take, apart from what is to be changed."""
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


@circuits.command("import", epilog="Example: bcm-mqtt circuits import rpp-1a.xlsx --panel rpp-1a")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@schedule_options
@_edit_options
def import_(
    file: Path,
    schedule: ScheduleOptions,
    config: Path,
    valid_from_text: str | None,
    dry_run: bool,
    form: Format,
) -> None:
    """Apply rows of a CSV or XLSX file, all of them or none.

    FILE has the columns of circuits.csv, or is a panel schedule, whose columns are found by their
    headings. A row's own valid_from wins over --valid-from. What the file lacks stays as it is.
    """
    settings = load(config, with_circuits=False)
    zone, content, panels = settings.site.zone, content_of(file), _panels(settings)
    valid_from = instant_given("--valid-from", valid_from_text, zone)
    if not schedule.given and has_columns(content):
        source = str(file)
        changes = changes_of(content, panels, zone, now(), source=source, valid_from=valid_from)
        _edit(settings, changes, dry_run=dry_run, form=form)
        return
    found = schedule.read(content, panels, str(file))
    if form == "table":
        print_columns(found)
    changes = [row.change(valid_from) for row in found.rows]
    _edit(settings, changes, dry_run=dry_run, form=form, tie=True)


def _field_options(command: _Command) -> _Command:
    """An option for each field of a circuit."""
    for item in reversed(FIELDS):
        name = f"--{item.name.replace('_', '-')}"
        command = click.option(name, item.name, metavar=item.metavar, help=item.about)(command)
    return command


@circuits.command(epilog="Example: bcm-mqtt circuits assign rpp-1a:1,2 --customer Customer2")
@click.argument("circuits", metavar="PANEL:POLE[,POLE...]")
@_field_options
@_edit_options
def assign(
    circuits: str,
    config: Path,
    valid_from_text: str | None,
    dry_run: bool,
    form: Format,
    **texts: str | None,
) -> None:
    """Change circuits, each named by its first pole; what is not given stays as it is."""
    panel, first_poles = _named(circuits)
    values = {
        item: _parsed(item, text) for item in FIELDS if (text := texts[item.name]) is not None
    }
    if not values:
        raise InputError.of(f"{circuits}: expected what to assign, such as --customer ID")
    settings = load(config, with_circuits=False)
    valid_from = instant_given("--valid-from", valid_from_text, settings.site.zone)
    changes = [CircuitChange.of(panel, pole, values, valid_from) for pole in first_poles]
    _edit(settings, changes, dry_run=dry_run, form=form)


@circuits.command(epilog="Example: bcm-mqtt circuits apply --dry-run")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@config_option
@format_option
def apply(config: Path, dry_run: bool, form: Format) -> None:
    """Store circuits.csv in the database that bills are made from, without a bridge.

    The broker retains it as well, if it answers. Refused where a bridge elsewhere has the panel.
    """
    # Not at the top, because SQL comes with it, which no other command of this group needs.
    from bcm_mqtt.cli.stored import open_store  # noqa: PLC0415
    from bcm_mqtt.mqtt.standing import standing_at  # noqa: PLC0415
    from bcm_mqtt.recorder.applying import apply_file  # noqa: PLC0415

    settings = load(config)
    with closing(open_store(settings)) as store:
        standing = standing_at(settings.mqtt.broker, settings.mqtt.topics)
        applied = apply_file(settings, store, standing, now, dry_run=dry_run)
    _print_differences(applied.differences, form)
    if form == "table":
        done = "nothing was stored" if dry_run else "stored"
        say(f"{settings.circuits}: {done if applied.differences else 'is stored already'}")
    if applied.note:
        say(applied.note, err=True)


def _named(circuits: str) -> tuple[str, list[int]]:
    """Panel and first poles of `rpp-1a:1,2`."""
    match = re.fullmatch(r"([^:]+):([0-9]{1,3}(?:,[0-9]{1,3})*)", circuits)
    if match is None:
        message = f"{circuits!r}: expected panel and first poles such as rpp-1a:1 or rpp-1a:1,2"
        raise InputError.of(message)
    return match[1], [int(pole) for pole in match[2].split(",")]


def _parsed(item: CircuitField, text: str) -> Value:
    if not text and item.empty(()) in {None, ""} and not item.required:
        return item.empty(())
    try:
        return item.kind.read(text)
    except ValueError as error:
        raise InputError.of(f"--{item.name.replace('_', '-')} {text!r}: {error}") from None


def _edit(
    settings: Settings,
    changes: Sequence[CircuitChange],
    *,
    dry_run: bool,
    form: Format,
    tie: bool = False,
) -> None:
    """Rewrites the directory and prints what has changed."""
    file = settings.circuits
    zone = settings.site.zone
    edits = rewrite(file, changes, _panels(settings), zone, now, dry_run=dry_run, tie=tie).edits
    differences = [
        difference
        for edit in edits
        for difference in edit.differences(zone)
        if edit.before or difference.field != POLES.name  # of a new circuit they are known
    ]
    _print_differences(differences, form)
    if form == "table":
        done = "nothing was written" if dry_run else "written"
        say(f"{file}: {done if edits else 'nothing to change'}")


def _print_differences(differences: Sequence[Difference], form: Format) -> None:
    rows: list[dict[str, Cell]] = [
        {name: getattr(difference, name) for name in _DIFFERENCES} for difference in differences
    ]
    if rows or form != "table":
        print_rows(rows, _DIFFERENCES, form)


def _panels(settings: Settings) -> dict[str, Panel]:
    return {key: panel.panel for key, panel in settings.panels.items()}
