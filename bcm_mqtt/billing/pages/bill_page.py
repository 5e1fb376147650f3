"""A bill as a page: every text and figure on it, for HTML, PDF and the web page to lay out.

Rows name what they are about (a line's number, a circuit, an instant), so that the web page
can link each figure to its explanation. Templates compute nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bcm_mqtt import __version__
from bcm_mqtt.billing.calibration.in_words import calibration_statements
from bcm_mqtt.billing.pages.bill_rows import (
    Charge,
    Delta,
    FindingRow,
    Measure,
    Part,
    SitePart,
    charges,
    findings,
    measures,
    parts,
    site_parts,
)
from bcm_mqtt.billing.pages.chart import Chart, Past, day_chart, past_months
from bcm_mqtt.billing.pages.circuit_tables import CircuitTables, circuit_tables
from bcm_mqtt.billing.pages.head import Figure, Notice, Period, amount_figure, provisional
from bcm_mqtt.billing.pages.letters.letter import Payment, Reading, letter_texts, payment, readings
from bcm_mqtt.billing.pages.meter_statements import meter_statements
from bcm_mqtt.billing.pages.statements import Statement, bill_statements
from bcm_mqtt.billing.pages.uncertainty import uncertainty_text
from bcm_mqtt.billing.pages.words import (
    Hours,
    Quality,
    is_below_taxes,
    kind_text,
    money,
    number,
    number_text,
    share,
    signed,
    tariff_text,
    time,
)
from bcm_mqtt.billing.wording.findings import hold
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.languages import N_, _, day, translated

_MARKS = {
    BillStatus.DRAFT: N_("DRAFT"),
    BillStatus.HELD: N_("HELD FOR REVIEW"),
    BillStatus.JOINT: N_("BILLED JOINTLY"),
    BillStatus.OWN_USE: N_("OWN USE"),
    BillStatus.SUPERSEDED: N_("SUPERSEDED"),
}


@dataclass(frozen=True, slots=True)
class BillPage:
    """All of it, in the order of the page.

    Attributes:
        kind: Bill, or energy statement where nothing is priced.
        mark: DRAFT, HELD FOR REVIEW or SUPERSEDED; "" of an issued bill.
        peak: The coincident demand in kW, of which the time is the note.
        peak_at: When, UTC.
        subtotal: Before taxes, "" where there are none.
        total: Sum of the lines.
        due: What a revision charges, "" of any other bill.
        subtotal_cost, total_cost, due_cost: The same with the currency.
        quality: How the time came about, in percent.
        uncertainty: Of the energy, as a sentence; "" where there is none.
        sites: Of a bill over several, each with its circuits; else `measures` and `circuits` are
            those of the bill.
        payment: How it is paid, or None.
        readings: Of its meters, where the issuer's letters have them.
        about: What the issuer says on each bill.
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
    peak: Figure | None
    peak_at: datetime | None
    facts: tuple[tuple[str, str], ...]
    priced: bool
    currency: str
    charges: tuple[Charge, ...]
    subtotal: str
    total: str
    subtotal_cost: str
    total_cost: str
    kwh: str
    hours: Hours
    quality: Quality
    uncertainty: str
    deltas: tuple[Delta, ...]
    due: str
    due_cost: str
    chart: Chart | None
    past: tuple[Past, ...]
    parts: tuple[Part, ...]
    sites: tuple[SitePart, ...]
    measures: tuple[Measure, ...]
    circuits: CircuitTables
    statements: tuple[Statement, ...]
    findings: tuple[FindingRow, ...]
    more_findings: int
    payment: Payment | None
    readings: tuple[Reading, ...]
    about: tuple[Statement, ...]
    foot: str


def bill_page(bill: Bill, issuer: Issuer, made: datetime) -> BillPage:
    """The page of a bill.

    Args:
        bill: To show.
        issuer: Whose head and foot it has.
        made: When the page was made, UTC.
    """
    zone = issuer.zone
    period = Period.of(bill, zone, made)
    peak = _peak(bill, issuer)
    listed, more = findings(bill.findings, zone, bill)
    own_id = bill.customer.tax_id
    tax_id = (_("Tax id %(id)s", id=own_id),) if own_id else ()
    taxed = any(line.kind is LineKind.TAX for line in bill.lines)
    charged = (line.amount for line in bill.lines if not is_below_taxes(bill, line))
    subtotal = sum(charged, Decimal(0))
    deltas = bill.issue.deltas if bill.issue else ()
    return BillPage(
        kind=kind_text(bill),
        mark="" if bill.is_credit_note else translated(_MARKS.get(bill.status, "")),
        period=period,
        issuer=issuer,
        customer_label=_("Bill to") if bill.priced else _("For"),
        customer_id=bill.customer.id,
        customer_name=bill.customer.name,
        customer_lines=(*bill.customer.address, *tax_id),
        notices=tuple(_notices(bill, period)),
        figures=(*_amount(bill, period), _energy(bill), *((peak,) if peak else ())),
        peak=peak,
        peak_at=bill.peak.at if bill.peak else None,
        facts=tuple(_facts(bill, issuer, period)),
        priced=bill.priced,
        currency=bill.currency,
        charges=tuple(charges(bill)),
        subtotal=number(subtotal) if taxed else "",
        total=number(bill.amount),
        subtotal_cost=money(subtotal, bill.currency) if taxed else "",
        total_cost=money(bill.amount, bill.currency),
        kwh=number(bill.kwh),
        hours=Hours.of(bill.coverage),
        quality=Quality.of(bill.coverage),
        uncertainty=uncertainty_text(bill),
        deltas=tuple(map(Delta.of, deltas)),
        due=signed(bill.issue.due) if bill.issue and deltas else "",
        due_cost=money(bill.issue.due, bill.currency, plus=True) if bill.issue and deltas else "",
        chart=day_chart(bill.load, zone),
        past=tuple(past_months(bill)),
        parts=tuple(parts(bill)),
        sites=tuple(site_parts(bill)),
        measures=() if bill.sites else tuple(measures(bill)),
        circuits=circuit_tables(() if bill.sites else bill.usage, bill, zone, _("All panels")),
        statements=tuple(_statements(bill, issuer)),
        findings=listed,
        more_findings=more,
        payment=payment(bill, issuer),
        readings=readings(bill, issuer),
        about=tuple(letter_texts(bill, issuer)),
        foot=_foot(bill, issuer, period),
    )


