"""The site's month as a page: every text and figure on it, for HTML and PDF to lay out."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from urllib.parse import quote

from bcm_mqtt import __version__
from bcm_mqtt.billing.reports.circuit_tables import CircuitTables, Hours, circuit_tables
from bcm_mqtt.billing.reports.page_parts import (
    Figure,
    Notice,
    PanelRow,
    RankRow,
    Reconciled,
    SitePart,
)
from bcm_mqtt.billing.reports.period import Period
from bcm_mqtt.billing.reports.site_rankings import (
    RankedCircuit,
    all_usage,
    panel_qualities,
    ranked_circuits,
    stranded,
)
from bcm_mqtt.billing.reports.statements import Statement, coverage_statement, method_statement
from bcm_mqtt.billing.reports.words import covered, finding_text, number, share
from bcm_mqtt.domain.bill.bill import Bill, BillStatus, SiteMonth
from bcm_mqtt.domain.bill.issuer import Issuer
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.usage.reconciliation import Reconciliation
from bcm_mqtt.domain.usage.usage import Coverage, PanelQuality, Usage, total_kwh

_MOST_CIRCUITS = 10
_MOST_FINDINGS = 40


@dataclass(frozen=True, slots=True)
class SummaryPage:
    """All of it, in the order of the page.

    Attributes:
        priced: Whether any bill has money.
        parts: The customers.
        totals: All customers, unallocated, and the site.
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
    totals: tuple[SitePart, ...]
    unallocated: str
    circuits: CircuitTables
    idle: str
    panels: tuple[PanelRow, ...]
    reconciled: tuple[Reconciled, ...]
    top: tuple[RankRow, ...]
    stranded: tuple[RankRow, ...]
    stranded_total: str
    held: tuple[tuple[str, str], ...]
    statements: tuple[Statement, ...]
    findings: tuple[str, ...]
    more_findings: int
    foot: str


def summary_page(
    site: SiteMonth,
    issuer: Issuer,
    made: datetime,
    panels: Mapping[str, Panel],
    hrefs: Mapping[str, str],
) -> SummaryPage:
    """The page of a site's month.

    Args:
        site: To print.
        issuer: Whose head and foot it has.
        made: When the report was made, UTC.
        panels: For their voltages, by id.
        hrefs: Customer id to the path of its bill, relative to the summary.
    """
    zone, period = issuer.zone, Period.of(site, issuer.zone, made)
    used = [row for row in site.unallocated if row.kwh]
    everything = list(all_usage(site))
    totals = tuple(_totals(site, everything))
    ranked = ranked_circuits(site, panels)
    unused = stranded(ranked)
    sum_unused = sum((item.stranded_kw or Decimal(0) for item in unused), Decimal("0.000"))
    found = [*(item for bill in site.bills for item in bill.findings), *site.findings]
    coverage = Coverage.total(row.coverage for row in everything)
    return SummaryPage(
        mark="",
        period=period,
        issuer=replace(issuer, footer=()),  # which is for customers
        notices=tuple(_notices(period)),
        figures=tuple(_figures(site, totals)),
        facts=tuple(_facts(site, period)),
        priced=any(bill.priced for bill in site.bills),
        parts=tuple(_customer(site, bill, hrefs.get(bill.customer.id, "")) for bill in site.bills),
        totals=totals,
        unallocated=_unallocated(site, totals[1]),
        circuits=circuit_tables(used, site, zone, "All unallocated energy"),
        idle=_idle([row for row in site.unallocated if not row.kwh]),
        panels=tuple(_panel(item) for item in panel_qualities(site)),
        reconciled=tuple(_reconciled(item) for item in site.reconciliation),
        top=tuple(_rank(item) for item in ranked[:_MOST_CIRCUITS] if item.kwh),
        stranded=tuple(_rank(item) for item in unused[:_MOST_CIRCUITS]),
        stranded_total=number(sum_unused) if unused else "",
        held=tuple((bill.customer.name, why) for bill in site.bills for why in bill.holds),
        statements=(
            Statement(
                "Total",
                "The site total is the sum of all circuits: what is on bills and what is "
                "unallocated.",
            ),
            coverage_statement(coverage, everything),
            method_statement(everything),
        ),
        findings=tuple(finding_text(item, zone) for item in found[:_MOST_FINDINGS]),
        more_findings=max(0, len(found) - _MOST_FINDINGS),
        foot=" \N{MIDDLE DOT} ".join(
            (issuer.name, f"made {period.made}", f"bcm-mqtt {__version__}")
        ),
    )


def _notices(period: Period) -> Iterator[Notice]:
    if not period.over:
        yield Notice(
            "Provisional.",
            "This was made before the month ended; the time still to come counts as missing.",
        )


