"""What the page of a month shows: texts and figures that its template lays out."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from bcm_mqtt.billing.site_billing import MonthWork
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.time.month import Month
from bcm_mqtt.domain.usage.usage import Coverage, total_kwh
from bcm_mqtt.domain.vee.validation import Finding
from bcm_mqtt.web.billing.runs import Run, RunState
from bcm_mqtt.web.billing.words import FLAGS, exact, local, percent, quality


@dataclass(frozen=True, slots=True)
class Quality:
    """How the time came about, in percent, and in words."""

    measured: float
    estimated: float
    edited: float
    missing: float
    text: str

    @classmethod
    def of(cls, coverage: Coverage) -> "Quality":
        """That of a coverage."""
        hours = coverage.hours
        parts = (
            ("measured", coverage.measured_hours),
            ("estimated", coverage.estimated_hours),
            ("by hand", coverage.edited_hours),
            ("missing", coverage.missing_hours),
        )
        text = ", ".join(f"{percent(part, hours)} {name}" for name, part in parts if part)
        return cls(*quality(coverage), text or "no time")


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
    differences: tuple[tuple[str, str, str, str], ...]
    difference: str


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A panel's data."""

    panel: str
    circuits: int
    kwh: str
    estimated: str
    quality: Quality
    findings: int


@dataclass(frozen=True, slots=True)
class ReconciledRow:
    """A panel by what feeds it and by its circuits."""

    panel: str
    fed_by: str
    fed: str
    circuits: str
    difference: str


