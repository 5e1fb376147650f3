"""Bills a site's month from the store."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.calibration.month import CalibratedMonth
from bcm_mqtt.billing.computing.panels import ComputedBy, PanelWorkers
from bcm_mqtt.billing.formulas.month import FormulaMonth
from bcm_mqtt.billing.issued_holidays import with_issued_holidays
from bcm_mqtt.billing.panel_findings import StoredAboutPanel, panel_concerns
from bcm_mqtt.billing.prices.known import known_prices
from bcm_mqtt.billing.readings.stored_readings import StoredReadings, readings_ahead
from bcm_mqtt.domain.bill.account import Account, AccountPart, Loads, PanelBilling
from bcm_mqtt.domain.bill.bill import Bill, BillStatus, bill_of
from bcm_mqtt.domain.bill.billed_meter import joined_meters
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.review import holds, is_barred
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.reconciliation import reconciled, without_feeders
from bcm_mqtt.domain.usage.usage import UNASSIGNED
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.domain.vee.quality import Finding
from bcm_mqtt.errors import InputError
from bcm_mqtt.processes import Task, Workers, cores
from bcm_mqtt.store import BillingStore

_PANELS_A_WORKER: Final = 10
"""A process takes as long to start as a few panels take to be billed."""


class _Known:
    """What is known of a month's customers apart from usage: earlier months, prices, ..."""

    def __init__(
        self, store: BillingStore, terms: BillingTerms, month: Month, time: BilledTime
    ) -> None:
        self.present = time.present
        self.prices = known_prices(store, terms, time.slots)
        self.joint = joint_customers(store, terms)
        self.released = {release.customer for release in store.releases.of(month)}
        self.demands = store.demands(month)
        self.past = store.past_months(month)


def joint_customers(store: BillingStore, terms: BillingTerms) -> Mapping[str, str]:
    """Account by customer whose bill is one over several sites, which the site does not issue."""
    return store.joint_customers() if terms.joint is None else terms.joint


def bill_month(
    store: BillingStore,
    terms: BillingTerms,
    month: Month,
    as_of: datetime,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    workers: ComputedBy = 1,
) -> SiteMonth:
    """The bills of all customers of a site for a month, as drafts.

    Args:
        store: With rolled-up intervals and directories.
        terms: Zone, customers and tariffs.
        month: To bill.
        as_of: The present; what of the month is yet to come is not estimated.
        progress: Gets panels done and panels in all.
        workers: Who computes panels: so many processes, or this one if it is 1; None takes as
            many as do it soonest.

    Raises:
        InputError: a tariff has no rate for some of the month.
        WorkError: the database failed, or a worker did.
    """
    start, end = month.bounds(terms.zone)
    terms = with_issued_holidays(store, terms, month)
    terms.check_rates(start, end)
    time = BilledTime(start, end, terms.zone, over=as_of >= end, present=as_of)
    with store.at_one_moment() as moment:
        directories = moment.directories.all()
        calibrated = CalibratedMonth.of(moment, directories, terms, time)
        time = calibrated.time
        accounts, stored = _accounts(moment, directories, terms, time, progress, workers)
        formulas = FormulaMonth.of(moment, directories, terms, time) if terms.formulas else None
        known = _Known(moment, terms, month, time)
    rows = [row for account in accounts.values() for row in account.usage]
    remainders = formulas.remainders if formulas else {}
    reconciliation = tuple(reconciled(rows, terms.feeders, remainders))
    if formulas:
        formulas.add_to(accounts)
        rows += [row for part in formulas.usage for row in part.rows if row.customer]
    until = min(end, max(start, as_of))
    concerns = panel_concerns(directories, terms, rows, time, until, stored, formulas)
    for one in chain(concerns, calibrated.concerns(rows, stored)):
        for customer in one.customers & accounts.keys():
            accounts[customer].findings.append(one.finding)
    unassigned = accounts.pop(UNASSIGNED, None)
    bills = (
        _bill(terms, month, (start, end), customer, account, known, calibrated)
        for customer, account in sorted(accounts.items())
    )
    return SiteMonth(
        month,
        start,
        end,
        tuple(bills),
        tuple(without_feeders(unassigned.usage if unassigned else [], terms.mains)),
        findings=tuple(_of_nobody(unassigned.findings, terms)) if unassigned else (),
        reconciliation=reconciliation,
        calibrations=calibrated.of_site(rows),
    )


