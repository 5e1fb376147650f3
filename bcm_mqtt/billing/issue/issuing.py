"""Issues and revises the bills of a month."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain

from bcm_mqtt import __version__
from bcm_mqtt.billing.computing.panels import ComputedBy
from bcm_mqtt.billing.evidence.keys import Signer
from bcm_mqtt.billing.issue.document import bill_of_entry
from bcm_mqtt.billing.issue.drafting import Drafting, Present, Progress, site_drafts
from bcm_mqtt.billing.issue.jointly import jointly_billed
from bcm_mqtt.billing.issue.numbering.numbered import Issuing
from bcm_mqtt.billing.issue.order import order_warnings
from bcm_mqtt.billing.issue.outcome import IssueRequest, Outcome
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.rules import RULES
from bcm_mqtt.domain.bill.terms import BillingTerms, Issuer
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import BillingStore


def issue_month(
    store: BillingStore,
    terms: BillingTerms,
    request: IssueRequest,
    at: datetime,
    progress: Progress = lambda _done, _of: None,
    software: str = __version__,
    signer: Signer | None = None,
    workers: ComputedBy = 1,
    drafting: Drafting = site_drafts,
    issuer: Issuer | None = None,
) -> Outcome:
    """Issues all bills that are requested, or none of them.

    Args:
        store: With rolled-up intervals.
        terms: Of now.
        request: Which bills.
        at: The present, UTC.
        progress: Gets panels done and panels in all.
        software: Version of the program, which the documents state.
        signer: Signs the bills; None leaves them without a signature.
        workers: As of `bill_month`.
        drafting: Makes the drafts.
        issuer: Says how bills are revised and which structured invoices they must be possible as;
            None revises by one number and asks for none.

    Raises:
        InputError: the period has not ended, or there is no such customer, or its bill is one
            over several sites, or a bill cannot be the structured invoice that it must be.
        WorkError: intervals of the month wait to be computed, bills are missing, or the
            database failed; or the ledger lacks bills that were issued for the site.
    """
    start, end = _issued_time(terms, request, at)
    _check_books(store, request.month)
    with store.at_one_moment() as moment:
        if dirty := moment.intervals.count_dirty(start, end):
            message = (
                f"{dirty} intervals of {request.month} wait to be computed: bcm-mqtt db rollup"
            )
            raise WorkError(message)
        present = Present(at, progress, workers)
        with drafting(moment, terms, request.month, present) as drafted:
            drafts = _chosen(moment, terms, request, drafted.site)
            chosen = [
                (bill, drafted.basis(bill, software), drafted.prices(bill)) for bill in drafts
            ]
        issued = moment.bills.customers()
    work = Issuing(request, at, chosen, signer, store.ledger.part, terms, issuer)
    store.bills.issue(request.month, work.make)
    outcome = work.outcome()
    warnings = (order_warnings(bill, terms, issued) for bill in outcome.issued)
    return replace(outcome, warnings=(*chain.from_iterable(warnings), *_copied(store)))


def _issued_time(
    terms: BillingTerms, request: IssueRequest, at: datetime
) -> tuple[datetime, datetime]:
    """The time of the bills that may be issued now."""
    month, own = request.month, terms.own_periods(request.month)
    period = terms.period_of(request.customer, month)
    if at < period.end:
        whose = f" of {request.customer}" if period in own else ""
        raise InputError.of(f"{month}{whose} has not ended: its bills cannot be issued yet")
    return period.start, max(one.end for one in (period, *own) if one.end <= at)


def _chosen(
    store: BillingStore, terms: BillingTerms, request: IssueRequest, site: SiteMonth
) -> list[Bill]:
    """The drafts that are requested, by customer; of one who is billed jointly there is none."""
    drafts = {bill.customer.id: bill for bill in site.bills}
    before = {entry.customer: entry for entry in store.bills.issued(request.month)}
    jointly = jointly_billed(store, terms, request.month)
    for customer in jointly.keys() - before.keys():
        if request.customer == customer:
            message = f"customer {customer!r} is billed over several sites: {jointly[customer]}"
            raise InputError.of(message)
        drafts.pop(customer, None)
    for customer in terms.own_use - before.keys():
        if request.customer == customer:
            raise InputError.of(f"customer {customer!r} is the site's own use: it gets no bill")
        drafts.pop(customer, None)
    for customer in before.keys() - drafts.keys():
        drafts[customer] = _empty(bill_of_entry(before[customer]))
    if request.customer and request.customer not in drafts:
        message = f"customer {request.customer!r} has no circuit in {request.month}"
        raise InputError.of(message)
    return [bill for key, bill in sorted(drafts.items()) if request.customer in {"", key}]


def _check_books(store: BillingStore, month: Month) -> None:
    """Refuses what was billed in other books, and books that lack what was billed."""
    if month in store.months_before_home():
        message = f"{month} was billed in the site's own database, and is not billed again"
        raise WorkError(f"{message} in the home database: database.home_url")
    store.copies.check(store.bills)
    store.copies.check_series(month)


def _copied(store: BillingStore) -> Iterator[str]:
    """Copies to the site what was issued for it; a warning where that failed."""
    try:
        store.copy_bills()
    except WorkError as error:
        yield f"the site has no copies of its new bills yet: {error}"


def _empty(issued: Bill) -> Bill:
    """The draft of a customer who had circuits when the bill was issued, and now has none."""
    slots = Slots.between(issued.start, issued.end)
    nothing = replace(issued, lines=(), usage=(), determinants=(), sites=())
    nothing = replace(nothing, load=None if issued.sites else Load.none(slots))
    return replace(nothing, rules=RULES, findings=(), holds=(), status=BillStatus.DRAFT, issue=None)
