"""Export: every table as a file, all of one moment."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from bcm_mqtt.domain.time import to_text
from bcm_mqtt.exchange.csv_files import write_csv
from bcm_mqtt.exchange.manifest import MANIFEST, FileEntry, Form, Manifest, to_json
from bcm_mqtt.exchange.parquet_files import check_installed, write_parquet
from bcm_mqtt.exchange.places import writing
from bcm_mqtt.store import RECORD_TABLES, Choice, Record, Store, newest_schema

Progress = Callable[[str, int, int], None]
"""Called with a file's name, records done and records in all."""


def export(
    store: Store,
    place: Path,
    form: Form,
    choice: Choice,
    now: datetime,
    program: str,
    progress: Progress = lambda _name, _done, _of: None,
) -> Manifest:
    """Writes what is chosen of a database to a new folder or ZIP file.

    Args:
        store: The database.
        place: A ZIP file if its name ends with .zip, else a folder.
        form: Of the files.
        choice: Which records.
        now: UTC.
        program: This program's version.
        progress: Told after each part.

    Raises:
        InputError: the place is taken.
        WorkError: the database or the disk failed, or there is no pyarrow; nothing is written.
    """
    write = write_csv
    if form == "parquet":
        check_installed()
        write = write_parquet
    with store.records.at_one_moment() as view, writing(place) as target:
        files = []
        for table in RECORD_TABLES:
            name = f"{table.name}.{form}"
            of = view.count(table, choice)
            with target(name) as out:
                records = view.records(table, choice)
                rows = write(out, table, _reported(records, partial(progress, name), of))
                files.append(FileEntry(name, table.name, rows, out.sha256))
        manifest = Manifest(
            program=program,
            schema=newest_schema(),
            created=to_text(now),
            form=form,
            start=None if choice.start is None else to_text(choice.start),
            end=None if choice.end is None else to_text(choice.end),
            panels=None if choice.panels is None else tuple(sorted(choice.panels)),
            files=tuple(files),
        )
        with target(MANIFEST) as out:
            out.write(to_json(manifest))
    return manifest


def _reported(
    batches: Iterator[list[Record]], tell: Callable[[int, int], None], of: int
) -> Iterator[list[Record]]:
    done = 0
    for batch in batches:
        yield batch
        done += len(batch)
        tell(done, of)
