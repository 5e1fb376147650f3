"""`db export`: what is stored as CSV or Parquet."""

from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import click

from bcm_mqtt import __version__
from bcm_mqtt.cli.output import file_progress
from bcm_mqtt.cli.site import config_option, instant_given, now, settings_of
from bcm_mqtt.cli.stored import open_store
from bcm_mqtt.domain.time.instants import MILLISECOND
from bcm_mqtt.errors import InputError
from bcm_mqtt.exchange import Form, export
from bcm_mqtt.store import Choice


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
    settings = settings_of(config)
    zone = settings.site.zone
    choice = _choice(
        instant_given("--from", start, zone), instant_given("--to", end, zone), zone, panels
    )
    with closing(open_store(settings)) as store:
        if unknown := sorted(set(panels) - store.records.known_panels()):
            message = f"--panel {unknown[0]!r}: nothing is stored of such a panel"
            raise InputError.of(message)
        with file_progress() as show:
            done = export(store, place, cast("Form", form), choice, now(), __version__, show)
    rows = sum(entry.rows for entry in done.files)
    click.echo(f"{place}: {rows} records of {len(done.files)} tables")


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
