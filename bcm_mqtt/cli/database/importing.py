"""`db import`: an export, or other people's history, into the database."""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from bcm_mqtt.cli.output import file_progress
from bcm_mqtt.cli.site import config_option, now, settings_of
from bcm_mqtt.cli.stored import open_store, roll_up_all
from bcm_mqtt.config import Settings
from bcm_mqtt.config.values import parse_duration
from bcm_mqtt.domain.time.instants import to_text
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.exchange import (
    History,
    Reading,
    check_history,
    import_export,
    import_history,
    read_history,
)
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store, Stored

_LONGEST = timedelta(hours=1)
_SHOWN = 10


@click.command(
    "import",
    epilog="Example: bcm-mqtt db import --format history march.csv --interval 15min --dry-run",
)
@click.argument("place", type=click.Path(path_type=Path))
@config_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["export", "history"]),
    default="export",
    show_default=True,
    help="export: what db export wrote. history: CSV with the columns time, panel, pole, amps.",
)
@click.option(
    "--time-zone",
    metavar="ZONE",
    help="history: of times without an offset.  [default: the site's]",
)
@click.option(
    "--time-format",
    default="",
    metavar="FORMAT",
    help="history: as Python's strptime has it, such as '%m/%d/%Y %I:%M %p'.  [default: ISO 8601]",
)
@click.option(
    "--interval",
    default="15min",
    show_default=True,
    help="history: from one reading to the next.",
)
@click.option("--dry-run", is_flag=True, help="history: only check the file.")
def import_command(
    place: Path,
    config: Path,
    form: str,
    time_zone: str | None,
    time_format: str,
    interval: str,
    dry_run: bool,
) -> None:
    """Store what is in PLACE and is not yet stored; what is stored stays as it is."""
    settings = settings_of(config)
    if form == "export":
        if dry_run or time_zone or time_format:
            raise InputError.of("--dry-run, --time-zone and --time-format are of --format history")
        _import_export(settings, place)
    else:
        zone = settings.site.zone if time_zone is None else _zone(time_zone)
        reading = Reading(zone, time_format, _interval(interval))
        _import_history(settings, place, reading, dry_run=dry_run)


def _import_export(settings: Settings, place: Path) -> None:
    with closing(open_store(settings)) as store:
        with file_progress() as show:
            found = import_export(store, place, now(), show)
        roll_up_all(store, settings)
    new = sum(stored.new for stored in found.values())
    same = sum(stored.same for stored in found.values())
    click.echo(f"{new} records stored, {same} were there already")
    _tell_differences(found)


def _tell_differences(found: Mapping[str, Stored]) -> None:
    """Derived ones were computed anew, or will be; a snapshot is a fact."""
    for table, stored in found.items():
        if stored.different:
            key = stored.first_different
            first = " ".join(to_text(x) if isinstance(x, datetime) else str(x) for x in key)
            text = f"{table}: {stored.different} are stored with other values, such as {first}"
            if table == "snapshot":
                raise WorkError(f"{text}; they stay as they are stored")
            click.echo(f"{text}; they stay")


def _import_history(settings: Settings, file: Path, reading: Reading, *, dry_run: bool) -> None:
    panels = {key: panel.panel for key, panel in settings.panels.items()}
    history = read_history(file, reading, panels, now())
    with closing(open_store(settings)) as store:
        check_history(store, history)
        _print_history(history)
        if dry_run:
            click.echo("nothing was stored (--dry-run)")
            return
        _add_directories(store, settings, history)
        with file_progress() as show:
            new = import_history(store, history, now(), lambda done, of: show(str(file), done, of))
        roll_up_all(store, settings)
    click.echo(f"{new} snapshots stored, {history.count - new} were there already")


def _print_history(history: History) -> None:
    for panel, (first, last) in history.spans().items():
        count = len(history.times_ms(panel))
        click.echo(f"{panel}: {count} snapshots from {to_text(first)} to {to_text(last)}")
    if repeated := history.repeated:
        shown = ", ".join(map(str, repeated[:_SHOWN]))
        more = "" if len(repeated) <= _SHOWN else f" and {len(repeated) - _SHOWN} more"
        click.echo(f"{len(repeated)} rows repeat others, in lines {shown}{more}: taken once")


def _add_directories(store: Store, settings: Settings, history: History) -> None:
    """Of panels that no bridge has told of yet, so that they can be billed."""
    there = store.directories.all()
    for panel in history.spans():
        if panel not in there:
            directory = settings.directories[panel]
            store.directories.add(directory, encode_directory(directory), now())


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"--time-zone {text!r}: expected a time zone such as Etc/GMT+5"
        raise InputError.of(message) from None


def _interval(text: str) -> timedelta:
    found = parse_duration(text)
    if found is None or not timedelta(seconds=1) <= found <= _LONGEST:
        raise InputError.of(f"--interval {text!r}: expected from 1s to 1h such as 15min")
    return found
