"""Bills a site's month from the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.computing.accounts import Accounts, Progress, accounts_of
from bcm_mqtt.billing.computing.panels import ComputedBy
from bcm_mqtt.billing.invoices.measured import MeasuredMonth
from bcm_mqtt.billing.invoices.of_month import MonthInvoices, month_invoices, without_invoices
from bcm_mqtt.billing.issued_holidays import with_issued_holidays
from bcm_mqtt.billing.peaks.fine_month import FineDemands, FineMonth, PeakMemory
from bcm_mqtt.billing.prices.known import known_prices
from bcm_mqtt.domain.allocation.entered import newest
from bcm_mqtt.domain.bill.account import Account
from bcm_mqtt.domain.bill.bill import Bill, BillStatus, PanelName, bill_of
from bcm_mqtt.domain.bill.billed_meter import joined_meters
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.one_tariff import under
from bcm_mqtt.domain.bill.review import holds, is_barred
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.billing_period import BillingPeriod
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.formula.spans import formula_spans
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.calibration.setting import mains_of
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.reconciliation import findings_without_feeders, without_feeders
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import BillingStore


class _Known:
    """What is known of a period's customers apart from usage: earlier months, prices, ..."""

    def __init__(
        self,
        store: BillingStore,
        terms: BillingTerms,
        month: Month,
        time: BilledTime,
        of: Accounts,
    ) -> None:
        self.invoices = MonthInvoices()
        self.present = time.present
        self.prices = known_prices(store, terms, time.slots)
        self.joint = joint_customers(store, terms)
        self.released = {release.customer for release in store.releases.of(month)}
        self.demands = store.demands(month)
        self.past = store.past_months(month)
        self.names: Mapping[str, str] = {}
        charged = any(tariff.charges_invoices for tariff in terms.tariffs.values())
        self.entered = newest(store.invoices.all()) if charged else []
        self.fine: FineDemands = {}
        self.site = of.site


def joint_customers(store: BillingStore, terms: BillingTerms) -> Mapping[str, str]:
    """Account by customer whose bill is one over several sites, which the site does not issue."""
    return store.joint_customers() if terms.joint is None else terms.joint


