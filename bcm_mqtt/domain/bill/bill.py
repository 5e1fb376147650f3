"""A bill: a customer's month, with every figure it rests on.

`bill_of` makes all charges of the tariff, in the order of a bill's lines; the total is the sum of
the rounded lines.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from math import sqrt
from types import MappingProxyType

from bcm_mqtt.domain.allocation.invoice_part import InvoicePart, PartsKnown
from bcm_mqtt.domain.bill.billed_meter import BilledMeter
from bcm_mqtt.domain.bill.issued import InvoiceKind, IssueRecord
from bcm_mqtt.domain.bill.rules import FIRST_RULES, RULES
from bcm_mqtt.domain.rating.grouped.lines import rated_lines
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine, Determinant, Rated
from bcm_mqtt.domain.rating.rated_month import PastDemands, RatedMonth
from bcm_mqtt.domain.site.billing_period import WholePeriod
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.tariff import SlotPrices, Tariff
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.calibration.summary import BilledCalibration
from bcm_mqtt.domain.usage.customer_load import Load, Peak
from bcm_mqtt.domain.usage.fine.day_peak import FineDemand
from bcm_mqtt.domain.usage.uncertainty.budget import Budget, expanded
from bcm_mqtt.domain.usage.usage import Coverage, Usage, total_kwh
from bcm_mqtt.domain.vee.quality import Finding


class BillStatus(StrEnum):
    """Where a bill stands."""

    DRAFT = "draft"
    HELD = "held for review"
    JOINT = "billed jointly"  # with those of other sites, on the bill of an account
    BEFORE = "on the bill before"  # whose period has the rest of what was used in the month
    OWN_USE = "own use"  # of the site itself: it has no price and is never issued
    ISSUED = "issued"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class PastMonth:
    """An earlier month of the customer's; no amount without a tariff."""

    month: Month
    kwh: Decimal
    amount: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class BilledSite:
    """A site of a bill over several.

    Attributes:
        id: Before the panels, determinants and lines of the site.
        name: Of the site.
        zone: Key of its time zone.
        customer: Whom the bill is of, as the site has it.
        tariff: Its id there, "" where none is configured.
        start: Of the month there, UTC.
        end: Of the month there, UTC.
        load: The sum of the circuits there by interval.
        whole: As of `Bill`, there.
    """

    id: str
    name: str
    zone: str
    customer: str
    tariff: str
    start: datetime
    end: datetime
    load: Load | None = None
    whole: WholePeriod | None = None


@dataclass(frozen=True, slots=True)
class PanelName:
    """What people call a panel."""

    panel: str
    name: str