@dataclass(frozen=True, slots=True)
class OpenCircuit:
    """A circuit of which something stands out; or the energy of nobody's."""

    panel: str
    pole: int
    name: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month's page.

    Attributes:
        site: Name of the site.
        zone: Its time zone.
        month: Which, `2026-03`.
        title: In words.
        before: The month before it.
        after: The month after it.
        over: Whether it has ended, so that bills can be issued.
        run: What was last done with it.
        running: Whether that goes on.
        made: When it was computed; "" if it was not.
        changed: What was changed since.
        others: The rest, of a computed month.
    """

    site: str
    zone: str
    month: str
    title: str
    before: str
    after: str
    over: bool
    run: Run | None
    running: bool
    made: str = ""
    changed: tuple[str, ...] = ()
    customers: tuple[CustomerRow, ...] = ()
    kwh: str = ""
    totals: tuple[tuple[str, str], ...] = ()
    unallocated: str = ""
    unallocated_share: str = ""
    unallocated_rows: tuple[OpenCircuit, ...] = ()
    quality: Quality | None = None
    panels: tuple[PanelRow, ...] = ()
    reconciliation: tuple[ReconciledRow, ...] = ()
    findings: tuple[OpenCircuit, ...] = ()
    to_issue: int = 0
    to_issue_amount: str = ""
    held: int = 0
    differing: int = 0
    issued: int = 0


def month_view(
    site: str,
    zone: str,
    month: Month,
    run: Run | None,
    work: MonthWork | None,
    changed: tuple[str, ...],
    *,
    over: bool,
) -> MonthView:
    """The page of a month, computed or not."""
    named = MonthView(
        site=site,
        zone=zone,
        month=str(month),
        title=f"{month.first_day:%B %Y}",
        before=str(month.shifted(-1)),
        after=str(month.shifted(1)),
        over=over,
        run=run,
        running=run is not None and run.state is RunState.RUNNING,
    )
    return _filled(named, work, changed) if work else named


def _filled(view: MonthView, work: MonthWork, changed: tuple[str, ...]) -> MonthView:
    site = work.site
    rows = [row for bill in site.bills for row in bill.usage] + list(site.unallocated)
    drafts = [bill for bill in site.bills if bill.issue is None]
    ready = [bill for bill in drafts if bill.status is BillStatus.DRAFT]
    unallocated = total_kwh(site.unallocated)
    return MonthView(
        site=view.site,
        zone=view.zone,
        month=view.month,
        title=view.title,
        before=view.before,
        after=view.after,
        over=view.over,
        run=view.run,
        running=view.running,
        made=local(work.made, work.zone),
        changed=changed,
        customers=tuple(_customer(bill, work) for bill in site.bills),
        kwh=exact(site.kwh),
        totals=tuple(_totals(site.bills)),
        unallocated=exact(unallocated),
        unallocated_share=percent(unallocated, site.kwh),
        unallocated_rows=tuple(_nobodys(work)),
        quality=Quality.of(Coverage.total(row.coverage for row in rows)),
        panels=tuple(
            PanelRow(
                one.panel,
                one.circuits,
                exact(one.kwh),
                exact(one.estimated_kwh) if one.estimated_kwh else "",
                Quality.of(one.coverage),
                one.findings,
            )
            for one in work.panels
        ),
        reconciliation=tuple(
            ReconciledRow(
                one.panel,
                str(one.feeder),
                exact(one.fed_kwh),
                exact(one.circuits_kwh),
                exact(one.difference),
            )
            for one in site.reconciliation
        ),
        findings=tuple(_findings(work)),
        to_issue=len(ready),
        to_issue_amount=" and ".join(f"{total} {currency}" for currency, total in _totals(ready)),
        held=sum(bill.status is BillStatus.HELD for bill in drafts),
        differing=len(work.differences),
        issued=len(site.bills) - len(drafts),
    )


def _totals(bills: tuple[Bill, ...] | list[Bill]) -> Iterator[tuple[str, str]]:
    """Currency and sum of the bills that have a price."""
    for currency in sorted({bill.currency for bill in bills if bill.priced}):
        amounts = (bill.amount for bill in bills if bill.priced and bill.currency == currency)
        yield currency, exact(sum(amounts, Decimal(0)))


def _customer(bill: Bill, work: MonthWork) -> CustomerRow:
    customer = bill.customer.id
    lines = work.differences.get(customer, ())
    difference = sum((line.difference for line in lines), Decimal(0))
    return CustomerRow(
        id=customer,
        name=bill.customer.name if bill.customer.name != customer else "",
        bill=f"{bill.month}/bill?{urlencode({'customer': customer})}",
        circuits=len({(row.panel, row.circuit.first_pole) for row in bill.usage}),
        kwh=exact(bill.kwh),
        kwh_number=bill.kwh,
        cost=exact(bill.amount) if bill.priced else "",
        currency=bill.currency if bill.priced else "no tariff",
        cost_number=bill.amount,
        quality=Quality.of(bill.coverage),
        state=bill.status.name.lower(),
        status=status_text(bill),
        holds=() if bill.issue else bill.holds,
        differs=customer in work.differences,
        differences=tuple(
            (line.label, exact(line.before), exact(line.after), f"{line.difference:+,f}")
            for line in lines
        ),
        difference=f"{difference:+,f} {bill.currency}" if difference else "other energy or times",
    )


def status_text(bill: Bill) -> str:
    """Where a bill stands, with its number."""
    if bill.issue is None:
        return bill.status.value if bill.status is BillStatus.HELD or not bill.holds else "released"
    revision = f", revision {bill.issue.revision}" if bill.issue.revision else ""
    return f"bill {bill.issue.number}{revision}"


def _nobodys(work: MonthWork) -> Iterator[OpenCircuit]:
    rows = sorted(work.site.unallocated, key=lambda row: -row.kwh)
    for row in rows:
        if row.kwh:
            name = row.circuit.description or "no circuit"
            yield _open(work, row.panel, row.circuit.first_pole, name, f"{exact(row.kwh)} kWh")


def _findings(work: MonthWork) -> Iterator[OpenCircuit]:
    """Circuits on which validation found something, each once."""
    names = {
        (row.panel, row.circuit.first_pole): row.circuit.description
        for bill in work.drafts.bills
        for row in bill.usage
    }
    found: dict[tuple[str, int], list[Finding]] = {}
    drafts = work.drafts
    for one in (*(item for bill in drafts.bills for item in bill.findings), *drafts.findings):
        if one.poles:
            found.setdefault((one.panel, one.poles[0]), []).append(one)
    for (panel, pole), listed in sorted(found.items()):
        name = names.get((panel, pole), "no circuit")
        yield _open(work, panel, pole, name, "; ".join(_in_short(listed)))


def _in_short(findings: list[Finding]) -> Iterator[str]:
    """Each flag once, with its first figures and how often it is."""
    for flag in dict.fromkeys(one.flag for one in findings):
        same = [one for one in findings if one.flag is flag]
        times = f", {len(same)} times" if len(same) > 1 else ""
        yield f"{FLAGS[flag]}{times}: {same[0].detail}"


def _open(work: MonthWork, panel: str, pole: int, name: str, text: str) -> OpenCircuit:
    query = urlencode({"panel": panel, "pole": pole})
    return OpenCircuit(panel, pole, name, text, f"{work.site.month}/intervals?{query}")
