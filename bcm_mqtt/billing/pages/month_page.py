"""The site's month as a page: every text and figure on it, for HTML and PDF to lay out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from bcm_mqtt import __version__
from bcm_mqtt.billing.calibration.in_words import CalibrationRow, calibration_rows
from bcm_mqtt.billing.pages.assumed import assumed_statements
from bcm_mqtt.billing.pages.bill_rows import FindingRow, findings
from bcm_mqtt.billing.pages.circuit_tables import CircuitTables, circuit_tables
from bcm_mqtt.billing.pages.head import Figure, Notice, Period, amount_figure, provisional
from bcm_mqtt.billing.pages.month_invoices import InvoiceTable, invoice_tables
from bcm_mqtt.billing.pages.month_rows import (
    PanelRow,
    RankRow,
    Reconciled,
    SitePart,
    panel_qualities,
    panel_rows,
    ranked_circuits,
    reconciled,
    site_part,
    stranded,
)
from bcm_mqtt.billing.pages.statements import Statement, coverage_statement, method_statement
from bcm_mqtt.billing.pages.words import NO_TARIFF, money, number
from bcm_mqtt.billing.wording.findings import hold
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.months.site_month import SiteMonth, amounts
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from bcm_mqtt.languages import _, translated

_MOST_CIRCUITS = 10


def _total() -> Statement:
    text = _("The site total is the sum of all circuits: what is on bills and what is unallocated.")
    return Statement(_("Total"), text)


@dataclass(frozen=True, slots=True)
class BilledPeriod:
    """A bill that is not of the calendar month."""

    customer: str
    days: str
    kwh: str
    amount: str


@dataclass(frozen=True, slots=True)
class MonthPage:
    """All of it, in the order of the page.

    Attributes:
        priced: Whether any bill has money.
        parts: The customers.
        totals: All customers, unallocated, and the site.
        periods: Bills that reach beyond the month.
        unallocated: What there is to say of unallocated energy.
        idle: What there is to say of circuits without any, or "".
        held: Customer and reason of each hold.
        Others: See their types.
    """

    mark: str
    period: Period
    issuer: Issuer
    notices: tuple[Notice, ...]
    figures: tuple[Figure, ...]
    facts: tuple[tuple[str, str], ...]
    priced: bool
    parts: tuple[SitePart, ...]
    periods: tuple[BilledPeriod, ...]
    totals: tuple[SitePart, ...]
    unallocated: str
    circuits: CircuitTables
    idle: str
    panels: tuple[PanelRow, ...]
    reconciled: tuple[Reconciled, ...]
    invoices: tuple[InvoiceTable, ...]
    calibrated: tuple[CalibrationRow, ...]
    top: tuple[RankRow, ...]
    stranded: tuple[RankRow, ...]
    stranded_total: str
    held: tuple[tuple[str, str], ...]
    statements: tuple[Statement, ...]
    findings: tuple[FindingRow, ...]
    more_findings: int
    foot: str


def month_page(
    site: SiteMonth,
    issuer: Issuer,
    made: datetime,
    panels: Mapping[str, Panel],
    hrefs: Mapping[str, str],
) -> MonthPage:
    """The page of a site's month.

    Args:
        site: To show.
        issuer: Whose head and foot it has.
        made: When the page was made, UTC.
        panels: For their voltages, by id.
        hrefs: Customer id to the path of its bill, relative to the page.
    """
    zone, period = issuer.zone, Period.of(site, issuer.zone, made)
    usage = site.usage
    totals = tuple(_totals(site))
    ranked = ranked_circuits(site, panels)
    unused = stranded(ranked)
    sum_unused = sum((item.stranded_kw or Decimal(0) for item in unused), Decimal("0.000"))
    listed, more = findings(site.all_findings, zone)
    coverage = Coverage.total(row.coverage for row in usage)
    used = [row for row in site.unallocated if row.kwh]
    return MonthPage(
        mark="",
        period=period,
        issuer=replace(issuer, footer=()),  # which is for customers
        notices=() if period.over else (provisional(),),
        figures=tuple(_figures(site, totals)),
        facts=tuple(_facts(site, period)),
        priced=any(bill.priced for bill in site.bills),
        parts=tuple(_parts(site, hrefs)),
        periods=tuple(_periods(site, issuer.zone, made)),
        totals=totals,
        unallocated=_unallocated(site, totals[1]),
        circuits=circuit_tables(used, site, zone, _("All unallocated energy")),
        idle=_idle([row for row in site.unallocated if not row.kwh]),
        panels=panel_rows(panel_qualities(site)),
        reconciled=reconciled(site),
        invoices=invoice_tables(site),
        calibrated=calibration_rows(site),
        top=tuple(RankRow.of(item) for item in ranked[:_MOST_CIRCUITS] if item.kwh),
        stranded=tuple(map(RankRow.of, unused[:_MOST_CIRCUITS])),
        stranded_total=number(sum_unused) if unused else "",
        held=tuple((bill.customer.name, hold(why)) for bill in site.bills for why in bill.holds),
        statements=(
            _total(),
            coverage_statement(coverage, usage),
            method_statement(usage),
            *assumed_statements(usage),
        ),
        findings=listed,
        more_findings=more,
        foot=" \N{MIDDLE DOT} ".join(
            (issuer.name, _("made %(at)s", at=period.made), f"bcm-mqtt {__version__}")
        ),
    )


def _figures(site: SiteMonth, totals: Sequence[SitePart]) -> Iterator[Figure]:
    customers, unallocated, _site = totals
    yield Figure(_("Site total"), "", number(site.kwh), "kWh")
    yield Figure(_("Customers"), "", customers.kwh, "kWh")
    note = _("%(share)s of the site", share=unallocated.share)
    yield Figure(_("Unallocated"), "", unallocated.kwh, "kWh", note)
    for currency, amount in amounts(site.bills).items():
        yield amount_figure(_("Billed"), amount, currency)


def _facts(site: SiteMonth, period: Period) -> Iterator[tuple[str, str]]:
    yield _("Period"), period.days
    yield _("Hours"), period.hours_text
    yield _("Time zone"), period.zone
    yield _("Customers"), str(len(site.bills))
    counts = Counter(bill.status for bill in site.bills)
    if counts:
        known = [item for item in BillStatus if counts[item]]
        listed = ", ".join(f"{counts[item]} {translated(item.value)}" for item in known)
        yield _("Bills"), listed


def _parts(site: SiteMonth, hrefs: Mapping[str, str]) -> Iterator[SitePart]:
    """Each customer with what it used in the month and its bill, if one begins in it."""
    kwh, used = site.kwh, site.used
    for bill in (*site.bills, *site.billed_before):
        key = bill.customer.id
        yield _customer(kwh, used.get(key, ()), bill, hrefs.get(key, ""))


def _periods(site: SiteMonth, zone: ZoneInfo, made: datetime) -> Iterator[BilledPeriod]:
    for bill in site.beyond:
        amount = money(bill.amount, bill.currency) if bill.priced else translated(NO_TARIFF)
        days = Period.of(bill, zone, made).days
        yield BilledPeriod(bill.customer.name, days, number(bill.kwh), amount)


def _customer(site_kwh: Decimal, usage: Sequence[Usage], bill: Bill, href: str) -> SitePart:
    name, key = bill.customer.name, bill.customer.id
    amount = money(bill.amount, bill.currency) if bill.priced else translated(NO_TARIFF)
    part = site_part(site_kwh, name, usage, (amount,))
    # A colon would make a scheme of what stands before it.
    href = quote(href, safe="/%")
    return replace(
        part, id=key if key != name else "", href=href, status=translated(bill.status.value)
    )


def _totals(site: SiteMonth) -> Iterator[SitePart]:
    billed = [row for bill in site.measured for row in bill.usage]
    priced = tuple(money(total, currency) for currency, total in amounts(site.bills).items())
    yield site_part(site.kwh, _("All customers"), billed, priced)
    yield site_part(site.kwh, _("Unallocated"), site.unallocated)
    yield site_part(site.kwh, _("Site total"), site.usage)


def _unallocated(site: SiteMonth, part: SitePart) -> str:
    if not site.unallocated:
        return _("None: no circuit is without a customer, and no measured pole without a circuit.")
    return _(
        "%(kwh)s kWh, %(share)s of the site, went through circuits without a customer and through "
        "measured poles without a circuit. It is on no bill.",
        kwh=part.kwh,
        share=part.share,
    )


def _idle(idle: Sequence[Usage]) -> str:
    if not idle:
        return ""
    coverage = Coverage.total(row.coverage for row in idle)
    return _(
        "At 0 kWh and not listed: %(count)s circuits or poles without a customer (%(measured)s "
        "circuit-hours measured, %(missing)s missing).",
        count=number(len(idle)),
        measured=number(coverage.measured_hours),
        missing=number(coverage.missing_hours),
    )
