"""`db`: the store."""

import json
from contextlib import closing
from pathlib import Path

import click

from bcm_mqtt.cli.database.care import backup, prune
from bcm_mqtt.cli.database.info import info
from bcm_mqtt.cli.database.transfer import export_command, import_command
from bcm_mqtt.cli.output import Cell, Format, format_option, print_rows
from bcm_mqtt.cli.site import config_option, now, settings_of
from bcm_mqtt.cli.stored import open_store, roll_up_all
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.recorder import Ingest
from bcm_mqtt.store import Store

_SHOWN_HASH = 12


@click.group(epilog="Example: bcm-mqtt db info")
def db() -> None:
    """Look after the database."""


for command in (info, export_command, import_command, prune, backup):
    db.add_command(command)


@db.command(epilog="Example: bcm-mqtt db upgrade")
@config_option
def upgrade(config: Path) -> None:
    """Make the tables, or bring those of an earlier version up to this one."""
    with closing(Store(settings_of(config).database_url)) as store:
        store.database.upgrade_schema()
        store.arrivals.prepare_months(now())
    click.echo("the database has this version's schema")


@db.command(epilog="Example: bcm-mqtt db rollup --rebuild")
@click.option("--rebuild", is_flag=True, help="Recalculate all intervals from the snapshots.")
@config_option
def rollup(rebuild: bool, config: Path) -> None:
    """Compute the intervals and days that are due, or all of them."""
    settings = settings_of(config)
    with closing(open_store(settings)) as store:
        if rebuild:
            store.roll_up.mark_all()
        intervals, days = roll_up_all(store, settings)
    click.echo(f"{intervals} intervals of panels and {days} days computed")


@db.command(epilog="Example: bcm-mqtt db quarantine --retry")
@click.option("--retry", is_flag=True, help="Store what can be stored by now.")
@config_option
@format_option
def quarantine(retry: bool, config: Path, form: Format) -> None:
    """List messages that could not be stored, and why."""
    settings = settings_of(config)
    with closing(open_store(settings)) as store:
        if retry:
            ingest = Ingest(store, settings.mqtt.topics, now, settings.quarantine_limit)
            stored = ingest.again(store.quarantine.all())
        left = store.quarantine.all()
    rows: list[dict[str, Cell]] = [
        {
            "received": to_text(item.received),
            "topic": item.topic,
            "bytes": len(item.payload),
            "reason": item.reason,
        }
        for item in left
    ]
    print_rows(rows, ["received", "topic", "bytes", "reason"], form)
    if retry and form == "table":
        click.echo(f"{stored} stored, {len(left)} left")


@db.command(epilog="Example: bcm-mqtt db revisions rpp-1a")
@click.argument("panel", required=False)
@config_option
@format_option
def revisions(panel: str | None, config: Path, form: Format) -> None:
    """List the directories that arrived, of PANEL or of all."""
    with closing(open_store(settings_of(config))) as store:
        found = store.directories.revisions(panel)
    rows: list[dict[str, Cell]] = [
        {
            "panel": item.panel,
            "received": to_text(item.received),
            "versions": len(json.loads(item.payload)["circuits"]),
            "sha256": item.sha256[:_SHOWN_HASH] if form == "table" else item.sha256,
        }
        for item in found
    ]
    print_rows(rows, ["panel", "received", "versions", "sha256"], form)
