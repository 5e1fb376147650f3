"""`db`: the store."""

from contextlib import closing
from pathlib import Path

import click

from bcm_mqtt.cli.db_backup import backup
from bcm_mqtt.cli.db_prune import prune
from bcm_mqtt.cli.output import Cell, Format, format_option, print_rows
from bcm_mqtt.cli.site import config_option, settings_of
from bcm_mqtt.cli.stored import open_store
from bcm_mqtt.domain.instants import to_text
from bcm_mqtt.store import Store


@click.group(epilog="Example: bcm-mqtt db info")
def db() -> None:
    """Look after the database."""


db.add_command(prune)
db.add_command(backup)


@db.command(epilog="Example: bcm-mqtt db upgrade")
@config_option
def upgrade(config: Path) -> None:
    """Make the tables, or bring those of an earlier version up to this one."""
    with closing(Store(settings_of(config).database_url)) as store:
        store.upgrade_schema()
    click.echo("the database has this version's schema")


@db.command(epilog="Example: bcm-mqtt db info --format json")
@config_option
@format_option
def info(config: Path, form: Format) -> None:
    """Say what is stored: snapshots and their span by panel, intervals."""
    with closing(open_store(settings_of(config))) as store:
        found = store.info()
    rows: list[dict[str, Cell]] = [
        {
            "panel": panel.panel,
            "snapshots": panel.snapshots,
            "first": to_text(panel.first),
            "last": to_text(panel.last),
        }
        for panel in found.panels
    ]
    print_rows(rows, ["panel", "snapshots", "first", "last"], form)
    if form == "table":
        click.echo(f"{found.intervals} intervals of poles, {found.dirty} to be recomputed")
