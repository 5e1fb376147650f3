"""Bills a site's month from the store."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

from bcm_mqtt.billing.panel_findings import StoredAboutPanel, panel_concerns
from bcm_mqtt.billing.stored_readings import readings_ahead
from bcm_mqtt.domain.bill.bill import Bill, BillStatus, SiteMonth, bill_of
from bcm_mqtt.domain.bill.billed_meter import BilledMeter, billed_meters, joined_meters
from bcm_mqtt.domain.bill.review import holds
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.circuit_usage import add_to
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.panel_usage import BilledTime, CircuitUsage, Pricing, panel_usage
from bcm_mqtt.domain.usage.reconciliation import reconciled, without_feeders
from bcm_mqtt.domain.usage.usage import UNASSIGNED, Usage
from bcm_mqtt.domain.usage.validating import findings
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.domain.vee.quality import Finding
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import BillingStore


@dataclass(slots=True)
class _Account:
    """What a customer's bill is made from."""

    load: Load
    usage: list[Usage] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    meters: list[BilledMeter] = field(default_factory=list)

    def add(self, part: CircuitUsage, accepting: Sequence[IntervalEdit]) -> None:
        self.usage += part.rows
        add_to(self.load, part.load, part.cuts)
        self.findings += findings(part, accepting)


class _Known:
    """What the store has of a month's customers apart from usage: earlier months, releases."""

    def __init__(self, store: BillingStore, month: Month) -> None:
        self.released = {release.customer for release in store.entries.releases(month)}
        self.demands = store.bills.demands(month)
        self.past = store.bills.past_months(month)


def bill_month(
    store: BillingStore,
    terms: BillingTerms,
    month: Month,
    as_of: datetime,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> SiteMonth:
    """The bills of all customers of a site for a month, as drafts.

    Args:
        store: With rolled-up intervals and directories.
        terms: Zone, customers and tariffs.
        month: To bill.
        as_of: The present; what of the month is yet to come is not estimated.
        progress: Gets panels done and panels in all.

    Raises:
        InputError: a tariff has no rate for some of the month.
        WorkError: the database failed.
    """
    start, end = month.bounds(terms.zone)
    terms.check_rates(start, end)
    time = BilledTime(start, end, terms.zone, over=as_of >= end, present=as_of)
    with store.at_one_moment() as moment:
        directories = moment.directories.all()
        accounts, stored = _accounts(moment, directories, terms, time, progress)
        known = _Known(moment, month)
    rows = [row for account in accounts.values() for row in account.usage]
    until = min(end, max(start, as_of))
    for one in panel_concerns(directories, terms, rows, time, until, stored):
        for customer in one.customers & accounts.keys():
            accounts[customer].findings.append(one.finding)
    unassigned = accounts.pop(UNASSIGNED, None)
    unallocated = unassigned.usage if unassigned else []
    bills = (
        _bill(terms, month, (start, end), customer, account, known)
        for customer, account in sorted(accounts.items())
    )
    return SiteMonth(
        month,
        start,
        end,
        tuple(bills),
        tuple(without_feeders(unallocated, terms.feeders.values())),
        findings=tuple(_of_nobody(unassigned.findings, terms)) if unassigned else (),
        reconciliation=tuple(reconciled(rows, terms.feeders)),
    )


def _of_nobody(found: Iterable[Finding], terms: BillingTerms) -> Iterator[Finding]:
    """The findings of unallocated poles; who pays for what a feeder carries is known."""
    feeders = {(one.panel, one.pole) for one in terms.feeders.values()}
    for one in found:
        of_feeder = bool(one.poles) and (one.panel, one.poles[0]) in feeders
        if one.flag is not Flag.UNASSIGNED_LOAD or not of_feeder:
            yield one


def _accounts(
    store: BillingStore,
    directories: Mapping[str, Directory],
    terms: BillingTerms,
    time: BilledTime,
    progress: Callable[[int, int], None],
) -> tuple[dict[str, _Account], dict[str, StoredAboutPanel]]:
    """The accounts by customer, and what else is stored of the month by panel."""
    stored = dict[str, StoredAboutPanel]()
    pricing = pricing_of(terms, time)
    accounts = defaultdict[str, _Account](lambda: _Account(Load.none(time.slots)))
    of_panels = directories.values()
    ahead = readings_ahead(store, of_panels, time.start, time.end, terms.register_scales)
    with closing(ahead) as panels:
        for done, readings in enumerate(panels):
            progress(done, len(directories))
            directory, edits = directories[readings.panel], readings.edits()
            about = StoredAboutPanel(readings.accepting(), readings.clock_faults())
            stored[readings.panel] = about
            for part in panel_usage(directory, readings, terms.rule, pricing, time, edits):
                account = accounts[part.owner.customer]
                account.add(part, about.accepting)
                if directory.instruments:
                    registers = readings.registers(earlier=False)
                    account.meters += billed_meters(directory, part, registers)
    progress(len(directories), len(directories))
    return accounts, stored


def of_customer(site: SiteMonth, customer: str) -> SiteMonth:
    """The month with the bill of one customer only.

    Raises:
        InputError: there is none.
    """
    bills = tuple(item for item in site.bills if item.customer.id == customer)
    if not bills:
        known = ", ".join(item.customer.id for item in site.bills) or "none"
        message = f"customer {customer!r} has no circuit in {site.month}: expected one of {known}"
        raise InputError.of(message)
    return replace(site, bills=bills, unallocated=(), findings=())


def _bill(
    terms: BillingTerms,
    month: Month,
    bounds: tuple[datetime, datetime],
    customer: str,
    account: _Account,
    known: _Known,
) -> Bill:
    bill = bill_of(
        terms.customer(customer),
        terms.tariff(customer),
        month,
        bounds,
        account.usage,
        terms.currency,
        account.load,
        known.demands.get(customer, {}),
    )
    bill = replace(bill, findings=tuple(account.findings), meters=joined_meters(account.meters))
    reasons = tuple(holds(bill, terms.review_share))
    return replace(
        bill,
        past=tuple(known.past.get(customer, ())),
        holds=reasons,
        status=BillStatus.HELD if reasons and customer not in known.released else BillStatus.DRAFT,
    )


def pricing_of(terms: BillingTerms, time: BilledTime) -> Pricing:
    """Cuts each customer's month at the rates of the tariff; unallocated time is left whole."""
    whole = (PricedTime(time.start, time.end),)

    @cache
    def of_tariff(tariff: str) -> Sequence[PricedTime]:
        return tuple(terms.tariffs[tariff].priced(time.start, time.end, time.slots))

    def pricing(customer: str) -> Sequence[PricedTime]:
        tariff = terms.tariff(customer) if customer else None
        return of_tariff(tariff.id) if tariff else whole

    return pricing
