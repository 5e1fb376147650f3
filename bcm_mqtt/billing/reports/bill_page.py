"""A bill as a page: every text and figure on it, for HTML and PDF to lay out.

The sums of a page that no bill holds are made here; templates compute nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bcm_mqtt import __version__
from bcm_mqtt.billing.reports.chart import Chart, day_chart
from bcm_mqtt.billing.reports.circuit_tables import CircuitTables, Hours, circuit_tables
from bcm_mqtt.billing.reports.page_parts import (
    Charge,
    Delta,
    Figure,
    Measure,
    Notice,
    Part,
    Past,
)
from bcm_mqtt.billing.reports.period import Period
from bcm_mqtt.billing.reports.statements import (
    Statement,
    coverage_statement,
    method_statement,
    sampling_statement,
)
from bcm_mqtt.billing.reports.words import finding_text, number, share, time
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.issuer import Issuer
from bcm_mqtt.domain.rating.lines import LineKind

_MOST_FINDINGS = 40
_ONE = {"circuits": "circuit", "months": "month"}
"""One of them, where the unit of the quantity is a plural."""


@dataclass(frozen=True, slots=True)
class BillPage:
    """All of it, in the order of the page.

    Attributes:
        kind: Bill, or energy statement where nothing is priced.
        mark: DRAFT, HELD or SUPERSEDED; "" of an issued bill.
        subtotal: Before taxes, "" where there are none.
        total: Sum of the lines.
        foot: What stands at the end of the page.
        Others: See their types.
    """

    kind: str
    mark: str
    period: Period
    issuer: Issuer
    customer_label: str
    customer_id: str
    customer_name: str
    customer_lines: tuple[str, ...]
    notices: tuple[Notice, ...]
    figures: tuple[Figure, ...]
    facts: tuple[tuple[str, str], ...]
    priced: bool
    currency: str
    charges: tuple[Charge, ...]
    subtotal: str
    total: str
    kwh: str
    hours: Hours
    deltas: tuple[Delta, ...]
    due: str
    chart: Chart | None
    past: tuple[Past, ...]
    parts: tuple[Part, ...]
    measures: tuple[Measure, ...]
    circuits: CircuitTables
    statements: tuple[Statement, ...]
    findings: tuple[str, ...]
    more_findings: int
    foot: str


def bill_page(bill: Bill, issuer: Issuer, made: datetime) -> BillPage:
    """The page of a bill.

    Args:
        bill: To print.
        issuer: Whose head and foot it has.
        made: When the report was made, UTC.
    """
    zone = issuer.zone
    period = Period.of(bill, zone, made)
    taxes = sum((line.amount for line in bill.lines if line.kind is LineKind.TAX), Decimal(0))
    taxed = any(line.kind is LineKind.TAX for line in bill.lines)
    tax_id = (f"Tax id {bill.customer.tax_id}",) if bill.customer.tax_id else ()
    coverage = coverage_statement(bill.coverage, bill.usage)
    said = (coverage, method_statement(bill.usage), sampling_statement(bill))
    return BillPage(
        kind="Bill" if bill.priced else "Energy statement",
        mark=_mark(bill),
        period=period,
        issuer=issuer,
        customer_label="Bill to" if bill.priced else "For",
        customer_id=bill.customer.id,
        customer_name=bill.customer.name,
        customer_lines=(*bill.customer.address, *tax_id),
        notices=tuple(_notices(bill, period)),
        figures=tuple(_figures(bill, issuer, period)),
        facts=tuple(_facts(bill, issuer, period)),
        priced=bill.priced,
        currency=bill.currency,
        charges=tuple(_charges(bill)),
        subtotal=number(bill.amount - taxes) if taxed else "",
        total=number(bill.amount),
        kwh=number(bill.kwh),
        hours=Hours.of(bill.coverage),
        deltas=tuple(_deltas(bill)),
        due=_signed(bill.issue.due) if bill.issue and bill.issue.deltas else "",
        chart=day_chart(bill.load, zone),
        past=tuple(_past(bill)),
        parts=tuple(_parts(bill)),
        measures=tuple(
            Measure(item.name, number(item.quantity), item.unit, item.basis)
            for item in bill.determinants
        ),
        circuits=circuit_tables(bill.usage, bill, zone, "All panels"),
        statements=tuple(item for item in said if item),
        findings=tuple(finding_text(item, zone) for item in bill.findings[:_MOST_FINDINGS]),
        more_findings=max(0, len(bill.findings) - _MOST_FINDINGS),
        foot=_foot(bill, issuer, period),
    )


def _mark(bill: Bill) -> str:
    marks = {
        BillStatus.DRAFT: "DRAFT",
        BillStatus.HELD: "HELD FOR REVIEW",
        BillStatus.SUPERSEDED: "SUPERSEDED",
    }
    return marks.get(bill.status, "")


def _notices(bill: Bill, period: Period) -> Iterator[Notice]:
    if not period.over:
        yield Notice(
            "Provisional.",
            "This was made before the month ended; the time still to come counts as missing.",
        )
    if bill.status is BillStatus.SUPERSEDED:
        yield Notice("Superseded.", "A later revision has taken the place of this bill.")
    elif bill.status is not BillStatus.ISSUED and bill.holds:
        yield Notice("Held for review.", "Before it is issued, somebody must look at:", bill.holds)
    elif bill.status is BillStatus.DRAFT:
        yield Notice("Draft.", "This bill has not been issued: its figures may still change.")


def _figures(bill: Bill, issuer: Issuer, period: Period) -> Iterator[Figure]:
    if bill.priced:
        label = "Amount due" if period.over else "Amount so far"
        if bill.issue and bill.issue.deltas:
            note = f"total {bill.currency} {number(bill.amount)}"
            yield Figure(
                f"{label} after revision", bill.currency, _signed(bill.issue.due), "", note
            )
        else:
            yield Figure(label, bill.currency, number(bill.amount), "")
    yield Figure("Energy", "", number(bill.kwh), "kWh", _estimated(bill))
    if peak := bill.peak:
        notes = [time(peak.at, issuer.zone)]
        if bill.indicative:
            notes.append("indicative")
        if not peak.measured:
            notes.append("in part not measured")
        yield Figure("Peak, 15 minutes", "", number(peak.kw), "kW", ", ".join(notes))


def _estimated(bill: Bill) -> str:
    return f"{share(bill.estimated_share)} of it estimated" if bill.estimated_kwh else ""


def _facts(bill: Bill, issuer: Issuer, period: Period) -> Iterator[tuple[str, str]]:
    yield "Customer id", bill.customer.id
    if record := bill.issue:
        revision = f", revision {record.revision}" if record.revision else ""
        yield "Bill number", f"{record.number}{revision}"
        issued = record.issued.astimezone(issuer.zone).date()
        yield "Issued", str(issued)
        if bill.priced and bill.status is BillStatus.ISSUED:
            yield "Payable by", str(issued + issuer.payment)
        if record.supersedes is not None:
            yield "Takes the place of", f"bill {record.supersedes}"
    yield "Period", period.days
    yield "Hours", period.hours_text
    yield "Time zone", period.zone
    yield "Tariff", bill.tariff or "none"


def _charges(bill: Bill) -> Iterator[Charge]:
    for line in bill.lines:
        price = _percent(line.price) if line.kind is LineKind.TAX else number(line.price)
        per = _ONE.get(line.unit, line.unit)
        rate = price if line.kind is LineKind.TAX else f"{bill.currency} {price} per {per}"
        yield Charge(
            label=line.label,
            quantity=number(line.quantity),
            unit=per if line.quantity == 1 else line.unit,
            price=price,
            rate=rate,
            amount=number(line.amount),
            tax=line.kind is LineKind.TAX,
            timed=bool(line.coverage.hours),
            hours=Hours.of(line.coverage),
        )


def _deltas(bill: Bill) -> Iterator[Delta]:
    for delta in bill.issue.deltas if bill.issue else ():
        yield Delta(
            delta.label, number(delta.before), number(delta.after), _signed(delta.difference)
        )


def _parts(bill: Bill) -> Iterator[Part]:
    """Measured, estimated, edited and missing, with the energy of each."""
    coverage, hours = bill.coverage, bill.coverage.hours
    measured = bill.kwh - bill.estimated_kwh - bill.edited_kwh
    for label, of, kwh in (
        ("Measured", coverage.measured_hours, measured),
        ("Estimated", coverage.estimated_hours, bill.estimated_kwh),
        ("Entered by hand", coverage.edited_hours, bill.edited_kwh),
        ("Missing, not billed", coverage.missing_hours, None),
    ):
        yield Part(
            label,
            f"{of:,.2f}",
            "" if kwh is None else number(kwh),
            share(of / hours) if hours else "",
        )


def _past(bill: Bill) -> Iterator[Past]:
    if not bill.past:
        return
    greatest = max(bill.kwh, *(item.kwh for item in bill.past))
    months = [(bill.month, bill.kwh, bill.amount if bill.priced else None, bill.currency)]
    months += [(item.month, item.kwh, item.amount, item.currency) for item in bill.past]
    for month, kwh, amount, currency in months:
        yield Past(
            month=f"{month.first_day:%b} {month.year}",
            kwh=number(kwh),
            amount="" if amount is None else f"{currency} {number(amount)}",
            width=max(0.0, float(kwh / greatest)) if greatest else 0.0,
        )


def _foot(bill: Bill, issuer: Issuer, period: Period) -> str:
    parts = [issuer.name]
    if bill.priced:
        parts.append(f"tariff {bill.tariff}")
    if bill.issue:
        parts.append(f"issued {time(bill.issue.issued, issuer.zone)}")
        parts.append(f"sha256 {bill.issue.sha256[:16]}")
    else:
        parts.append(f"made {period.made}")
    return " \N{MIDDLE DOT} ".join((*parts, f"bcm-mqtt {__version__}"))


def _percent(share: Decimal) -> str:
    """A tax rate, with the digits that it has."""
    text = f"{share * 100:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def _signed(amount: Decimal) -> str:
    """With a plus where there is more to pay."""
    return f"{amount:+,f}" if amount else number(amount)
