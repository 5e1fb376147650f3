"""Export of every table as a file, all of one moment; and import of an export of any database."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from bcm_mqtt.archive import check_installed
from bcm_mqtt.domain.identifier import EXPECTED, is_identifier
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.errors import InputError
from bcm_mqtt.exchange.manifest import MANIFEST, FileEntry, Form, Manifest, from_json, to_json
from bcm_mqtt.exchange.places import Source, reading, writing
from bcm_mqtt.exchange.record_files import (
    read_csv,
    read_parquet,
    write_csv,
    write_parquet,
)
from bcm_mqtt.files import PRIVATE
from bcm_mqtt.store import (
    RECORD_TABLES,
    ZONE_SETTING,
    Choice,
    Kind,
    Record,
    RecordTable,
    Store,
    Stored,
    knows_schema,
    newest_schema,
)

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
    mode: int = PRIVATE,
) -> Manifest:
    """Writes what is chosen of a database to a new folder or ZIP file.

    Args:
        store: The database.
        place: A ZIP file if its name ends with .zip, else a folder.
        form: Of the files.
        choice: Which records.
        now: UTC.
        program: This program's version.
        progress: Called after each part.
        mode: Of its files.

    Raises:
        InputError: the place is taken.
        WorkError: the database or the disk failed, or there is no pyarrow; nothing is written.
    """
    write = write_csv
    if form == "parquet":
        check_installed()
        write = write_parquet
    with store.records.at_one_moment() as view, writing(place, mode) as target:
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
    batches: Iterator[list[Record]], report: Callable[[int, int], None], of: int
) -> Iterator[list[Record]]:
    done = 0
    for batch in batches:
        yield batch
        done += len(batch)
        report(done, of)


_DIRECTORY = tuple(
    table for table in RECORD_TABLES if table.name in {"panel", "circuit_version", "instrument"}
)
"""What is stored together; the panels first."""
_VERSIONS = "circuit_version"
"""Under which what became of directories is reported."""
_AT_A_TIME, _WIDE_AT_A_TIME = 10_000, 1_000
"""Records in a transaction: for so long the recorder waits, some tens of milliseconds."""


def import_export(
    store: Store,
    place: Path,
    now: datetime,
    progress: Progress = lambda _name, _done, _of: None,
) -> dict[str, Stored]:
    """Stores the records of an export; broken off, it can be begun again.

    Args:
        store: The database; what is there already stays as it is.
        place: Folder or ZIP file.
        now: UTC.
        progress: Called after each part.

    Returns:
        What became of the records, by table.

    Raises:
        InputError: it is no whole export, or one of a newer version; nothing is stored. Or a
            file cannot be read; the parts before it are stored.
        WorkError: the database failed; the parts before are stored.
    """
    with reading(place) as source:
        with source.file(MANIFEST) as opened:
            manifest = from_json(opened.read(), source.path(MANIFEST))
        _check(manifest, source, progress)
        return _Import(store, source, manifest, now, progress).run()


class _Import:
    def __init__(
        self,
        store: Store,
        source: Source,
        manifest: Manifest,
        now: datetime,
        progress: Progress,
    ) -> None:
        self._store = store
        self._source = source
        self._form = manifest.form
        self._now = now
        self._progress = progress
        self._entries = {entry.table: entry for entry in manifest.files}
        self._known = store.records.known_panels()
        self._months = set[tuple[int, int]]()

    def run(self) -> dict[str, Stored]:
        stored = {}
        for table in RECORD_TABLES:
            if table is _DIRECTORY[-1]:
                stored[_VERSIONS] = self._directories()
            elif table not in _DIRECTORY:
                stored[table.name] = self._stored(table)
        return stored

    def _stored(self, table: RecordTable) -> Stored:
        stored = Stored()
        for batch in self._batches(table):
            for record in batch:
                if record[0] == ZONE_SETTING and table.name == "setting":
                    self._store.records.use_days_of(str(record[1]))
            stored += self._store.records.store(table, batch, self._known)
            if table.name == "snapshot":
                self._make_partitions(batch)
        return stored

    def _directories(self) -> Stored:
        """Whole, because circuits of another directory would not fit its panel."""
        return self._store.records.store_directories(
            [
                (table, [record for batch in self._batches(table) for record in batch])
                for table in _DIRECTORY
            ]
        )

    def _make_partitions(self, batch: list[Record]) -> None:
        """Of a month's first snapshots, to which the others come then."""
        times = [record[1] for record in batch if isinstance(record[1], datetime)]
        if new := {(time.year, time.month) for time in times} - self._months:
            self._store.arrivals.prepare_months(self._now)
            self._months |= new

    def _batches(self, table: RecordTable) -> Iterator[list[Record]]:
        entry = self._entries.get(table.name)
        if entry is None:
            return  # the export's schema had no such table
        path = self._source.path(entry.name)
        is_wide = table.name == "bill" or any(field.kind is Kind.ARRAY for field in table.fields)
        at_a_time = _WIDE_AT_A_TIME if is_wide else _AT_A_TIME
        done = 0
        read, opened = (
            (read_csv, self._source.file)
            if self._form == "csv"
            else (read_parquet, self._source.anywhere)
        )
        with opened(entry.name) as file:
            for batch in read(file, table, path, at_a_time):
                if table.by_panel:
                    _check_ids({str(record[0]) for record in batch}, path)
                yield batch
                done += len(batch)
                self._progress(entry.name, done, entry.rows)


def _check_ids(panels: set[str], path: str) -> None:
    """Folders and topics are named by them."""
    for panel in sorted(panels):
        if not is_identifier(panel):
            raise InputError.of(f"panel: expected {EXPECTED}, not {panel[:40]!r}", source=path)


def _check(manifest: Manifest, source: Source, progress: Progress) -> None:
    """Refuses what is not whole, or not understood, before anything is stored."""
    if not knows_schema(manifest.schema):
        message = (
            f"the export is of schema {manifest.schema}, which is newer than this version's "
            f"{newest_schema()}"
        )
        raise InputError.of(message, source=source.path(MANIFEST))
    if manifest.form == "parquet":
        check_installed()
    known = {table.name for table in RECORD_TABLES}
    for entry in manifest.files:
        if entry.table not in known:
            message = f"{entry.table} is no table: expected one of {', '.join(sorted(known))}"
            raise InputError.of(message, source=source.path(MANIFEST))
    for done, entry in enumerate(manifest.files):
        progress("checking", done, len(manifest.files))
        if source.sha256(entry.name) != entry.sha256:
            message = f"is not as {MANIFEST} has it: expected the file as it was exported"
            raise InputError.of(message, source=source.path(entry.name))
