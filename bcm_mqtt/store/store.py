"""The store as the rest of the program sees it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import TextIO
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, SQLAlchemyError

from bcm_mqtt.domain.bill import PastMonth
from bcm_mqtt.domain.bill_release import BillRelease
from bcm_mqtt.domain.device_interval import DeviceInterval
from bcm_mqtt.domain.directory import Directory
from bcm_mqtt.domain.interval import Interval
from bcm_mqtt.domain.interval_edit import IntervalEdit, in_force
from bcm_mqtt.domain.load_profile import LoadProfile
from bcm_mqtt.domain.month import Month
from bcm_mqtt.domain.reading import Snapshot
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import (
    bills,
    clock_backs,
    days,
    directories,
    entries,
    info,
    intervals,
    load_profiles,
    mails,
    partitions,
    quarantine,
    rebuild,
    schema,
    snapshots,
    stored_intervals,
)
from bcm_mqtt.store.bills import BillEntry, BillRows, ChainEnd
from bcm_mqtt.store.claim import claim
from bcm_mqtt.store.directories import Revision
from bcm_mqtt.store.engine import open_engine, writing
from bcm_mqtt.store.info import StoreInfo
from bcm_mqtt.store.mails import MailRecord
from bcm_mqtt.store.quarantine import Quarantined


class DatabaseAwayError(WorkError):
    """The database cannot be asked now; later it may: it is down, locked, full or read-only."""


class RefusedRowsError(WorkError):
    """The database will never take these rows."""


class Store:
    """One database."""

    def __init__(self, url: str) -> None:
        """Does not touch the database yet: see `ensure_schema`.

        Raises:
            InputError: not the URL of a supported database.
        """
        self._engine = open_engine(url)
        self._writing = writing(self._engine)
        self._claim: TextIO | None = None
        self._moment: Connection | None = None

    def claim(self) -> None:
        """Makes this the only recorder's; see `claim.claim`.

        Raises:
            WorkError: another one has it.
        """
        self._claim = claim(self._engine)

    def ensure_schema(self) -> None:
        """Makes the tables of an empty database.

        Raises:
            WorkError: another schema version, or no connection.
        """
        with _clear_errors():
            schema.ensure(self._engine)

    def upgrade_schema(self) -> None:
        """Brings the schema to this version.

        Raises:
            WorkError: it failed; the database is as it was.
        """
        with _clear_errors():
            schema.upgrade(self._engine)

    def add_snapshots(self, items: Sequence[Snapshot]) -> int:
        """Stores snapshots, each once, and marks their intervals to be recomputed.

        Returns:
            How many were new.
        """
        with self._write() as connection:
            return snapshots.insert_snapshots(connection, items)

    def add_directory(self, directory: Directory, payload: bytes, received: datetime) -> bool:
        """Stores a directory; see `directories.store_directory`."""
        with self._write() as connection:
            return directories.store_directory(connection, directory, payload, received)

    def prepare_months(self, now: datetime) -> list[str]:
        """Makes partitions ahead of time; see `partitions.prepare_months`."""
        with self._write() as connection:
            return partitions.prepare_months(connection, now)

    def contradicting(self, items: Sequence[Snapshot]) -> list[Snapshot]:
        """Those that are not what is stored of their panel and time."""
        with self._read() as connection:
            return snapshots.contradicting(connection, items)

    def standing_snapshots(self, panel: str, start: datetime) -> list[Snapshot]:
        """The snapshots of a panel that can stand in the 15 minutes from `start` on, by time."""
        with self._read() as connection:
            return snapshots.standing_snapshots(connection, panel, start)

    def roll_up(self, limit: int = 1000) -> int:
        """Recomputes dirty intervals, at most `limit`; returns how many."""
        with self._write() as connection:
            return intervals.roll_up(connection, limit)

    def roll_up_days(self, zone: ZoneInfo, limit: int = 100) -> int:
        """Sums up days of panels whose intervals changed, at most `limit`; returns how many."""
        with self._write() as connection:
            return days.roll_up_days(connection, zone, limit)

    def mark_all_dirty(self) -> int:
        """Marks every interval of which there are snapshots to be recomputed; returns how many."""
        with self._write() as connection:
            return rebuild.mark_all_dirty(connection)

    def keep(
        self, items: Sequence[Quarantined], limit: int = quarantine.DEFAULT_QUARANTINE_LIMIT
    ) -> int:
        """Keeps messages that were not stored, within a limit; see `quarantine.keep`."""
        with self._write() as connection:
            return quarantine.keep(connection, items, limit)

    def quarantined(self) -> list[Quarantined]:
        """The messages that were not stored, in the order of their coming."""
        with self._read() as connection:
            return quarantine.read(connection)

    def release(self, item: Quarantined) -> None:
        """Forgets a quarantined message, because it is stored now."""
        with self._write() as connection:
            quarantine.release(connection, item)

    def begin_mails(self, records: Sequence[MailRecord], *, again: bool) -> list[MailRecord]:
        """Notes what is about to be mailed; see `mails.begin_mails`."""
        with self._write() as connection:
            return mails.begin_mails(connection, records, again=again)

    def add_mails(self, records: Sequence[MailRecord]) -> None:
        """Adds what happened to mails of bills."""
        with self._write() as connection:
            mails.add_mails(connection, records)

    def mails(self) -> list[MailRecord]:
        """All that happened to mails of bills, in the order of its happening."""
        with self._read() as connection:
            return mails.read_mails(connection)

    def revisions(self, panel: str | None = None) -> list[Revision]:
        """The directories that arrived, of one panel or all, in the order of their coming."""
        with self._read() as connection:
            return directories.read_revisions(connection, panel)

    def directories(self) -> dict[str, Directory]:
        """The directory of every panel, by panel id."""
        with self._read() as connection:
            return directories.read_directories(connection)

    def pole_intervals(
        self, panel: str, start: datetime, end: datetime
    ) -> dict[int, list[Interval]]:
        """The intervals of a panel that overlap start <= t < end, by pole, by start."""
        with self._read() as connection:
            return stored_intervals.read_intervals(connection, panel, start, end)

    def load_profile(
        self, panel: str, start: datetime, end: datetime, poles: Collection[int] | None = None
    ) -> LoadProfile:
        """The intervals of a panel as arrays, of the days (UTC) that overlap start <= t < end.

        Args:
            panel: Its id.
            start: UTC.
            end: UTC.
            poles: Which, or None for all.
        """
        with self._one_moment() as connection:
            return load_profiles.read_profile(connection, panel, start, end, poles)

    def first_intervals(self, panel: str) -> dict[int, datetime]:
        """Start of the first interval of each of a panel's poles that has any."""
        with self._read() as connection:
            return load_profiles.first_intervals(connection, panel)

    def device_intervals(
        self, panel: str, start: datetime, end: datetime
    ) -> dict[int, list[DeviceInterval]]:
        """What a panel's devices measured of start <= t < end, by pole, by start."""
        with self._read() as connection:
            return stored_intervals.read_device_intervals(connection, panel, start, end)

    def add_edit(self, entry: IntervalEdit) -> IntervalEdit:
        """Stores an entry about intervals; see `entries.add_edit`."""
        with self._write() as connection:
            return entries.add_edit(connection, entry)

    def withdraw_edit(self, number: int, author: str, reason: str, made: datetime) -> IntervalEdit:
        """Takes an entry about intervals back; see `entries.withdraw_edit`."""
        with self._write() as connection:
            return entries.withdraw_edit(connection, number, author, reason, made)

    def edits(self, panel: str, start: datetime, end: datetime) -> list[IntervalEdit]:
        """The entries that hold for some of a panel's time, in the order of their coming."""
        with self._read() as connection:
            return in_force(entries.read_entries(connection, panel, start, end))

    def edit_entries(self, panel: str | None = None) -> list[IntervalEdit]:
        """All entries, also those that were taken back, of one panel or all."""
        with self._read() as connection:
            return entries.read_entries(connection, panel)

    def release_bill(self, release: BillRelease) -> None:
        """Stores that a bill may be issued though it is held for review."""
        with self._write() as connection:
            entries.add_release(connection, release)

    def releases(self, month: Month) -> list[BillRelease]:
        """The releases of a month's bills, in the order of their coming."""
        with self._read() as connection:
            return entries.read_releases(connection, month)

    def clock_backs(self, panel: str, start: datetime, end: datetime) -> list[tuple[datetime, int]]:
        """Where a panel's snapshots lie out of order; see `clock_backs.clock_backs`."""
        with self._read() as connection:
            return clock_backs.clock_backs(connection, panel, start, end)

    def issue_bills(self, month: Month, issue: bills.Issue) -> None:
        """Stores what `issue` makes, all or none of it; see `bills.issue_bills`."""
        with self._write() as connection:
            bills.issue_bills(connection, month, issue)

    def bills(self, month: Month | None = None) -> Iterator[BillEntry]:
        """The issued bills of a month or all, superseded ones as well, by number."""
        with self._read() as connection:
            yield from bills.read_bills(connection, month)

    def bill_rows(self) -> Mapping[int, BillRows]:
        """What the tables have of each bill beside its document, by number."""
        with self._read() as connection:
            return bills.read_rows(connection)

    def last_issued(self) -> ChainEnd:
        """Number and hash of the bill that was issued last, even if it is gone."""
        with self._read() as connection:
            return bills.last_issued(connection)

    def issued_demands(self, before: Month) -> dict[str, dict[Month, dict[str, Decimal]]]:
        """Issued demand of earlier months; see `bills.issued_demands`."""
        with self._read() as connection:
            return bills.issued_demands(connection, before)

    def past_months(self, before: Month, months: int = 3) -> dict[str, list[PastMonth]]:
        """What was issued of earlier months; see `bills.past_months`."""
        with self._read() as connection:
            return bills.past_months(connection, before, months)

    def issued_customers(self) -> dict[Month, frozenset[str]]:
        """Whose bills were issued, by month."""
        with self._read() as connection:
            return bills.issued_customers(connection)

    def dirty_intervals(self, start: datetime, end: datetime) -> int:
        """How many intervals of panels of start <= t < end wait to be computed."""
        with self._read() as connection:
            return intervals.count_dirty(connection, start, end)

    def info(self) -> StoreInfo:
        """What is stored."""
        with self._read() as connection:
            return info.read_info(connection)

    def close(self) -> None:
        """Closes the connections, and gives back what was claimed."""
        self._engine.dispose()
        if self._claim:
            self._claim.close()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with _clear_errors(), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """All that this store reads within the context is as it was at the first of it."""
        with self._one_moment() as connection:
            self._moment = connection
            try:
                yield
            finally:
                self._moment = None

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        if self._moment:
            with _clear_errors():
                yield self._moment
            return
        with _clear_errors(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _one_moment(self) -> Iterator[Connection]:
        """Whose queries all see what was there at the first; SQLite's always do."""
        with self._read() as connection:
            if connection.dialect.name == "postgresql" and connection is not self._moment:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection


@contextmanager
def _clear_errors() -> Iterator[None]:
    """The database's complaint in one line, without SQL and parameters."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise _kind(error)(f"database: {reason}") from error


def _kind(error: SQLAlchemyError) -> type[WorkError]:
    if isinstance(error, DataError):
        return RefusedRowsError
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    read_only = type(getattr(error, "orig", None)).__name__ == "ReadOnlySqlTransaction"
    away = lost or read_only or isinstance(error, OperationalError)
    return DatabaseAwayError if away else WorkError
