"""`db export`, and `db import` of an export or of other people's history."""

from collections.abc import Mapping
from contextlib import closing
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from bcm_mqtt import __version__
from bcm_mqtt.cli.billed import roll_up_all
from bcm_mqtt.cli.output import say
from bcm_mqtt.cli.site import config_option, instant_given, now
from bcm_mqtt.cli.stored import make_store, open_look, open_store
from bcm_mqtt.cli.tables import file_progress
from bcm_mqtt.config import Settings, load
from bcm_mqtt.config.values import parse_duration
from bcm_mqtt.domain.time import MILLISECOND, to_text
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.exchange import (
    Form,
    History,
    Imported,
    Reading,
    check_history,
    export,
    import_export,
    import_history,
    read_history,
)
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Choice, Store, Stored


@click.command(
    "export",
    epilog="Example: bcm-mqtt db export march.zip --from 2026-03-01 --to 2026-04-01 --panel rpp-1a",
)
@click.argument("place", type=click.Path(path_type=Path))
@config_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="Of the files.",
)
@click.option("--from", "start", metavar="TIME", help="Local date or time of the first records.")
@click.option("--to", "end", metavar="TIME", help="Local date or time after the last.")
@click.option("--panel", "panels", multiple=True, metavar="ID", help="Of this panel only; repeat.")
def export_command(
    place: Path,
    config: Path,
    form: str,
    start: str | None,
    end: str | None,
    panels: tuple[str, ...],
) -> None:
    """Write all tables to PLACE, a new folder, or a ZIP file if it ends with .zip."""
    settings = load(config)
    zone = settings.site.zone
    choice = _choice(
        instant_given("--from", start, zone), instant_given("--to", end, zone), zone, panels
    )
    with closing(open_look(settings)) as store:
        if unknown := sorted(set(panels) - store.records.known_panels()):
            message = f"--panel {unknown[0]!r}: nothing is stored of this panel"
            raise InputError.of(message)
        with file_progress() as show:
            mode = settings.file_mode
            done = export(store, place, cast("Form", form), choice, now(), __version__, show, mode)
    rows = sum(entry.rows for entry in done.files)
    say(f"{place}: {rows} records of {len(done.files)} tables")


def _choice(
    start: datetime | None, end: datetime | None, zone: ZoneInfo, panels: tuple[str, ...]
) -> Choice:
    if start and end and start >= end:
        raise InputError.of("--to: expected a time after --from")
    return Choice(
        start,
        end,
        start.astimezone(zone).date() if start else None,
        _day_after((end - MILLISECOND).astimezone(zone).date()) if end else None,
        frozenset(panels) or None,
    )


def _day_after(day: date) -> date:
    return day + timedelta(days=1)


_LONGEST = timedelta(hours=1)


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
    settings = load(config)
    if form == "export":
        if dry_run or time_zone or time_format:
            raise InputError.of(
                "--dry-run, --time-zone and --time-format apply to --format history only"
            )
        _import_export(settings, place)
    else:
        zone = settings.site.zone if time_zone is None else _zone(time_zone)
        reading = Reading(zone, time_format, _interval(interval))
        _import_history(settings, place, reading, dry_run=dry_run)


def _import_export(settings: Settings, place: Path) -> None:
    with closing(make_store(settings)) as store:
        with file_progress() as show:
            stored = import_export(store, place, now(), show)
        roll_up_all(store, settings)
    new = sum(table.new for table in stored.values())
    same = sum(table.same for table in stored.values())
    say(f"{new} records stored, {same} were there already")
    _report_differences(stored)


def _report_differences(by_table: Mapping[str, Stored]) -> None:
    """Derived ones were or will be recalculated; a snapshot is a fact."""
    for table, stored in by_table.items():
        if stored.different:
            key = stored.first_different
            parts = (to_text(x) if isinstance(x, datetime) else str(x) for x in key)
            first = " ".join(part for part in parts if part)  # an only source is ""
            text = f"{table}: {stored.different} are stored with other values, such as {first}"
            if table == "snapshot":
                raise WorkError(f"{text}; they stay as they are stored")
            say(f"{text}; they stay")


def _import_history(settings: Settings, file: Path, reading: Reading, *, dry_run: bool) -> None:
    panels = {key: panel.panel for key, panel in settings.panels.items()}
    with (
        file_progress() as show,
        closing(read_history(file, reading, panels, now(), partial(show, "reading"))) as history,
    ):
        if dry_run:
            with closing(open_store(settings)) as store:
                _print_history(history, check_history(store, history))
            say("nothing was stored (--dry-run)")
            return
        with closing(make_store(settings)) as store:
            done = import_history(store, history, now(), partial(show, "storing"))
            _add_directories(store, settings, history)
            roll_up_all(store, settings)
        _print_history(history, done)
    there = sum(done.snapshots.values()) - done.new
    say(f"{done.new} snapshots stored, {there} were there already")


def _print_history(history: History, found: Imported) -> None:
    for panel, (first, last) in history.spans.items():
        count = found.snapshots[panel]
        say(f"{panel}: {count} snapshots from {to_text(first)} to {to_text(last)}")
    if count := history.repeated:
        shown = ", ".join(map(str, history.repeated_lines))
        more = (
            ""
            if count <= len(history.repeated_lines)
            else f" and {count - len(history.repeated_lines)} more"
        )
        say(f"{count} rows repeat others, in lines {shown}{more}: taken once")


def _add_directories(store: Store, settings: Settings, history: History) -> None:
    """Of panels that no bridge has published yet, so that they can be billed."""
    there = store.directories.all()
    for panel in history.spans:
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
    length = parse_duration(text)
    if length is None or not timedelta(seconds=1) <= length <= _LONGEST:
        raise InputError.of(f"--interval {text!r}: expected from 1s to 1h such as 15min")
    return length
