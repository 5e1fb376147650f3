"""Billing of one site: what a person may do with its months, at the page or at the command line.

Both faces call it and show what they get. Settings are read again where files have changed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC
from functools import partial
from itertools import chain

from bcm_mqtt.billing.circuit_month import CircuitIntervals, circuit_month
from bcm_mqtt.billing.computing.panels import ComputedBy
from bcm_mqtt.billing.delivery.site_delivery import SiteDelivery
from bcm_mqtt.billing.edited_directory import EditedDirectory
from bcm_mqtt.billing.effect import Effect, Proposal, effect
from bcm_mqtt.billing.explaining.explained import explained
from bcm_mqtt.billing.explaining.steps import FigureQuery, Section
from bcm_mqtt.billing.formulas.touched import bills_of_formulas
from bcm_mqtt.billing.invoices.site_invoices import SiteInvoices
from bcm_mqtt.billing.issue import (
    IssuedBill,
    IssueRequest,
    Outcome,
    against_last_month,
    bill_of_entry,
    credit_note_of,
    differences,
    issue_month,
    issued_site,
    jointly_billed,
    readable_bill,
)
from bcm_mqtt.billing.month import bill_month, check_begun, of_customer
from bcm_mqtt.billing.month_work import Basis, MonthWork
from bcm_mqtt.billing.pages.month_rows import panel_qualities
from bcm_mqtt.billing.readings.due_days import roll_up_due
from bcm_mqtt.billing.rehearsing.site_rehearsal import SiteRehearsal
from bcm_mqtt.billing.reports.folder import bill_file, month_files, site_file, zip_parts
from bcm_mqtt.billing.reports.formats import FORMATS, MonthReports, ReportFile, possible_forms
from bcm_mqtt.billing.review import (
    Acceptance,
    Checked,
    StoredEntry,
    accept,
    check,
    check_month,
    check_signature,
    enter,
    stored_entries,
    with_clock_backs,
)
from bcm_mqtt.billing.site_evidence import SiteEvidence
from bcm_mqtt.config import FollowedSettings, Settings
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.formula.formula import FormulaVersion
from bcm_mqtt.domain.time import Clock, Month
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import BillingStore

Progress = Callable[[int, int], None]
"""Gets panels done and panels in all; raises to end the work, which then leaves nothing."""


def _silently(_done: int, _of: int) -> None:
    """Shows no progress."""


class SiteBilling:
    """Billing of one site; safe in several threads. Every call may take seconds.

    Each raises InputError where files or request are wrong, WorkError where the database failed.
    """

    def __init__(
        self,
        store: BillingStore,
        settings: Settings,
        clock: Clock,
        workers: ComputedBy = None,
        look: BillingStore | None = None,
    ) -> None:
        """Does not touch the database yet.

        Args:
            store: Of the site; stays the caller's to close.
            settings: Of the site; their files are read again when they change.
            clock: The present.
            workers: As of `bill_month`.
            look: What is shown is read there; it may be a little behind. None: in `store`.
        """
        self._look = look or store
        self._figures = self._look.for_figures(bill_of_entry)
        self._workers, self._processes = workers, workers if isinstance(workers, int) else None
        self._settings = FollowedSettings(settings)
        self._clock = clock
        self._store = store
        self._edited = EditedDirectory(store, clock)
        self.evidence = SiteEvidence(store, self._settings, clock)
        self.invoices = SiteInvoices(store, self._settings, clock)
        self.delivery = SiteDelivery(
            store, self._settings, clock, self.reports, self.evidence.head_text
        )
        self.rehearsal = SiteRehearsal(
            self._figures, self._settings, clock, self.roll_up, self._processes
        )

    def terms(self) -> BillingTerms:
        """What the site bills by, as its files have it now."""
        return self._settings.current().terms

    def customers(self) -> frozenset[str]:
        """Ids of all that circuits belong to now, configured or not."""
        terms, at = self.terms(), self._clock()
        measured = (one.at(at).values() for one in self._look.directories.all().values())
        circuits = chain(terms.formula_circuits(at), *measured)
        return frozenset(map(terms.rule.customer_of, circuits)) - {""}

    def issued(self) -> Mapping[Month, frozenset[str]]:
        """Customers whose bill was issued, by month."""
        return self._figures.bills.customers()

    def roll_up(self, progress: Progress = _silently) -> None:
        """Computes what the recorder has not got to: see `roll_up_due`."""
        today, zone = self._clock().astimezone(UTC).date(), self._settings.current().site.zone
        for _ in roll_up_due(self._store, zone, today, self._processes):
            progress(0, 0)

    def process(self, month: Month, progress: Progress = _silently) -> MonthWork:
        """Computes a month; stores nothing but intervals that were due anyway."""
        store, terms, made = self._figures, self.terms(), self._clock()
        check_begun(month, terms.zone, made)
        self.roll_up(progress)
        basis = Basis.of(store, terms, month, made)
        drafts = with_clock_backs(
            store, bill_month(store, terms, month, made, progress, self._workers)
        )
        site = issued_site(store, drafts)
        panels, notes = tuple(panel_qualities(site)), self.notes()
        last = against_last_month(store, terms, site)
        found = differences(store, terms, site, drafts)
        return MonthWork(basis, terms.zone, drafts, site, found, panels, notes, last)

    def changed(self, work: MonthWork) -> tuple[str, ...]:
        """What was changed of what a month rests on since it was computed."""
        try:
            terms = self.terms()
        except InputError:
            terms = work.basis.terms  # the page says elsewhere that a file is wrong
        return tuple(work.basis.changed(self._figures, terms, work.site.month))

    def notes(self) -> tuple[str, ...]:
        """What figures lack: edits of the directory, by panel, and a ledger that is away."""
        edited = self._edited.notes(self._settings.current())
        return (*edited, self.away) if self.away else edited

    @property
    def away(self) -> str:
        """That figures were made without the home database, and what they lack; else ""."""
        if not (why := self._figures.home_away):
            return ""
        return f"{why}: issued bills are shown by the copies that the site has"

    def drafts(self, month: Month, progress: Progress = _silently) -> SiteMonth:
        """What the bills of a month would be now, even if an issued one is damaged."""
        terms, made = self.terms(), self._clock()
        check_begun(month, terms.zone, made)
        self.roll_up(progress)
        return bill_month(self._figures, terms, month, made, progress, self._workers)

    def bill(self, month: Month, customer: str) -> Bill:
        """A customer's bill of a month that is computed for it: as issued, else the draft."""
        drafts = self.drafts(month)
        return of_customer(issued_site(self._figures, drafts), customer).bills[0]

    def check_month(self, month: Month) -> list[Checked]:
        """What validation finds in a month, bills that are held first."""
        self.roll_up()
        return check_month(self._figures, self.terms(), month, self._clock())

    def issue(self, request: IssueRequest, progress: Progress) -> Outcome:
        """Issues bills, all or none of those that may be."""
        self._store.bills.last_issued()  # a home database that is away is noticed at once
        self._edited.check(self._settings.current(), request.month, lambda: progress(0, 0))
        settings, at, signer = self._settings.current(), self._clock(), self.evidence.signer()
        drafted = partial(issue_month, signer=signer, workers=self._workers, issuer=settings.issuer)
        outcome = drafted(self._store, settings.terms, request, at, progress)
        return self.evidence.stamped(outcome, request.month)

    def release(self, release: BillRelease) -> None:
        """Lets a bill be issued although it is held for review."""
        what = f"bill of {release.customer} for {release.month}"
        check_signature(what, release.author, release.reason)
        self._store.releases.add(release)

    def stored_bill(self, month: Month, customer: str) -> Bill | None:
        """A customer's bill as it was issued last; None where it was not."""
        return next(iter(self.issued_bills(month, customer=customer, superseded=False)), None)

    def issued_bills(
        self, month: Month, *, after: int = 0, customer: str | None = None, superseded: bool = True
    ) -> list[Bill]:
        """Bills and revisions of a month as they were issued, by number.

        Args:
            month: Whose bills.
            after: Only those with a higher number.
            customer: Only this customer's; None is all.
            superseded: Whether also those that a revision has replaced.
        """
        return [
            readable_bill(entry)
            for entry in self._look.bills.issued(month)
            if entry.number > after
            and customer in {None, entry.customer}
            and (superseded or not entry.superseded)
        ]

    def unissued_bills(self, month: Month) -> list[Bill]:
        """Drafts of the customers whose bill of a month is not issued, and is the site's."""
        drafts, look = self.drafts(month), self._look
        others = {entry.customer for entry in look.bills.issued(month)}
        others |= jointly_billed(look, self.terms(), month).keys() | self.terms().own_use
        return [bill for bill in drafts.bills if bill.customer.id not in others]

    def explain(self, bill: Bill, query: FigureQuery) -> Sequence[Section]:
        """How figures of a bill came about, by what is stored now."""
        settings, at = self._settings.current(), self._clock()
        return list(explained(self._figures, settings.terms, bill, at, query, settings.panels))

    def circuit(self, month: Month, panel: str, pole: CircuitId) -> CircuitIntervals:
        """The intervals of a circuit."""
        return circuit_month(self._figures, self.terms(), month, self._clock(), (panel, pole))

    def entries(self, panel: str | None = None, pole: CircuitId | None = None) -> list[StoredEntry]:
        """All entries, those of a panel, or those about a circuit; also withdrawn ones."""
        return stored_entries(self._look, panel, pole)

    def entry(self, number: int) -> IntervalEdit:
        """An entry by its number."""
        for entry in self._store.entries.all():
            if entry.id == number:
                return entry
        raise InputError.of(f"there is no entry {number}")

    def check(self, entry: IntervalEdit, *, force: bool = False) -> None:
        """Raises what `enter` would raise."""
        check(self._store, entry, force=force)

    def enter(self, entry: IntervalEdit, *, force: bool = False) -> IntervalEdit:
        """Stores an entry; returns it with its number."""
        return enter(self._store, entry, force=force)

    def accept(self, acceptance: Acceptance) -> list[IntervalEdit]:
        """Accepts findings of a month; returns the entries with their numbers."""
        self.roll_up()
        return accept(self._store, self.terms(), acceptance)

    def effect(self, proposal: Proposal) -> Effect:
        """What a change would do to a month; nothing of it is stored."""
        self.roll_up()
        return effect(self._figures, self.terms(), proposal, self._clock())

    def of_formulas(self, formulas: tuple[FormulaVersion, ...]) -> list[IssuedBill]:
        """Issued bills that differ by other formulas, by number."""
        return list(bills_of_formulas(self._look, self.terms(), formulas, self._clock()))

    def withdraw(self, number: int, author: str, reason: str) -> IntervalEdit:
        """Withdraws an entry, by an entry of its own."""
        check_signature(f"entry {number}", author, reason)
        return self._store.entries.withdraw(number, author, reason, self._clock())

    def reports(self, site: SiteMonth, *, whole: bool = True) -> MonthReports:
        """What the reports of a month are made of; `whole` is False for one customer's."""
        settings = self._settings.current()
        panels = {key: panel.panel for key, panel in settings.panels.items()}
        noting = self.evidence.handing_out(site)
        note_of = partial(credit_note_of, self._look)
        return MonthReports(site, settings.issuer, self._clock(), panels, whole, noting, note_of)

    def bill_file(self, bill: Bill, form: str) -> ReportFile:
        """A bill as one of `formats.BILL_FORMATS`."""
        alone = SiteMonth(bill.month, bill.start, bill.end, (bill,), ())
        name, content = bill_file(self.reports(alone), form, bill)
        return ReportFile(f"{bill.month}-{name}", FORMATS[form].media_type, content)

    def site_file(self, work: MonthWork, form: str) -> ReportFile:
        """A month as one of `formats.MONTH_FORMATS`."""
        name, content = site_file(self.reports(work.site), form)
        return ReportFile(f"{work.site.month}-{name}", FORMATS[form].media_type, content)

    def zipped(self, work: MonthWork) -> Iterator[bytes]:
        """All reports of a month as a ZIP, in pieces while they are made."""
        reports = self.reports(work.site)
        return zip_parts(str(work.site.month), month_files(reports, possible_forms(reports)))
