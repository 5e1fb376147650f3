"""`db`: looking after the database: its schema, intervals, quarantine, backups and age."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click

from bcm_mqtt.cli.billed import issued_months, roll_up_all, staying_of
from bcm_mqtt.cli.database.info import info
from bcm_mqtt.cli.database.transfer import export_command, import_command
from bcm_mqtt.cli.output import Cell, Format, format_option, say
from bcm_mqtt.cli.portfolio.choosing import SiteChoice, sites_options
from bcm_mqtt.cli.site import config_option, now
from bcm_mqtt.cli.stored import open_store, store_of
from bcm_mqtt.cli.tables import print_rows, print_table, progress_bar
from bcm_mqtt.config import Settings, load
from bcm_mqtt.domain.interval.retention import Retention
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.errors import InputError
from bcm_mqtt.recorder import Ingest, plan, removals
from bcm_mqtt.recorder.pruning import Plan, Staying
from bcm_mqtt.store import QuarantineLimit, Store, Upkeep

_SHOWN_HASH = 12


@click.group(epilog="Example: bcm-mqtt db info")
def db() -> None:
    """Look after the database."""


for command in (info, export_command, import_command):
    db.add_command(command)


@db.command(epilog="Example: bcm-mqtt db upgrade")
@sites_options
def upgrade(choice: SiteChoice) -> int:
    """Make the tables, or bring those of an earlier version up to this one.

    Also those of the home database.
    """
    sites = choice.load()

    def upgrade_site(key: str, settings: Settings) -> None:
        with closing(store_of(settings)) as store:
            store.database.upgrade_schema()
            if store.has_home:
                store.ledger.database.upgrade_schema()
            store.arrivals.prepare_months(now())
        of_site = f"site {key}: " if sites.are_several else ""
        say(f"{of_site}the database has this version's schema")

    return sites.each(upgrade_site)


@db.command(epilog="Example: bcm-mqtt db rollup --rebuild")
@click.option("--rebuild", is_flag=True, help="Recalculate all intervals from the snapshots.")
@config_option
def rollup(rebuild: bool, config: Path) -> None:
    """Compute the intervals and days that are due, or all of them."""
    settings = load(config)
    with closing(open_store(settings)) as store:
        if rebuild:
            store.roll_up.mark_all()
        intervals, days = roll_up_all(store, settings)
    say(f"{intervals} intervals of panels and {days} days computed")


@db.command(epilog="Example: bcm-mqtt db quarantine --retry")
@click.option("--retry", is_flag=True, help="Store what can be stored by now.")
@config_option
@format_option
def quarantine(retry: bool, config: Path, form: Format) -> None:
    """List messages that could not be stored, and why."""
    settings = load(config)
    with closing(open_store(settings)) as store:
        if retry:
            limit = QuarantineLimit(settings.quarantine.messages, settings.quarantine.size)
            ingest = Ingest(store, settings.mqtt.topics, now, limit)
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
        say(f"{stored} stored, {len(left)} left")


@db.command(epilog="Example: bcm-mqtt db revisions rpp-1a")
@click.argument("panel", required=False)
@config_option
@format_option
def revisions(panel: str | None, config: Path, form: Format) -> None:
    """List the directories that arrived, of PANEL or of all."""
    with closing(open_store(load(config))) as store:
        arrived = store.directories.revisions(panel)
    rows: list[dict[str, Cell]] = [
        {
            "panel": item.panel,
            "received": to_text(item.received),
            "versions": len(json.loads(item.payload)["circuits"]),
            "sha256": item.sha256[:_SHOWN_HASH] if form == "table" else item.sha256,
        }
        for item in arrived
    ]
    print_rows(rows, ["panel", "received", "versions", "sha256"], form)


@db.command(epilog="Example: bcm-mqtt db backup /backup/bcm.db")
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def backup(file: Path, config: Path) -> None:
    """Copy the database to FILE, checked, while the recorder keeps running; SQLite only.

    An existing FILE is replaced in one step, once the copy has been checked.
    """
    # Its schema may be an earlier version's: before an upgrade is when a backup is made.
    settings = load(config)
    with closing(store_of(settings)) as store, progress_bar() as progress:
        task = progress.add_task("pages", total=None)
        size = store.upkeep.back_up(
            file,
            lambda done, of: progress.update(task, completed=done, total=of),
            settings.file_mode,
        )
    say(f"{file}: {size / 1e6:,.1f} MB, checked")
    if archive := store.database.archive:
        say(f"old polls are not in it: copy the archive {archive.shown} too, within a day")


@db.command(epilog="Example: bcm-mqtt db prune --older-than 90 --dry-run")
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
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
@click.option(
    "--vacuum",
    is_flag=True,
    help="Give the space back to the disk (SQLite); the recorder waits meanwhile.",
)
def prune(
    config: Path, older_than: int | None, force_unissued: bool, dry_run: bool, vacuum: bool
) -> None:
    """Remove snapshots that are older than the site keeps them, once they are intervals."""
    settings = load(config)
    retention = _retention(settings.retention, older_than, force_unissued=force_unissued)
    with closing(open_store(settings)) as store:
        removal = plan(
            store.upkeep, retention, issued_months(store, settings), now(), settings.site.zone
        )
        _print_plan(store.upkeep, removal)
        if not dry_run:
            _remove(store, removal, staying_of(store, settings))
            if vacuum:
                store.upkeep.compact()


def _retention(configured: Retention, older_than: int | None, *, force_unissued: bool) -> Retention:
    raw = configured.raw if older_than is None else timedelta(days=older_than)
    if raw is None:
        message = "is not set, so nothing is removed: set it, or give --older-than DAYS"
        raise InputError.of(message, key="database.raw_retention")
    return replace(configured, raw=raw, unissued=configured.unissued or force_unissued)


def _print_plan(upkeep: Upkeep, removal: Plan) -> None:
    rows: list[dict[str, Cell]] = [
        {
            "month": str(span.month),
            "what": what,
            "from": to_text(span.start),
            "to": to_text(span.end),
            "rows": count(span),
        }
        for what, spans, count in (
            ("snapshots", removal.snapshots.removable, upkeep.count_snapshots),
            ("intervals", removal.intervals.removable, lambda _: None),
        )
        for span in spans
    ]
    if rows:
        print_table(rows, list(rows[0]))
    else:
        say("nothing is old enough to be removed")
    if held := removal.snapshots.held:
        months = ", ".join(map(str, held))
        say(f"not removed, because no bill was issued (--force-unissued removes them): {months}")


def _remove(store: Store, removal: Plan, staying: Staying) -> None:
    removed = 0
    waiting: dict[str, str] = {}
    with progress_bar() as progress:
        task = progress.add_task("removed", total=None)
        for step in removals(store.upkeep, removal, staying):
            removed += step.rows
            progress.advance(task, step.rows)
            if step.waits:
                waiting[step.what] = step.waits
    say(f"{removed} rows removed")
    if store.database.is_postgresql:
        say("PostgreSQL drops snapshots by whole months of UTC; the others wait for theirs")
    for what, why in waiting.items():
        say(f"{what}: not removed: {why}")
