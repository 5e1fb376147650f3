"""The books: signed entries, issued bills and their mails. They are added to, and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from bcm_mqtt.domain.bill.bill import PastMonth
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.time.month import Month
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit, in_force
from bcm_mqtt.store.database import Database
from bcm_mqtt.store.ledger import bills, entries, mails
from bcm_mqtt.store.ledger.bills import BillEntry, BillRows, ChainEnd
from bcm_mqtt.store.ledger.mails import MailRecord


class Ledger(Database):
    """What people have signed for."""

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
