"""`db backup` and `db prune`: a copy while the recorder writes, and the removal of what is old."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click

from bcm_mqtt.cli.output import Cell, console, plain_table, progress_bar
from bcm_mqtt.cli.site import config_option, now, settings_of
from bcm_mqtt.cli.stored import issued_months, open_store
from bcm_mqtt.domain.interval.retention import Retention
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.errors import InputError
from bcm_mqtt.recorder import plan, removals
from bcm_mqtt.recorder.pruning import Plan
from bcm_mqtt.store import Store, Upkeep


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


@click.command(epilog="Example: bcm-mqtt db prune --older-than 90 --dry-run")
@config_option
@click.option(
    "--older-than",
    type=click.IntRange(1, 36_500),
    metavar="DAYS",
    help="Instead of database.raw_retention.",
)
@click.option(
    "--force-unissued",
    is_flag=True,
    help="Also of months whose bills were not issued; these cannot be explained any more.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option(
    "--vacuum",
    is_flag=True,
    help="Give the space back to the disk (SQLite); the recorder waits meanwhile.",
)
def prune(
    config: Path, older_than: int | None, force_unissued: bool, dry_run: bool, vacuum: bool
) -> None:
    """Remove snapshots that are older than the site keeps them, once they are intervals."""
    settings = settings_of(config)
    retention = _retention(settings.retention, older_than, force_unissued=force_unissued)
    with closing(open_store(settings)) as store:
        found = plan(
            store.upkeep, retention, issued_months(store, settings), now(), settings.site.zone
        )
        _print_plan(store.upkeep, found)
        if not dry_run:
            _remove(store, found)
            if vacuum:
                store.upkeep.compact()


def _retention(configured: Retention, older_than: int | None, *, force_unissued: bool) -> Retention:
    raw = configured.raw if older_than is None else timedelta(days=older_than)
    if raw is None:
        message = "is not set, so nothing is removed: set it, or give --older-than DAYS"
        raise InputError.of(message, key="database.raw_retention")
    return replace(configured, raw=raw, unissued=configured.unissued or force_unissued)


def _print_plan(upkeep: Upkeep, found: Plan) -> None:
    rows: list[dict[str, Cell]] = [
        {
            "month": str(span.month),
            "what": "snapshots",
            "from": to_text(span.start),
            "to": to_text(span.end),
            "rows": upkeep.count_snapshots(span),
        }
        for span in found.snapshots.removable
    ]
    rows += [
        {
            "month": str(span.month),
            "what": "intervals",
            "from": to_text(span.start),
            "to": to_text(span.end),
            "rows": None,
        }
        for span in found.intervals.removable
    ]
    if rows:
        console().print(plain_table(rows, list(rows[0])))
    else:
        click.echo("nothing may go")
    if held := found.snapshots.held:
        months = ", ".join(map(str, held))
        click.echo(f"kept, because no bill was issued (--force-unissued removes them): {months}")


def _remove(store: Store, found: Plan) -> None:
    removed = 0
    waiting: dict[str, str] = {}
    with progress_bar() as progress:
        task = progress.add_task("removed", total=None)
        for step in removals(store.upkeep, found):
            removed += step.rows
            progress.advance(task, step.rows)
            if step.waits:
                waiting[step.what] = step.waits
    click.echo(f"{removed} rows removed")
    if store.database.is_postgresql:
        click.echo("PostgreSQL drops snapshots by whole months of UTC; the others wait for theirs")
    for what, why in waiting.items():
        click.echo(f"{what}: kept: {why}")