def _of_nobody(found: Iterable[Finding], terms: BillingTerms) -> Iterator[Finding]:
    """The findings of unallocated poles; who pays for what a feeder carries is known."""
    feeders = {(one.panel, one.pole) for one in terms.mains}
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
    workers: ComputedBy,
) -> tuple[dict[str, Account], dict[str, StoredAboutPanel]]:
    """The accounts by customer, and what else is stored of the month by panel."""
    stored = dict[str, StoredAboutPanel]()
    loads = Loads(time.slots)
    accounts = dict[str, Account]()

    def here(count: int) -> Iterator[Sequence[AccountPart]]:
        def work(panels: Iterable[StoredReadings]) -> Iterator[_PanelWork]:
            for done, readings in enumerate(panels):
                progress(done, len(directories))
                about = StoredAboutPanel(readings.accepting(), readings.clock_faults())
                stored[readings.panel] = about
                yield directories[readings.panel], readings

        scales = terms.register_scales
        ahead = readings_ahead(store, directories.values(), time.start, time.end, scales)
        with ahead as panels:
            yield from _parts(work(panels), terms, time, count, loads)

    def elsewhere(others: PanelWorkers) -> Iterator[Sequence[AccountPart]]:
        progress(0, len(directories))
        for made in others.computed(store, list(directories.values()), terms, time):
            for one in made.panels:
                stored[one.panel] = one.about
                yield one.parts
            loads.add(made.loads)
            progress(len(stored), len(directories))

    if workers is None:
        workers = min(cores(), len(directories) // _PANELS_A_WORKER)
    parts = here(workers) if isinstance(workers, int) else elsewhere(workers)
    for part in chain.from_iterable(parts):
        if (account := accounts.get(part.customer)) is None:
            account = accounts[part.customer] = Account(loads[part.customer])
        account.add(part)
    progress(len(directories), len(directories))
    return accounts, stored


_PanelWork = tuple[Directory, StoredReadings]


def _parts(
    work: Iterable[_PanelWork], terms: BillingTerms, time: BilledTime, workers: int, loads: Loads
) -> Iterator[Sequence[AccountPart]]:
    """What each panel adds to accounts, in their order; `loads` gets the sums in the end."""
    if workers < 2:
        billing = PanelBilling(terms, time)
        for directory, readings in work:
            yield billing.done(directory, readings)
        loads.add(billing.rest())
        return
    with Workers(workers, "billing", PanelBilling, terms, time) as running:
        tasks = (Task(readings.panel, (directory,), readings) for directory, readings in work)
        yield from running.results(tasks)
        for rest in running.rests():
            loads.add(rest)


def check_begun(month: Month, zone: ZoneInfo, at: datetime) -> None:
    """Refuses a month that is yet to come.

    Raises:
        InputError: it has not begun.
    """
    if at < month.bounds(zone)[0]:
        raise InputError.of(f"{month} has not begun: expected a month up to {Month.of(at, zone)}")


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
    account: Account,
    known: _Known,
    calibrated: CalibratedMonth,
) -> Bill:
    by = terms.customer_of(customer, *bounds)
    bill = bill_of(
        by,
        terms.tariff_of(by, *bounds),
        month,
        bounds,
        account.usage,
        terms.currency,
        account.load,
        known.demands.get(customer, {}),
        known.prices,
        known.present,
    )
    found = (*account.findings, *bill.findings)
    bill = replace(
        bill,
        findings=found,
        meters=joined_meters(account.meters),
        calibrations=calibrated.on_bill(account.usage),
    )
    reasons = tuple(holds(bill, terms.review_share))
    held = reasons and (customer not in known.released or is_barred(bill))
    status = BillStatus.JOINT if customer in known.joint else BillStatus.DRAFT
    if by.own_use:
        return replace(bill, status=BillStatus.OWN_USE)
    return replace(
        bill,
        past=tuple(known.past.get(customer, ())),
        holds=reasons,
        status=BillStatus.HELD if held else status,
    )
