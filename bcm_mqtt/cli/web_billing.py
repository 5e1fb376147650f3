"""What the billing page asks for, done by billing on the site's database."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from bcm_mqtt import __version__
from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.billing.circuit_month import circuit_month
from bcm_mqtt.billing.editing import check, enter
from bcm_mqtt.billing.explaining.explained import explained
from bcm_mqtt.billing.explaining.steps import FigureQuery, Section
from bcm_mqtt.billing.issue import (
    Issuing,
    Outcome,
    bill_of_entry,
    deltas,
    differing,
    issue_month,
    issued_site,
    verify,
)
from bcm_mqtt.billing.pages.site_rankings import panel_qualities
from bcm_mqtt.billing.reports.folder import bill_file, month_files, site_file, zip_parts
from bcm_mqtt.billing.reports.formats import FORMATS, MonthReports
from bcm_mqtt.cli.bills.issue import issued_text
from bcm_mqtt.cli.web_circuit import circuit_shown
from bcm_mqtt.config import FollowedSettings, Settings
from bcm_mqtt.domain.bill.bill import Bill, SiteMonth
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.time.instants import Clock
from bcm_mqtt.domain.time.month import Month
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit, in_force
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Store
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


class SiteBilling:
    """Billing of one site; its calls come from several threads."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Does not touch the database yet.

        Args:
            settings: Of the site; their files are read again when they change.
            clock: The present.
        """
        self._settings = FollowedSettings(settings)
        self._clock = clock
        self._store = Store(settings.database_url)

    def close(self) -> None:
        """Closes the connections."""
        self._store.close()

    def issued(self) -> Mapping[Month, frozenset[str]]:
        """Whose bills were issued, by month."""
        return self._store.issued_customers()

    def process(self, month: Month, progress: Progress) -> MonthWork:
        """Computes a month, of the files and the database as they are now."""
        terms, made = self._terms(), self._clock()
        while self._store.roll_up(100):
            progress(0, 0)
        drafts = bill_month(self._store, terms, month, made, progress)
        site = issued_site(self._store, drafts)
        before = {bill.customer.id: bill for bill in site.bills}
        after = {bill.customer.id: bill for bill in drafts.bills}
        differences = {
            customer: tuple(
                line for line in deltas(before[customer], after[customer]) if line.difference
            )
            if customer in after
            else ()
            for customer in differing(site, drafts)
        }
        panels = tuple(panel_qualities(site))
        return MonthWork(made, terms.zone, drafts, site, differences, panels)

    def issue(self, wanted: IssueWanted, progress: Progress) -> tuple[str, ...]:
        """Issues bills; says which were, and which were not and why."""
        issuing = Issuing(
            wanted.month,
            self._clock(),
            __version__,
            wanted.first,
            wanted.revise,
            wanted.reason,
            wanted.customer,
        )
        outcome = issue_month(self._store, self._terms(), issuing, progress)
        return tuple(_said(outcome))

    def verify(self, month: Month | None) -> Verified:
        """Checks all bills, and computes those of a month or of all months anew."""
        at = self._clock()
        found = verify(self._store, self._terms(), at, month)
        last, digest = found.end
        return Verified(
            made=at,
            faults=tuple(f"bill {fault.number}: {fault.what}" for fault in found.faults),
            bills=found.bills,
            stored=found.stored,
            last=last,
            sha256=digest,
        )

    def release(self, release: BillRelease) -> None:
        """Stores that a bill may be issued though it is held for review."""
        self._store.release_bill(release)

    def stored_bill(self, month: Month, customer: str) -> Bill | None:
        """A customer's bill as it was issued last."""
        for entry in self._store.bills(month):
            if entry.customer == customer and not entry.superseded:
                return bill_of_entry(entry)
        return None

    def explain(self, bill: Bill, wanted: FigureQuery) -> Sequence[Section]:
        """How figures of a bill came about."""
        settings = self._settings.current()
        at = self._clock()
        return list(explained(self._store, settings.terms, bill, at, wanted, settings.panels))

    def circuit(self, month: Month, panel: str, pole: int) -> CircuitShown:
        """The intervals of a circuit."""
        parts = circuit_month(self._store, self._terms(), month, self._clock(), (panel, pole))
        return circuit_shown(panel, pole, list(parts))

    def entries(self, panel: str, pole: int) -> Sequence[EntryShown]:
        """All entries about a circuit, by number."""
        found = [one for one in self._store.edit_entries(panel) if one.first_pole == pole]
        holding = {entry.id for entry in in_force(found)}
        return [EntryShown(entry, entry.id in holding) for entry in found]

    def entry(self, number: int) -> IntervalEdit:
        """An entry by its number."""
        for found in self._store.edit_entries():
            if found.id == number:
                return found
        raise InputError.of(f"there is no entry {number}")

    def check(self, entry: IntervalEdit) -> None:
        """Raises what `enter` would raise."""
        check(self._store, entry)

    def enter(self, entry: IntervalEdit) -> IntervalEdit:
        """Stores an entry."""
        return enter(self._store, entry)

    def withdraw(self, number: int, author: str, reason: str) -> IntervalEdit:
        """Takes an entry back."""
        return self._store.withdraw_edit(number, author, reason, self._clock())

    def bill_file(self, bill: Bill, form: str) -> ReportFile:
        """A bill as a file."""
        alone = SiteMonth(bill.month, bill.start, bill.end, (bill,), ())
        name, content = bill_file(self._reports(alone), form, bill)
        return ReportFile(f"{bill.month}-{name}", FORMATS[form].media_type, content)

    def site_file(self, work: MonthWork, form: str) -> ReportFile:
        """A month as a file."""
        name, content = site_file(self._reports(work.site), form)
        return ReportFile(f"{work.site.month}-{name}", FORMATS[form].media_type, content)

    def zipped(self, work: MonthWork) -> Iterator[bytes]:
        """All reports of a month as a ZIP."""
        files = month_files(self._reports(work.site), FORMATS)
        return zip_parts(str(work.site.month), files)

    def terms(self) -> Terms:
        """What the site bills by."""
        settings = self._settings.current()
        return Terms(
            customers=[customer for _, customer in sorted(settings.terms.customers.items())],
            tariffs=[tariff for _, tariff in sorted(settings.terms.tariffs.items())],
            default_tariff=settings.terms.default_tariff,
            currency=settings.site.currency,
        )

    def _reports(self, site: SiteMonth) -> MonthReports:
        settings = self._settings.current()
        panels = {key: panel.panel for key, panel in settings.panels.items()}
        return MonthReports(site, settings.issuer, self._clock(), panels)

    def _terms(self) -> BillingTerms:
        return self._settings.current().terms


def _said(outcome: Outcome) -> Iterator[str]:
    """What became of the bills."""
    for bill in outcome.issued:
        yield issued_text(bill)
    if not outcome.issued:
        yield "no bill was issued"
    for bill in outcome.held:
        yield f"{bill.customer.id} was not issued, it is held for review: {'; '.join(bill.holds)}"
    for bill in outcome.differing:
        yield f"{bill.customer.id} was issued before and would differ if recalculated: revise it"