def bill_month(
    store: BillingStore,
    terms: BillingTerms,
    month: Month,
    as_of: datetime,
    progress: Progress = lambda _done, _of: None,
    workers: ComputedBy = 1,
    *,
    running: bool = False,
    memory: PeakMemory | None = None,
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
        running: Whether a customer with a reading day gets the bill that runs as of then, not the
            one that begins in the month.
        memory: Of days with finer windows of demand: gets those that are made, and saves making
            them again.

    Raises:
        InputError: a tariff has no rate for some of the month.
        WorkError: the database failed, or a worker did.
    """
    terms = with_issued_holidays(store, terms, month)
    terms.check_rates(month)
    own = terms.running_periods(as_of) if running else terms.own_periods(month)
    calendar = BillingPeriod.calendar(month, terms.zone)
    with store.at_one_moment() as moment:
        directories = moment.directories.all()
        work = _Work(moment, directories, terms, as_of, progress, workers, memory)
        bills, site, invoices = work.billed(calendar, own)
        for period, customers in own.items():
            if period.is_within(calendar):
                charged = invoices
            else:
                charged = without_invoices(terms, period, customers)
            bills |= work.billed_apart(period, customers, charged)
    return replace(site, bills=tuple(bill for _, bill in sorted(bills.items())))


@dataclass(frozen=True, slots=True)
class _Work:
    """Bills periods of a site at one moment of its store."""

    store: BillingStore
    directories: Mapping[str, Directory]
    terms: BillingTerms
    as_of: datetime
    progress: Progress
    workers: ComputedBy
    memory: PeakMemory | None

    def billed(
        self, period: BillingPeriod, own: Mapping[BillingPeriod, frozenset[str]]
    ) -> tuple[dict[str, Bill], SiteMonth, MonthInvoices]:
        """The bills of a calendar month, and the month of which only bills are missing.

        The invoices are also those of bills that begin or end within the month.

        Args:
            period: The calendar month.
            own: Periods of other bills, with their customers.
        """
        apart = frozenset().union(*own.values())
        beyond = {one for by, of in own.items() if not by.is_within(period) for one in of}
        terms = replace(self.terms, unpriced=apart)
        time = self._time(period)
        of = accounts_of(self.store, self.directories, terms, time, self.progress, self.workers)
        known = self._known(period, terms, time, of)
        rest = of.unassigned
        mains = mains_of(terms.feeders, terms.calibrations)
        unallocated = list(without_feeders(rest.usage if rest else (), mains))
        measured = MeasuredMonth.of_accounts(of.customers, unallocated)
        charged = replace(self.terms, unpriced=frozenset(beyond))
        known.invoices = month_invoices(known.entered, charged, period, measured, self._under)
        bills = {
            customer: _bill(terms, period, customer, account, known)
            for customer, account in of.customers.items()
        }
        site = SiteMonth(
            period.month,
            *period.bounds,
            (),
            tuple(unallocated),
            findings=tuple(findings_without_feeders(rest.findings, mains)) if rest else (),
            reconciliation=of.reconciliation,
            calibrations=of.calibrations,
            by_month=tuple(bill for key, bill in sorted(bills.items()) if key in beyond),
            divided=known.invoices.divided,
        )
        whole = {key: bill for key, bill in bills.items() if key not in apart}
        return whole, site, known.invoices

    def billed_apart(
        self, period: BillingPeriod, customers: frozenset[str], invoices: MonthInvoices
    ) -> dict[str, Bill]:
        """The bills of customers whose period is another, of no more panels than they need."""
        panels, others = _panels_of(self.directories, self.terms, period, customers)
        feeders = {
            panel: one for panel, one in self.terms.feeders.items() if {panel, one.panel} <= panels
        }
        terms = replace(self.terms, unpriced=others, feeders=feeders)
        time, quietly = self._time(period), lambda _done, _of: None
        of = accounts_of(self.store, self.directories, terms, time, quietly, 1, panels)
        known = self._known(period, terms, time, of)
        known.invoices = invoices
        return {
            customer: _bill(terms, period, customer, account, known)
            for customer, account in of.customers.items()
            if customer in customers
        }

    def _known(
        self,
        period: BillingPeriod,
        terms: BillingTerms,
        time: BilledTime,
        of: Accounts,
    ) -> _Known:
        known = _Known(self.store, terms, period.month, time, of)
        known.names = {key: one.panel.name for key, one in self.directories.items()}
        loads = {customer: account.load for customer, account in of.customers.items()}
        fine = FineMonth(self.store, self.directories, terms, time, self.memory)
        known.fine = fine.of(loads, of.formulas)
        return known

    def _under(self, tariff: str, month: Month) -> Sequence[Bill]:
        """The bills of a month with every customer under one tariff, for caps."""
        terms = under(self.terms, tariff).as_far_as_rated(month)
        return bill_month(self.store, terms, month, self.as_of, workers=self.workers).bills

    def _time(self, period: BillingPeriod) -> BilledTime:
        over = self.as_of >= period.end
        return BilledTime(*period.bounds, self.terms.zone, over=over, present=self.as_of)


def _panels_of(
    directories: Mapping[str, Directory],
    terms: BillingTerms,
    period: BillingPeriod,
    customers: frozenset[str],
) -> tuple[frozenset[str], frozenset[str]]:
    """The panels on which customers have circuits in a period, and the other customers there.

    What feeds a panel explains it. Formulas may be of any circuits: with them, all panels are.
    """
    whose = {
        panel: {terms.rule.customer_of(span.version) for span in directory.spans(*period.bounds)}
        for panel, directory in directories.items()
    }
    formulas = formula_spans(terms.formulas, *period.bounds)
    others = {terms.rule.customer_of(span.version.circuit) for span in formulas}.union(
        *whose.values()
    )
    every = terms.formulas or any(one.needs_site for one in terms.tariffs.values())
    panels = {panel for panel, of in whose.items() if every or of & customers}
    feeding = {terms.feeders[panel].panel for panel in panels if panel in terms.feeders}
    return frozenset(panels | feeding & directories.keys()), frozenset(others - customers)


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
    terms: BillingTerms, period: BillingPeriod, customer: str, account: Account, known: _Known
) -> Bill:
    by = terms.customer_of(customer, *period.bounds)
    bill = bill_of(
        by,
        terms.tariff_of(by, *period.bounds),
        period.month,
        period.bounds,
        account.usage,
        terms.currency,
        account.load,
        known.demands.get(customer, {}),
        known.prices,
        known.present,
        terms.period_of(customer, period.month).whole,
        known.invoices.parts.get(customer, {}),
        known.fine.get(customer, {}),
        known.site,
    )
    found = (*account.findings, *bill.findings)
    panels = dict.fromkeys(row.panel for row in bill.usage)
    names = (PanelName(key, known.names[key]) for key in panels if known.names.get(key, key) != key)
    bill = replace(
        bill,
        findings=found,
        meters=joined_meters(account.meters),
        panel_names=tuple(names),
        calibrations=account.calibrations,
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
