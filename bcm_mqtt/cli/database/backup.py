"""`db backup`: a copy of a SQLite database while the recorder writes to it."""

from contextlib import closing
from pathlib import Path

import click

from bcm_mqtt.cli.output import progress_bar
from bcm_mqtt.cli.site import config_option, settings_of
from bcm_mqtt.store import Store


@click.command(epilog="Example: bcm-mqtt db backup /backup/bcm.db")
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def backup(file: Path, config: Path) -> None:
    """Copy the database to FILE, checked, while the recorder goes on; SQLite only.

    A FILE that is there is replaced in one step, once the copy has been checked.
    """
    # Its schema may be an earlier version's: before an upgrade is when a backup is made.
    with closing(Store(settings_of(config).database_url)) as store, progress_bar() as progress:
        task = progress.add_task("pages", total=None)
        size = store.upkeep.back_up(
            file, lambda done, of: progress.update(task, completed=done, total=of)
        )
    click.echo(f"{file}: {size / 1e6:,.1f} MB, checked")
