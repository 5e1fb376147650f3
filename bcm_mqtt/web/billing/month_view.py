"""What the page of a month shows: texts and figures that its template lays out."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from urllib.parse import urlencode

from bcm_mqtt.billing.calibration.in_words import CalibrationRow, calibration_rows
from bcm_mqtt.billing.delivery.month_delivery import Delivered
from bcm_mqtt.billing.month_work import MonthWork
from bcm_mqtt.billing.pages.assumed import assumed_statements
from bcm_mqtt.billing.pages.bill_rows import Delta
from bcm_mqtt.billing.pages.head import Period
from bcm_mqtt.billing.pages.month_invoices import InvoiceTable, invoice_tables
from bcm_mqtt.billing.pages.month_rows import PanelRow, Reconciled, panel_rows, reconciled
from bcm_mqtt.billing.pages.statements import method_statement
from bcm_mqtt.billing.pages.words import (
    NO_TARIFF,
    Quality,
    number,
    percent,
    signed,
    status_text,
    sums,
)
from bcm_mqtt.billing.reports.formats import FORMATS, MONTH_FORMATS
from bcm_mqtt.billing.wording.findings import detail, hold, title
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.usage.usage import Coverage, circuit_count, total_kwh
from bcm_mqtt.domain.vee.quality import Finding
from bcm_mqtt.languages import _, month, translated
from bcm_mqtt.web.billing.circuit_view import intervals_link
from bcm_mqtt.web.billing.month_end.checklist import Item, checklist
from bcm_mqtt.web.billing.month_end.last_month import LastMonth, ended, rule_of_jumps
from bcm_mqtt.web.billing.month_head import MonthHead


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer's month; numbers beside the texts are to sort by."""

    id: str
    name: str
    bill: str
    circuits: int
    kwh: str
    kwh_number: Decimal
    cost: str
    currency: str
    cost_number: Decimal
    quality: Quality
    state: str
    status: str
    holds: tuple[str, ...]
    differs: bool
    differences: tuple[Delta, ...]
    difference: str
    last: LastMonth | None
    may_be_issued: bool
    period: str


@dataclass(frozen=True, slots=True)
class OpenCircuit:
    """A circuit that needs attention: validation found something, or its energy is unallocated."""

    panel: str
    pole: CircuitId
    name: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class MonthView(MonthHead):
    """A month's page.

    Attributes:
        notes: What people edited of the directory and bills do not have.
        files: Entry of the menu, and link from the site's root.
        method: How the energy was determined, in sentences.
        power_factors: Which circuits' are neither stated nor measured, or "".
        checklist: What is done and what is open.
        before_title: The month before, in words; "" where nothing was issued for it.
        ended: Customers of the month before who have no circuit any more.
        jump_rule: Which change is a jump.
        Others: The rest, of a computed month.
    """

    notes: tuple[str, ...] = ()
    customers: tuple[CustomerRow, ...] = ()
    kwh: str = ""
    totals: tuple[tuple[str, str], ...] = ()
    unallocated: str = ""
    unallocated_share: str = ""
    unallocated_rows: tuple[OpenCircuit, ...] = ()
    quality: Quality | None = None
    panels: tuple[PanelRow, ...] = ()
    reconciliation: tuple[Reconciled, ...] = ()
    invoices: tuple[InvoiceTable, ...] = ()
    calibrated: tuple[CalibrationRow, ...] = ()
    findings: tuple[OpenCircuit, ...] = ()
    to_issue: int = 0
    to_issue_amount: str = ""
    held: int = 0
    differing: int = 0
    issued: int = 0
    files: tuple[tuple[str, str], ...] = ()
    method: str = ""
    power_factors: str = ""
    checklist: tuple[Item, ...] = ()
    before_title: str = ""
    ended: tuple[tuple[str, LastMonth], ...] = ()
    jump_rule: str = ""


