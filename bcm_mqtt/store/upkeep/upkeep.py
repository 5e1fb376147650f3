"""The store as those see it who look after its data."""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bcm_mqtt.domain.interval.coverage import PanelCoverage
from bcm_mqtt.domain.interval.retention import MonthSpan
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import schema
from bcm_mqtt.store.readings import removed_spans
from bcm_mqtt.store.store import Store
from bcm_mqtt.store.tables import snapshot
from bcm_mqtt.store.upkeep import (
    backup,
    interval_removal,
    partition_removal,
    record_writing,
    snapshot_removal,
)
from bcm_mqtt.store.upkeep.coverage import read_coverage
from bcm_mqtt.store.upkeep.record_reading import RecordView
from bcm_mqtt.store.upkeep.record_writing import Stored
from bcm_mqtt.store.upkeep.records import Record, RecordTable
from bcm_mqtt.store.upkeep.sizes import DatabaseSize, read_sizes
from bcm_mqtt.store.upkeep.snapshot_removal import Removal

_AT_A_TIME = 2000
"""Snapshots per transaction: the recorder waits for one, which is some tens of milliseconds."""
_POLES_AT_A_TIME = 8


class Upkeep(Store):
    """A database to be looked after; each step is a transaction of its own."""

    def span_of_snapshots(self) -> tuple[datetime, datetime] | None:
        """Times of the oldest and the newest."""
        with self._read() as connection:
            return snapshot_removal.span_of_snapshots(connection)

    def span_of_intervals(self) -> tuple[datetime, datetime] | None:
        """Starts of the oldest and the newest."""
        with self._read() as connection:
            return interval_removal.span_of_intervals(connection)

    def sizes(self) -> DatabaseSize:
        """How large everything is; see `sizes.read_sizes`."""
        with self._read() as connection:
            return read_sizes(connection)

    def coverage(self, zone: ZoneInfo, first_day: date, now: datetime) -> list[PanelCoverage]:
        """How much of each panel's time is stored; see `covered.read_coverage`."""
        with self._read() as connection:
            return list(read_coverage(connection, zone, first_day, now))

    def count_snapshots(self, span: MonthSpan) -> int:
        """How many there are of it."""
        with self._read() as connection:
            return snapshot_removal.count_snapshots(connection, span.start, span.end)

    def remove_snapshots(self, spans: Sequence[MonthSpan], now: datetime) -> Iterator[Removal]:
        """Removes snapshots of spans that may go, step by step, as the caller goes on.

        PostgreSQL drops months (UTC) that lie in them whole, and nothing else.
        """
        if self.is_postgresql:
            self.prepare_months(now)  # what has no partition yet gets one
            with self._read() as connection:
                months = partition_removal.removable_partitions(connection, spans, now)
            for month in months:
                with self._write() as connection:
                    step = partition_removal.drop_partition(connection, month)
                yield step
            return
        with self._read() as connection:
            panels = snapshot_removal.panels_with_snapshots(connection)
        for span in spans:
            for panel in panels:
                begin = span.start
                while begin < span.end:
                    with self._write() as connection:
                        step = snapshot_removal.remove_some(
                            connection, panel, (span.start, span.end), begin, _AT_A_TIME
                        )
                    yield step
                    begin = span.end if step.waits else step.end

    def remove_intervals(self, spans: Sequence[MonthSpan]) -> Iterator[Removal]:
        """Removes intervals of spans that may go, step by step, as the caller goes on."""
        with self._read() as connection:
            poles = list(interval_removal.poles_by_panel(connection))
        for span in spans:
            for panel, rows in groupby(poles, key=itemgetter(0)):
                ids = [row_id for _, row_id in rows]
                for first in range(0, len(ids), _POLES_AT_A_TIME):
                    some = ids[first : first + _POLES_AT_A_TIME]
                    with self._write() as connection:
                        step = interval_removal.remove_of_panel(
                            connection, panel, some, span.start, span.end
                        )
                    yield step

    @contextmanager
    def one_moment(self) -> Iterator[RecordView]:
        """The records as they are now, for as long as the context stands."""
        with self._one_moment() as connection:
            yield RecordView(connection)

    def snapshot_times(self, panel: str, start: datetime, end: datetime) -> Iterator[datetime]:
        """Times of a panel's snapshots of start <= t < end, in order."""
        query = (
            select(snapshot.c.time)
            .where(snapshot.c.panel == panel, snapshot.c.time >= start, snapshot.c.time < end)
            .order_by(snapshot.c.time)
        )
        with self._read() as connection:
            yield from connection.execute(query.execution_options(yield_per=1000)).scalars()

    def removed_spans(self, panel: str) -> list[tuple[datetime, datetime]]:
        """The times of which a panel's snapshots were removed."""
        with self._read() as connection:
            return removed_spans.spans_of(connection, panel)

    def known_panels(self) -> frozenset[str]:
        """Panels of which anything is stored that is derived or to be derived from."""
        with self._read() as connection:
            return frozenset(RecordView(connection).panels)

    def store_records(
        self, table: RecordTable, records: Sequence[Record], known: Collection[str]
    ) -> Stored:
        """Stores records; see `record_writing.store_records`."""
        with self._write() as connection:
            return record_writing.store_records(connection, table, records, known)

    def store_directories(
        self,
        panel_table: RecordTable,
        panels: Sequence[Record],
        version_table: RecordTable,
        versions: Sequence[Record],
    ) -> Stored:
        """Stores panels and circuits' versions; see `record_writing.store_directories`."""
        with self._write() as connection:
            return record_writing.store_directories(
                connection, panel_table, panels, version_table, versions
            )

    def use_days_of(self, zone: str) -> None:
        """Has totals by day of another zone computed anew; see `record_writing.use_days_of`."""
        with self._write() as connection:
            record_writing.use_days_of(connection, zone)

    def back_up(self, file: Path, progress: Callable[[int, int], None]) -> int:
        """Copies a SQLite database, while others write; see `backup.copy_sqlite`.

        Raises:
            InputError: it is PostgreSQL, which has a program for that, or no place for a file.
            WorkError: the copy failed.
        """
        source = self._engine.url.database
        if self.is_postgresql:
            message = "is PostgreSQL, which has its own program: pg_dump --format=custom --file="
            raise InputError.of(f"{message}{file} {source}", key="database.url")
        if not source or source == ":memory:":
            raise InputError.of("expected a database in a file", key="database.url")
        return backup.copy_sqlite(source, file, progress)

    def compact(self) -> None:
        """Gives the space of removed rows back to the disk; others wait meanwhile.

        Raises:
            WorkError: it failed, such as for lack of as much space again.
        """
        if self.is_postgresql:
            return  # a dropped partition has given its space back already
        with closing(self._engine.raw_connection()) as connection:
            try:
                connection.cursor().execute("VACUUM")
            except sqlite3.Error as error:
                raise WorkError(f"database: its space was not given back: {error}") from None

    @property
    def shown_url(self) -> str:
        """Of the database, without its password."""
        return self._engine.url.render_as_string(hide_password=True)

    @property
    def newest_schema(self) -> str:
        """This version's, which is that of the database once it has been checked."""
        return schema.newest()

    def knows_schema(self, revision: str) -> bool:
        """Whether it is this version's or an earlier one's."""
        return schema.is_known(revision)

    @property
    def is_postgresql(self) -> bool:
        """Or SQLite."""
        return self._engine.dialect.name == "postgresql"
