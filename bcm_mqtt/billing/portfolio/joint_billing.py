"""Billing of an account that gets one bill over several sites, as `SiteBilling` is of a site."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from bcm_mqtt.billing.explaining.steps import FigureQuery, Section
from bcm_mqtt.billing.issue import IssueRequest, Outcome, differences, issue_month
from bcm_mqtt.billing.issue.document import Basis, Fingerprints, Issued, JointBasis
from bcm_mqtt.billing.issue.drafting import Drafted, Present, site_drafts
from bcm_mqtt.billing.issue.issued import issued_site
from bcm_mqtt.billing.month import check_begun
from bcm_mqtt.billing.month_work import Basis as WorkBasis
from bcm_mqtt.billing.month_work import MonthWork
from bcm_mqtt.billing.portfolio.joint_explaining import joint_sections
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.billing.site_evidence import SiteEvidence
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.joint import SiteDraft, joint_bill, parts_of
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.statement import JointAccount
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time import Clock, Month
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import BillCopies, BillingStore, UsedPrices

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BilledSite:
    """A site of the account.

    Attributes:
        id: Of the site.
        name: Of the site.
        seller: Id of its seller, or "".
        country: Where what it sells is taxed, or "".
        customer: The account's id there.
        store: Of the site.
        billing: Of the site.
    """

    id: str
    name: str
    seller: str
    country: str
    customer: str
    store: BillingStore
    billing: SiteBilling


class JointBilling(SiteBilling):
    """Billing of an account, by the key, mail and head of its first site; see `SiteBilling`."""

    def __init__(
        self,
        account: JointAccount,
        sites: Sequence[BilledSite],
        store: BillingStore,
        settings: Settings,
        clock: Clock,
    ) -> None:
        """Does not touch the databases yet.

        Args:
            account: Whose bills.
            sites: All of the account, the first one first.
            store: Of the first site, with the account's part of the ledger.
            settings: Of the first site, as they are for the account.
            clock: The present.
        """
        super().__init__(store, settings, clock)
        self._account = account
        self._sites = sites
        self.evidence = SiteEvidence(store, self._settings, clock, self._drafted)

    def roll_up(self, progress: Progress = lambda _done, _of: None) -> None:
        """As of `SiteBilling`, of all sites."""
        for one in self._sites:
            one.billing.roll_up(progress)

    def process(self, month: Month, progress: Progress = lambda _done, _of: None) -> MonthWork:
        """As of `SiteBilling`."""
        store, terms = self._figures, self.terms()
        basis = WorkBasis.of(store, terms, month, self._clock())
        drafts = self.drafts(month, progress)
        site = issued_site(store, drafts)
        found = differences(store, terms, site, drafts)
        return MonthWork(basis, terms.zone, drafts, site, found, notes=self.notes())

    def notes(self) -> tuple[str, ...]:
        """That the ledger is away, or nothing: each site says what its own figures lack."""
        return (self.away,) if self.away else ()

    def drafts(self, month: Month, progress: Progress = lambda _done, _of: None) -> SiteMonth:
        """What the bill of a month would be now."""
        terms, present = self.terms(), Present(self._clock(), progress, workers=None)
        check_begun(month, terms.zone, present.at)
        self.roll_up(progress)
        with self._drafted(self._figures, terms, month, present) as drafted:
            return drafted.site

    def issue(self, request: IssueRequest, progress: Progress) -> Outcome:
        """Issues the bill, unless it must wait for any of the sites."""
        self._store.bills.last_issued()  # a home database that is away is noticed at once
        at = self._clock()
        for one in self._sites:
            self._check(one, request.month)
        outcome = issue_month(
            self._store,
            self.terms(),
            request,
            at,
            progress,
            signer=self.evidence.signer(),
            drafting=self._drafted,
            issuer=self._settings.current().issuer,
        )
        outcome = replace(outcome, warnings=(*outcome.warnings, *self._copied()))
        return self.evidence.stamped(outcome, request.month)

    def explain(self, bill: Bill, query: FigureQuery) -> Sequence[Section]:
        """How figures of the bill came about, by what is stored at each site now."""
        explainers = {one.id: one.billing.explain for one in self._sites}
        return list(joint_sections(bill, query, explainers))

    def _copied(self) -> Iterator[str]:
        """Copies the bills to all sites: whichever is lost, the others know of them."""
        for one in self._sites:
            try:
                copies = BillCopies(one.store.database, self._store.ledger.part)
                copies.follow(self._store.bills)
            except WorkError as error:
                yield f"site {one.id} has no copies of its new bills yet: {error}"

    def _check(self, one: BilledSite, month: Month) -> None:
        """Refuses a month that has not ended at a site, or that the site has billed by itself."""
        start, end = one.billing.terms().period_of(one.customer, month).bounds
        if self._clock() < end:
            raise InputError.of(f"{month} has not ended in {one.name}: it cannot be billed yet")
        if dirty := one.store.intervals.count_dirty(start, end):
            message = f"{dirty} intervals of {month} wait to be computed: bcm-mqtt db rollup"
            raise WorkError(f"site {one.id}: {message}")
        issued = one.store.bills.issued(month)
        if own := [entry.number for entry in issued if entry.customer == one.customer]:
            raise WorkError(
                f"site {one.id} billed {one.customer} for {month} by itself: bill {own[0]}: one "
                "bill over several sites would bill it twice"
            )

    @contextmanager
    def _drafted(
        self, store: BillingStore, terms: BillingTerms, month: Month, present: Present
    ) -> Iterator[Drafted]:
        """The draft of the account: of what each site computes, by its own terms."""
        del terms
        with ExitStack() as moments:
            drafts, found = list[SiteDraft](), dict[str, Drafted]()
            for one in self._sites:
                moment = moments.enter_context(one.store.at_one_moment())
                own = one.billing.terms()
                drafted = moments.enter_context(site_drafts(moment, own, month, present))
                found[one.id] = drafted
                drafts += (
                    SiteDraft(one.id, one.name, own.zone, one.seller, one.country, bill)
                    for bill in drafted.site.bills
                    if bill.customer.id == one.customer
                )
            bills = (self._joint(store, drafts, month),) if drafts else ()
            start, end = month.bounds(self.terms().zone)
            yield Drafted(
                SiteMonth(month, start, end, bills, ()),
                lambda bill, software: _basis(found, bill, software, store.audit_log.head()),
                lambda bill, measured: _fingerprints(found, bill, measured),
                lambda bill: _prices(found, bill),
                lambda _bill, issued: self._by_prices_of(store, issued, drafts, found),
            )

    def _by_prices_of(
        self,
        store: BillingStore,
        issued: Issued,
        drafts: Sequence[SiteDraft],
        found: Mapping[str, Drafted],
    ) -> Bill | None:
        """Of each site that has other prices now by those, and of the others as they are."""
        made = [found[one.site].by_prices_of(one.bill, issued) for one in drafts]
        if not any(made):
            return None
        parts = [replace(one, bill=by or one.bill) for one, by in zip(drafts, made, strict=True)]
        return self._joint(store, parts, issued.bill.month)

    def _joint(self, store: BillingStore, drafts: Sequence[SiteDraft], month: Month) -> Bill:
        try:
            bill = joint_bill(self._account.id, drafts)
        except ValueError as error:
            raise InputError.of(f"account {self._account.id}: {error}") from None
        return replace(bill, past=tuple(store.past_months(month).get(bill.customer.id, ())))


def _basis(found: Mapping[str, Drafted], bill: Bill, software: str, audit: str) -> JointBasis:
    sites = dict[str, Basis]()
    for site, part in zip(bill.sites, parts_of(bill), strict=True):
        basis = found[site.id].basis(part, software)
        if isinstance(basis, Basis):
            sites[site.id] = basis
    prints = {
        f"{site}: {name}": value
        for site, basis in sites.items()
        for name, value in basis.fingerprints.items()
    }
    return JointBasis(sites, prints, software, audit)


def _prices(found: Mapping[str, Drafted], bill: Bill) -> tuple[UsedPrices, ...]:
    parts = zip(bill.sites, parts_of(bill), strict=True)
    return tuple(used for site, part in parts for used in found[site.id].prices(part))


def _fingerprints(found: Mapping[str, Drafted], bill: Bill, measured: Bill) -> Fingerprints:
    """Of the sites that a draft is of; of one that is gone there is none, which is a change."""
    before = {site.id: part for site, part in zip(measured.sites, parts_of(measured), strict=True)}
    return {
        f"{site.id}: {name}": value
        for site, part in zip(bill.sites, parts_of(bill), strict=True)
        for name, value in found[site.id].fingerprints(part, before.get(site.id, part)).items()
    }