def month_view(view: MonthView, work: MonthWork, delivered: Delivered | None) -> MonthView:
    """The page of a month that was computed.

    Args:
        view: Its head.
        work: The month.
        delivered: How far its issued bills have got; None where nobody knows now.
    """
    site = work.site
    drafts = [bill for bill in site.bills if bill.issue is None]
    ready = [bill for bill in drafts if bill.may_be_issued(work.made)]
    unallocated = total_kwh(site.unallocated)
    return replace(
        view,
        notes=work.notes,
        customers=tuple(_customer(bill, work) for bill in site.bills),
        kwh=number(site.kwh),
        totals=sums(site.bills),
        unallocated=number(unallocated),
        unallocated_share=percent(unallocated, site.kwh),
        unallocated_rows=tuple(_unallocated(work)),
        quality=Quality.of(Coverage.total(row.coverage for row in site.usage)),
        panels=panel_rows(work.panels),
        reconciliation=reconciled(site),
        invoices=invoice_tables(site),
        calibrated=calibration_rows(site),
        findings=tuple(_findings(work)),
        to_issue=len(ready),
        to_issue_amount=" + ".join(f"{total} {currency}" for currency, total in sums(ready)),
        held=sum(bill.status is BillStatus.HELD for bill in drafts),
        differing=len(work.differences),
        issued=len(site.bills) - len(drafts),
        files=tuple(_files(view.month)),
        method=method_statement(site.usage).text,
        power_factors=" ".join(one.text for one in assumed_statements(site.usage)),
        checklist=tuple(checklist(view, work, delivered)),
        before_title=month(site.month.shifted(-1).first_day) if work.comparisons else "",
        ended=tuple(ended(work.comparisons)),
        jump_rule=rule_of_jumps(),
    )


def _files(of: str) -> Iterator[tuple[str, str]]:
    for form in MONTH_FORMATS:
        if entry := FORMATS[form].menu:
            yield translated(entry), f"api/v1/billing/months/{of}/files/{form}"


def _customer(bill: Bill, work: MonthWork) -> CustomerRow:
    customer = bill.customer.id
    lines = work.differences.get(customer, ())
    difference = sum((line.difference for line in lines), Decimal(0))
    return CustomerRow(
        id=customer,
        name=bill.customer.name if bill.customer.name != customer else "",
        bill=f"{bill.month}/bill?{urlencode({'customer': customer})}",
        circuits=circuit_count(bill.usage),
        kwh=number(bill.kwh),
        kwh_number=bill.kwh,
        cost=number(bill.amount) if bill.priced else "",
        currency=bill.currency if bill.priced else translated(NO_TARIFF),
        cost_number=bill.amount,
        quality=Quality.of(bill.coverage),
        state=bill.status.name.lower(),
        status=status_text(bill),
        holds=() if bill.issue else tuple(map(hold, bill.holds)),
        differs=customer in work.differences,
        differences=tuple(map(Delta.of, lines)),
        difference=f"{signed(difference)} {bill.currency}"
        if difference
        else _("other energy or times"),
        last=LastMonth.of(compared) if (compared := work.comparisons.get(customer)) else None,
        may_be_issued=bill.may_be_issued(work.made),
        period=_period(bill, work),
    )


def _period(bill: Bill, work: MonthWork) -> str:
    """Its days, where they are not those of the calendar month."""
    if (bill.start, bill.end) == (work.site.start, work.site.end):
        return ""
    return Period.of(bill, work.zone, work.made).days


def _unallocated(work: MonthWork) -> Iterator[OpenCircuit]:
    rows = sorted(work.site.unallocated, key=lambda row: -row.kwh)
    for row in rows:
        if row.kwh:
            name = row.circuit.description or _("no circuit")
            yield _open(work, row.panel, row.circuit.id, name, f"{number(row.kwh)} kWh")


def _findings(work: MonthWork) -> Iterator[OpenCircuit]:
    """Circuits on which validation found something, each once."""
    names = {
        (row.panel, row.circuit.id): row.circuit.description
        for bill in work.drafts.bills
        for row in bill.usage
    }
    by_circuit = defaultdict[tuple[str, int], list[Finding]](list)
    for one in work.drafts.all_findings:
        if one.poles:
            by_circuit[one.panel, one.poles[0]].append(one)
    for (panel, pole), listed in sorted(by_circuit.items()):
        name = names.get((panel, pole), _("no circuit"))
        yield _open(work, panel, pole, name, "; ".join(_in_short(listed)))


def _in_short(findings: list[Finding]) -> Iterator[str]:
    """Each flag once, with its first figures and how often it is."""
    for flag in dict.fromkeys(one.flag for one in findings):
        same = [one for one in findings if one.flag is flag]
        what, figures = title(flag), detail(same[0].detail)
        if len(same) > 1:
            what = _("%(title)s, %(count)s times", title=what, count=len(same))
        yield _("%(title)s: %(figures)s", title=what, figures=figures)


def _open(work: MonthWork, panel: str, pole: CircuitId, name: str, text: str) -> OpenCircuit:
    return OpenCircuit(panel, pole, name, text, f"{work.site.month}/{intervals_link(panel, pole)}")