@dataclass(frozen=True, slots=True)
class Bill:
    """A customer's month; `tariff` is "" where none is configured.

    Attributes:
        customer: Whose.
        month: In which its period begins.
        start: Of its period, UTC.
        end: Of its period, UTC.
        currency: ISO 4217.
        tariff: Its id.
        lines: Energy, demand, committed power, fees, minimum, taxes.
        usage: The rows under them.
        determinants: What the tariff priced.
        load: The sum of its circuits by interval; None where it was not calculated.
        findings: What validation found.
        holds: Why it must be reviewed before it is issued.
        status: Where it stands.
        issue: How it was issued, or None.
        past: Up to three months before it, the last first.
        rules: Number of the rule set by which it was calculated.
        meters: Of its circuits, as far as meters.csv says which they are.
        sites: Of a bill over several; empty of a site's own.
        whole: By what is prorated what is priced by the month; None is the month itself.
        invoices: What it has of invoices of suppliers.
        panel_names: Of its panels, as far as they have one apart from their ids.
        calibrations: Revenue meters that its circuits are calibrated to.
    """

    customer: Customer
    month: Month
    start: datetime
    end: datetime
    currency: str
    tariff: str
    lines: tuple[BillLine, ...]
    usage: tuple[Usage, ...]
    determinants: tuple[Determinant, ...] = ()
    load: Load | None = None
    findings: tuple[Finding, ...] = ()
    holds: tuple[str, ...] = ()
    status: BillStatus = BillStatus.DRAFT
    issue: IssueRecord | None = None
    past: tuple[PastMonth, ...] = ()
    rules: int = FIRST_RULES
    meters: tuple[BilledMeter, ...] = ()
    sites: tuple[BilledSite, ...] = ()
    whole: WholePeriod | None = None
    invoices: tuple[InvoicePart, ...] = ()
    panel_names: tuple[PanelName, ...] = ()
    calibrations: tuple[BilledCalibration, ...] = ()

    def panel_name(self, panel: str) -> str:
        """What people call one of its panels; else its id."""
        return next((one.name for one in self.panel_names if one.panel == panel), panel)

    @property
    def priced(self) -> bool:
        """Whether a tariff applied; without one a bill states energy only."""
        return bool(self.tariff)

    def may_be_issued(self, at: datetime) -> bool:
        """Whether it is a draft that nothing holds, of a period that is over."""
        return self.status is BillStatus.DRAFT and self.end <= at

    @property
    def is_credit_note(self) -> bool:
        """Whether it gives a bill back: superseded by the invoice after it, it still stands."""
        return self.issue is not None and self.issue.document is InvoiceKind.CREDIT_NOTE

    @property
    def kwh(self) -> Decimal:
        """Sum of the usage rows."""
        return total_kwh(self.usage)

    @property
    def amount(self) -> Decimal:
        """Sum of the rounded lines."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def taxes(self) -> Decimal:
        """Of `amount`, what is tax."""
        taxed = (line.amount for line in self.lines if line.kind is LineKind.TAX)
        return sum(taxed, Decimal(0))

    @property
    def coverage(self) -> Coverage:
        """Circuit-hours of the usage rows."""
        return Coverage.total(row.coverage for row in self.usage)

    @property
    def known(self) -> bool:
        """Whether anything was measured, estimated or entered; else its 0 kWh say nothing."""
        return any(row.coverage.hours > row.coverage.missing_hours for row in self.usage)

    @property
    def estimated_kwh(self) -> Decimal:
        """Of `kwh`, what was estimated."""
        return sum((row.estimated_kwh for row in self.usage), Decimal("0.000"))

    @property
    def edited_kwh(self) -> Decimal:
        """Of `kwh`, what was entered by hand."""
        return sum((row.edited_kwh for row in self.usage), Decimal("0.000"))

    @property
    def measured_kwh(self) -> Decimal:
        """Of `kwh`, what was measured."""
        return self.kwh - self.estimated_kwh - self.edited_kwh

    @property
    def estimated_share(self) -> Decimal:
        """Estimated share of the energy, 0 to 1."""
        return self.estimated_kwh / self.kwh if self.kwh else Decimal(0)

    @property
    def indicative(self) -> bool:
        """Whether demand is indicative: some of it was polled slower than once a minute."""
        return any(row.indicative for row in self.usage)

    @property
    def peak(self) -> Peak | None:
        """The coincident demand: the greatest interval of all its circuits together."""
        return self.load.peak() if self.load else None

    @property
    def uncertainty_kwh(self) -> Decimal:
        """How far `kwh` may be off, k = 2 (about 95 %), rounded to 0.001.

        Of bills that were issued without a budget, what sampling may have missed.
        """
        if budget := self.budget:
            return budget.expanded_kwh
        return expanded(sqrt(sum(row.sampling_variance for row in self.usage)))

    @property
    def budget(self) -> Budget | None:
        """Why it may be off; None of a bill that was issued without, or that measured nothing."""
        components = [one for row in self.usage for one in row.components]
        return Budget.of(components) if components else None


def bill_of(
    customer: Customer,
    tariff: Tariff | None,
    month: Month,
    bounds: tuple[datetime, datetime],
    usage: Sequence[Usage],
    currency: str,
    load: Load | None = None,
    past_demands: PastDemands = MappingProxyType({}),
    prices: Mapping[str, SlotPrices] = MappingProxyType({}),
    present: datetime | None = None,
    whole: WholePeriod | None = None,
    invoices: Mapping[str, PartsKnown] = MappingProxyType({}),
    fine: Mapping[str, FineDemand] = MappingProxyType({}),
    site: Load | None = None,
) -> Bill:
    """The bill of one customer.

    Args:
        customer: Whose.
        tariff: Its rates must cover the month. None gives a bill of energy without money.
        month: Of the site.
        bounds: Start and end of the month in UTC.
        usage: The customer's rows, each within one rate and one of its periods.
        currency: The site's, for a bill without a tariff.
        load: The sum of the customer's circuits. None leaves out demand that needs it.
        past_demands: kW by determinant of earlier months; one that is not there is nothing.
        prices: Of series by slot of the load, by the series' id.
        present: What is later has not come; None is after the month.
        whole: By what is prorated what is priced by the month; None is the month itself.
        invoices: What is known of the customer's parts of invoices, by plan.
        fine: Demand in windows finer than quarter hours, by measure.
        site: The sum of all circuits of the site, for demand at its peak.

    Raises:
        ValueError: some of the month has no rate, or a row is of no period of its rate.
    """
    total = Rated()
    if tariff:
        measured = month, bounds[0], bounds[1], usage, load, past_demands, prices, present
        total = rated_lines(RatedMonth(customer, tariff, *measured, whole, invoices, fine, site))
    return Bill(
        customer=customer,
        month=month,
        start=bounds[0],
        end=bounds[1],
        currency=tariff.currency if tariff else currency,
        tariff=tariff.id if tariff else "",
        lines=total.lines,
        usage=tuple(usage),
        determinants=_each_once(total.determinants),
        load=load,
        findings=tuple(dict.fromkeys(total.findings)),
        rules=RULES,
        whole=whole,
        invoices=total.invoices,
    )


def _each_once(determinants: Iterable[Determinant]) -> tuple[Determinant, ...]:
    """Two charges may be made from the same measured demand."""
    return tuple({one.name: one for one in determinants}.values())
