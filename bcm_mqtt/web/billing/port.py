"""What the billing page asks of billing; the command line makes the connection."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from bcm_mqtt.billing.explaining.steps import FigureQuery, Section
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.time.month import Month
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.web.billing.shapes import (
    CircuitShown,
    EntryShown,
    IssueWanted,
    MonthWork,
    ReportFile,
    Terms,
    Verified,
)

Progress = Callable[[int, int], None]
"""Is told panels done and in all; raises to end the work, which then leaves nothing."""


class Billing(Protocol):
    """Billing as the page needs it. Every call may take seconds: never in the event loop.

    Each raises InputError where the files or what is asked are wrong, and WorkError where the
    database failed.
    """

    def issued(self) -> Mapping[Month, frozenset[str]]:
        """Whose bills were issued, by month."""

    def process(self, month: Month, progress: Progress) -> MonthWork:
        """Computes a month; stores nothing but intervals that were due anyway."""

    def issue(self, wanted: IssueWanted, progress: Progress) -> tuple[str, ...]:
        """Issues bills, all or none of those that may be; says which were, and which were not."""

    def verify(self, month: Month | None) -> Verified:
        """Checks all bills, and computes those of a month or of all months anew."""

    def release(self, release: BillRelease) -> None:
        """Stores that a bill may be issued though it is held for review."""

    def stored_bill(self, month: Month, customer: str) -> Bill | None:
        """A customer's bill as it was issued last; None where it was not."""

    def explain(self, bill: Bill, wanted: FigureQuery) -> Sequence[Section]:
        """How figures of a bill came about, by what is stored now."""

    def circuit(self, month: Month, panel: str, pole: int) -> CircuitShown:
        """The intervals of a circuit."""

    def entries(self, panel: str, pole: int) -> Sequence[EntryShown]:
        """All entries about a circuit, also those that were taken back, by number."""

    def entry(self, number: int) -> IntervalEdit:
        """An entry by its number."""

    def check(self, entry: IntervalEdit) -> None:
        """Raises what `enter` would raise."""

    def enter(self, entry: IntervalEdit) -> IntervalEdit:
        """Stores an entry; gives it back with its number."""

    def withdraw(self, number: int, author: str, reason: str) -> IntervalEdit:
        """Takes an entry back, by one of its own."""

    def bill_file(self, bill: Bill, form: str) -> ReportFile:
        """A bill as one of `formats.BILL_FORMATS`."""

    def site_file(self, work: MonthWork, form: str) -> ReportFile:
        """A month as one of `formats.MONTH_FORMATS`."""

    def zipped(self, work: MonthWork) -> Iterator[bytes]:
        """All reports of a month as a ZIP, in pieces while they are made."""

    def terms(self) -> Terms:
        """What the site bills by, as its files have it now."""