def _statements(bill: Bill, issuer: Issuer) -> Iterator[Statement]:
    yield from bill_statements(bill)
    yield from calibration_statements(bill.calibrations)
    yield from meter_statements(bill, issuer)


def _notices(bill: Bill, period: Period) -> Iterator[Notice]:
    if not period.over:
        yield provisional()
    if bill.is_credit_note:
        yield Notice(_("Credit note."), _("This credits the bill named below in full."))
    elif bill.status is BillStatus.SUPERSEDED:
        yield Notice(_("Superseded."), _("A later revision has replaced this bill."))
    elif bill.status in {BillStatus.HELD, BillStatus.DRAFT} and bill.holds:
        holds = tuple(map(hold, bill.holds))
        why = _("Before it is issued, somebody must review:")
        yield Notice(_("Held for review."), why, holds)
    elif bill.status is BillStatus.JOINT:
        what = _("This is on one bill over several sites, with its taxes: it is not to be paid.")
        yield Notice(_("Billed jointly."), what)
    elif bill.status is BillStatus.OWN_USE:
        yield Notice(_("Own use."), _("This is of the site itself: it is measured and not billed."))
    elif bill.status is BillStatus.DRAFT:
        unsettled = _("This bill has not been issued: its figures may still change.")
        yield Notice(_("Draft."), unsettled)


def _amount(bill: Bill, period: Period) -> Iterator[Figure]:
    if not bill.priced:
        return
    if bill.issue and bill.issue.deltas:
        note = _("total %(amount)s", amount=money(bill.amount, bill.currency))
        due = _("Amount due after revision")
        label = due if period.over else _("Amount so far after revision")
        yield amount_figure(label, bill.issue.due, bill.currency, note, plus=True)
    else:
        label = _("Amount due") if period.over else _("Amount so far")
        if bill.is_credit_note:
            label = _("Amount credited")
        if bill.status is BillStatus.JOINT:
            label = _("Amount at this site")
        yield amount_figure(label, bill.amount, bill.currency)


def _energy(bill: Bill) -> Figure:
    estimated = share(bill.estimated_share)
    note = _("%(share)s of it estimated", share=estimated) if bill.estimated_kwh else ""
    return Figure(_("Energy"), "", number(bill.kwh), "kWh", note)


def _peak(bill: Bill, issuer: Issuer) -> Figure | None:
    if not (peak := bill.peak):
        return None
    notes = [time(peak.at, issuer.zone)]
    if bill.indicative:
        notes.append(_("indicative"))
    if not peak.measured:
        notes.append(_("in part not measured"))
    return Figure(_("Peak, 15 minutes"), "", number(peak.kw), "kW", ", ".join(notes))


def _facts(bill: Bill, issuer: Issuer, period: Period) -> Iterator[tuple[str, str]]:
    yield _("Customer id"), bill.customer.id
    if record := bill.issue:
        yield _("Bill number"), number_text(record)
        issued = record.issued.astimezone(issuer.zone).date()
        yield _("Issued"), day(issued)
        if bill.priced and bill.status is BillStatus.ISSUED:
            yield _("Payable by"), day(issued + issuer.payment)
        if record.revises is not None:
            what = _("Credits") if bill.is_credit_note else _("Replaces")
            yield what, _("bill %(number)s", number=record.replaced_text)
        if record.credit_note:
            yield _("Credit note"), record.credit_note
    if reasons := [one.vat.reason or one.vat.code for one in bill.lines if one.vat]:
        untaxed = dict.fromkeys(filter(None, reasons))
        yield from ((_("VAT"), reason) for reason in untaxed)
    yield _("Period"), period.days
    yield _("Hours"), period.hours_text
    yield _("Time zone"), period.zone
    if not bill.sites:
        yield _("Tariff"), tariff_text(bill)


def _foot(bill: Bill, issuer: Issuer, period: Period) -> str:
    texts = [issuer.name]
    if bill.priced:
        texts.append(_("tariff %(name)s", name=bill.tariff))
    if bill.issue:
        texts.append(_("issued %(at)s", at=time(bill.issue.issued, issuer.zone)))
        texts.append(f"sha256 {bill.issue.sha256[:16]}")
    else:
        texts.append(_("made %(at)s", at=period.made))
    return " \N{MIDDLE DOT} ".join((*texts, f"bcm-mqtt {__version__}"))
