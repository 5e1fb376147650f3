"""`archive`: old polls in Parquet files, beside the database."""

from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import click

from bcm_mqtt.cli.output import Cell, Format, format_option, say
from bcm_mqtt.cli.site import config_option, now
from bcm_mqtt.cli.stored import open_store
from bcm_mqtt.cli.tables import print_rows, progress_bar
from bcm_mqtt.config import Settings, load
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import FileState

_COLUMNS = ("panel", "first", "last", "snapshots", "bytes", "state", "file")


@click.group(epilog="Example: bcm-mqtt archive list")
def archive() -> None:
    """Look after the archive of old polls."""


@archive.command(epilog="Example: bcm-mqtt archive run")
@config_option
def run(config: Path) -> None:
    """Move polls that are older than database.archive_after, as the recorder does each hour."""
    settings = load(config)
    after = _after(settings)
    files, rows = Counter[str](), Counter[str]()
    with closing(open_store(settings)) as store, progress_bar() as progress:
        task = progress.add_task("moved", total=None)
        for step in store.archiving.run(now, after):
            files[step.done] += 1
            rows[step.done] += step.file.rows
            progress.advance(task, step.file.rows)
    say(
        f"{rows['moved']} snapshots moved in {files['moved']} files, {files['merged']} months "
        f"merged, {files['removed']} files removed that were read no more"
    )


@archive.command("list", epilog="Example: bcm-mqtt archive list --format csv")
@click.option("--panel", metavar="ID", help="Only of this panel.")
@config_option
@format_option
def list_files(panel: str | None, config: Path, form: Format) -> None:
    """List the files of the archive, by panel and time."""
    settings = load(config)
    _after(settings)
    with closing(open_store(settings)) as store:
        files = [one for one in store.archiving.files() if panel in {None, one.panel}]
    rows: list[dict[str, Cell]] = [
        {
            "panel": one.panel,
            "first": to_text(one.first),
            "last": to_text(one.last),
            "snapshots": one.rows,
            "bytes": one.bytes,
            "state": one.state.value,
            "file": one.name,
        }
        for one in files
    ]
    print_rows(rows, list(_COLUMNS), form)
    if form == "table":
        stored = [one for one in files if one.state is FileState.STORED]
        size = sum(one.bytes for one in stored) / 1e6
        say(f"{sum(one.rows for one in stored):,} snapshots in {len(stored)} files, {size:,.1f} MB")


@archive.command(epilog="Example: bcm-mqtt archive verify")
@config_option
def verify(config: Path) -> None:
    """Read every file of the archive and name each that is lost, altered or surplus."""
    settings = load(config)
    _after(settings)
    checked = faults = size = 0
    with closing(open_store(settings)) as store, progress_bar() as progress:
        stored = [one for one in store.archiving.files() if one.state is FileState.STORED]
        task = progress.add_task("bytes", total=sum(one.bytes for one in stored))
        for file in store.archiving.check():
            if file.fault:
                say(file)
            progress.advance(task, file.bytes)
            checked, faults, size = checked + 1, faults + bool(file.fault), size + file.bytes
    if faults:
        raise WorkError(f"archive: {faults} of {checked} files are not as they were stored")
    say(f"{checked} files, {size / 1e6:,.1f} MB: as they were stored")


def _after(settings: Settings) -> timedelta:
    if settings.archive is None:
        message = "is not set, so nothing moves: expected a folder, or a URL such as s3://bucket"
        raise InputError.of(message, source=str(settings.file), key="database.archive")
    return settings.archive.after