def _figures(site: SiteMonth, totals: Sequence[SitePart]) -> Iterator[Figure]:
    customers, unallocated, _ = totals
    yield Figure("Site total", "", number(site.kwh), "kWh")
    yield Figure("Customers", "", customers.kwh, "kWh")
    yield Figure("Unallocated", "", unallocated.kwh, "kWh", f"{unallocated.share} of the site")
    for currency, amount in _amounts(site).items():
        yield Figure("Billed", currency, number(amount), "")


def _facts(site: SiteMonth, period: Period) -> Iterator[tuple[str, str]]:
    yield "Period", period.days
    yield "Hours", period.hours_text
    yield "Time zone", period.zone
    yield "Customers", str(len(site.bills))
    counts = Counter(bill.status for bill in site.bills)
    if counts:
        yield "Bills", ", ".join(f"{counts[item]} {item}" for item in BillStatus if counts[item])


def _customer(site: SiteMonth, bill: Bill, href: str) -> SitePart:
    name, key = bill.customer.name, bill.customer.id
    amount = f"{bill.currency} {number(bill.amount)}" if bill.priced else "no tariff"
    return _part(
        site.kwh,
        name,
        bill.usage,
        id=key if key != name else "",
        # A colon would make a scheme of what stands before it.
        href=quote(href, safe="/%"),
        amounts=(amount,),
        status=bill.status.value,
    )


def _totals(site: SiteMonth, everything: Sequence[Usage]) -> Iterator[SitePart]:
    billed = [row for bill in site.bills for row in bill.usage]
    amounts = tuple(f"{currency} {number(sum_)}" for currency, sum_ in _amounts(site).items())
    yield _part(site.kwh, "All customers", billed, amounts=amounts)
    yield _part(site.kwh, "Unallocated", site.unallocated)
    yield _part(site.kwh, "Site total", everything)


def _part(
    of: Decimal,
    label: str,
    usage: Sequence[Usage],
    *,
    id: str = "",  # noqa: A002 - the field's name
    href: str = "",
    amounts: tuple[str, ...] = (),
    status: str = "",
) -> SitePart:
    kwh = total_kwh(usage)
    estimated = sum((row.estimated_kwh + row.edited_kwh for row in usage), Decimal(0))
    coverage = Coverage.total(row.coverage for row in usage)
    part = kwh / of if of else Decimal(0)
    return SitePart(
        label=label,
        id=id,
        href=href,
        kwh=number(kwh),
        width=min(1.0, max(0.0, float(part))),
        share=share(part),
        amounts=amounts,
        estimated=share(estimated / kwh) if estimated and kwh else "",
        hours=Hours.of(coverage),
        covered=covered(coverage),
        status=status,
    )


def _amounts(site: SiteMonth) -> dict[str, Decimal]:
    """Currency to the sum of its bills."""
    amounts = defaultdict[str, Decimal](Decimal)
    for bill in site.bills:
        if bill.priced:
            amounts[bill.currency] += bill.amount
    return dict(sorted(amounts.items()))


def _unallocated(site: SiteMonth, part: SitePart) -> str:
    if not site.unallocated:
        return "None: no circuit is without a customer, and no measured pole without a circuit."
    return (
        f"{part.kwh} kWh, {part.share} of the site, went through circuits without a customer and "
        "through measured poles without a circuit. It is on no bill."
    )


def _idle(idle: Sequence[Usage]) -> str:
    if not idle:
        return ""
    coverage = Coverage.total(row.coverage for row in idle)
    return (
        f"At 0 kWh and not listed: {number(len(idle))} circuits or poles without a customer "
        f"({number(coverage.measured_hours)} circuit-hours measured, "
        f"{number(coverage.missing_hours)} missing)."
    )


def _panel(item: PanelQuality) -> PanelRow:
    hours = item.coverage.hours
    parts = (
        item.coverage.measured_hours,
        item.coverage.estimated_hours + item.coverage.edited_hours,
        item.coverage.missing_hours,
    )
    measured, estimated, missing = (share(part / hours) if hours else "" for part in parts)
    return PanelRow(
        panel=item.panel,
        circuits=number(item.circuits),
        kwh=number(item.kwh),
        measured=measured,
        estimated=estimated,
        missing=missing,
        findings=number(item.findings),
    )


def _reconciled(item: Reconciliation) -> Reconciled:
    return Reconciled(
        panel=item.panel,
        feeder=str(item.feeder),
        fed=number(item.fed_kwh),
        circuits=number(item.circuits_kwh),
        difference=number(item.difference),
        share=share(item.difference / item.fed_kwh) if item.fed_kwh else "",
    )


def _rank(item: RankedCircuit) -> RankRow:
    rating = item.circuit.rating_amps
    return RankRow(
        panel=item.panel,
        poles=poles_text(item.circuit.poles),
        description=item.circuit.description,
        customer=item.customer,
        rating="" if rating is None else f"{rating} A",
        kwh=number(item.kwh),
        peak="" if item.peak_kw is None else number(item.peak_kw),
        usable="" if item.usable_kw is None else number(item.usable_kw),
        stranded="" if item.stranded_kw is None else number(item.stranded_kw),
    )
