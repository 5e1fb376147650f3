"""What the page of a bill shows; every figure with the link to its explanation."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.explaining.steps import FigureQuery
from bcm_mqtt.domain.bill.bill import METHOD, Bill, BillStatus, DeltaLine
from bcm_mqtt.domain.rating.lines import BillLine, LineKind
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.vee.quality import Finding
from bcm_mqtt.web.billing.month_view import Quality, status_text
from bcm_mqtt.web.billing.words import FLAGS, exact, local, percent, why


@dataclass(frozen=True, slots=True)
class Why:
    """A figure and where it is explained."""

    text: str
    href: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class LineRow:
    """A charge."""

    label: str
    quantity: Why
    price: Why
    amount: Why


@dataclass(frozen=True, slots=True)
class UsageRow:
    """A circuit's row."""

    circuit: str
    description: str
    intervals: str
    span: str
    period: str
    kwh: Why
    peak: Why | None
    quality: Quality


@dataclass(frozen=True, slots=True)
class DayBar:
    """A day's energy; heights in percent of the greatest."""

    day: str
    x: float
    kwh: str
    height: float
    estimated: float


@dataclass(frozen=True, slots=True)
class BillView:
    """A bill's page."""

    site: str
    zone: str
    month: str
    title: str
    customer: str
    name: str
    address: tuple[str, ...]
    status: str
    state: str
    held: bool
    issued: bool
    holds: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    amount: Why | None
    energy: Why
    peak: Why | None
    peak_note: str
    lines: tuple[LineRow, ...]
    total: Why | None
    determinants: tuple[tuple[str, Why, str], ...]
    usage: tuple[UsageRow, ...]
    parts: tuple[tuple[str, Why, str, str], ...]
    quality: Quality
    days: tuple[DayBar, ...]
    bar_width: float
    greatest_day: str
    deltas: tuple[tuple[str, str, str, str], ...]
    due: str
    differences: tuple[tuple[str, str, str, str], ...]
    differs: bool
    findings: tuple[tuple[str, str], ...]
    uncertainty: Why | None
    files: tuple[tuple[str, str], ...]
    method: str = METHOD


def bill_view(
    site: str, bill: Bill, zone: ZoneInfo, differences: tuple[DeltaLine, ...] | None
) -> BillView:
    """The page of a bill.

    Args:
        site: Name of the site.
        bill: Issued, or a draft.
        zone: The site's.
        differences: What an issued bill would have of each line now; None where it is the same.
    """
    customer = bill.customer.id
    whole = why(customer)
    days, width, greatest = _days(bill, zone)
    peak = bill.peak
    notes = []
    if peak:
        notes.append(local(peak.at, zone))
        notes += ["indicative"] if bill.indicative else []
        notes += [] if peak.measured else ["in part not measured"]
    record = bill.issue
    return BillView(
        site=site,
        zone=zone.key,
        month=str(bill.month),
        title=f"{bill.month.first_day:%B %Y}",
        customer=customer,
        name=bill.customer.name,
        address=bill.customer.address,
        status=status_text(bill),
        state=bill.status.name.lower(),
        held=bill.status is BillStatus.HELD,
        issued=record is not None,
        holds=() if record else bill.holds,
        facts=tuple(_facts(bill, zone)),
        amount=Why(exact(bill.amount), whole, bill.currency) if bill.priced else None,
        energy=Why(exact(bill.kwh), whole, "kWh"),
        peak=Why(exact(peak.kw), why(customer, FigureQuery(at=peak.at)), "kW") if peak else None,
        peak_note=", ".join(notes),
        lines=tuple(_line(bill, at, line) for at, line in enumerate(bill.lines, 1)),
        total=Why(exact(bill.amount), whole, bill.currency) if bill.priced else None,
        determinants=tuple(_determinants(bill)),
        usage=tuple(_usage(bill, row, zone) for row in bill.usage),
        parts=tuple(_parts(bill)),
        quality=Quality.of(bill.coverage),
        days=days,
        bar_width=width,
        greatest_day=greatest,
        deltas=_deltas(record.deltas) if record else (),
        due=f"{record.due:+,f} {bill.currency}" if record and record.deltas else "",
        differences=_deltas(differences or ()),
        differs=differences is not None,
        findings=tuple(
            (
                _finding(one, zone),
                _intervals(one.panel, one.poles[0]) if one.poles else "",
            )
            for one in bill.findings
        ),
        uncertainty=Why(exact(bill.uncertainty_kwh), whole, "kWh")
        if bill.uncertainty_kwh
        else None,
        files=tuple(_files(bill)),
    )


def _facts(bill: Bill, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    yield "Period", f"{local(bill.start, zone)} to {local(bill.end, zone)}"
    yield "Tariff", bill.tariff or "none"
    if record := bill.issue:
        revision = f", revision {record.revision}" if record.revision else ""
        yield "Bill number", f"{record.number}{revision}"
        yield "Issued", local(record.issued, zone)
        if record.supersedes is not None:
            yield "Takes the place of", f"bill {record.supersedes}"
        if record.reason:
            yield "Why", record.reason
        yield "SHA-256", record.sha256


def _line(bill: Bill, at: int, line: BillLine) -> LineRow:
    href = why(bill.customer.id, FigureQuery(line=at))
    if line.kind is LineKind.TAX:
        rate = f"{line.price * 100:f}"
        price = Why(f"{rate.rstrip('0').rstrip('.') if '.' in rate else rate} %", href)
    else:
        price = Why(exact(line.price), href)
    return LineRow(
        line.label,
        Why(exact(line.quantity), href, line.unit),
        price,
        Why(exact(line.amount), href, bill.currency),
    )


def _determinants(bill: Bill) -> Iterator[tuple[str, Why, str]]:
    for one in bill.determinants:
        lines = (at for at, line in enumerate(bill.lines, 1) if line.determinant == one.name)
        at = next(lines, None)
        href = why(bill.customer.id, FigureQuery(line=at) if at else None)
        yield one.name, Why(exact(one.quantity), href, one.unit), one.basis


def _usage(bill: Bill, row: Usage, zone: ZoneInfo) -> UsageRow:
    circuit = row.panel, row.circuit.first_pole
    whole = row.start == bill.start and row.end == bill.end
    customer = bill.customer.id
    return UsageRow(
        circuit=f"{row.panel}:{poles_text(row.circuit.poles)}",
        description=row.circuit.description,
        intervals=_intervals(*circuit),
        span="" if whole else f"{local(row.start, zone)} to {local(row.end, zone)}",
        period=row.period,
        kwh=Why(exact(row.kwh), why(customer, FigureQuery(circuit=circuit)), "kWh"),
        peak=Why(
            exact(row.peak.kw), why(customer, FigureQuery(circuit=circuit, at=row.peak.at)), "kW"
        )
        if row.peak
        else None,
        quality=Quality.of(row.coverage),
    )


def _parts(bill: Bill) -> Iterator[tuple[str, Why, str, str]]:
    coverage, whole = bill.coverage, why(bill.customer.id)
    measured = bill.kwh - bill.estimated_kwh - bill.edited_kwh
    for label, hours, kwh in (
        ("Measured", coverage.measured_hours, measured),
        ("Estimated", coverage.estimated_hours, bill.estimated_kwh),
        ("Entered by hand", coverage.edited_hours, bill.edited_kwh),
        ("Missing, not billed", coverage.missing_hours, None),
    ):
        energy = "" if kwh is None else exact(kwh)
        yield label, Why(energy, whole, "kWh"), exact(hours), percent(hours, coverage.hours)


def _days(bill: Bill, zone: ZoneInfo) -> tuple[tuple[DayBar, ...], float, str]:
    days = list(bill.load.days(zone)) if bill.load else []
    greatest = max((day.kwh for day in days), default=Decimal(0))
    if not greatest:
        return (), 0.0, ""
    step = 100 / len(days)
    bars = tuple(
        DayBar(
            str(day.day),
            round(at * step, 3),
            exact(day.kwh),
            round(max(0.0, float(100 * day.kwh / greatest)), 2),
            round(max(0.0, float(100 * day.estimated_kwh / greatest)), 2),
        )
        for at, day in enumerate(days)
    )
    return bars, round(step * 0.8, 3), exact(greatest)


def _deltas(lines: tuple[DeltaLine, ...]) -> tuple[tuple[str, str, str, str], ...]:
    return tuple(
        (line.label, exact(line.before), exact(line.after), f"{line.difference:+,f}")
        for line in lines
    )


def _intervals(panel: str, pole: int) -> str:
    return f"intervals?{urlencode({'panel': panel, 'pole': pole})}"


def _finding(one: Finding, zone: ZoneInfo) -> str:
    span = f"{local(one.start, zone)} to {local(one.end, zone)}"
    return f"{FLAGS[one.flag]}, {one.panel}:{poles_text(one.poles)}, {span}: {one.detail}"


def _files(bill: Bill) -> Iterator[tuple[str, str]]:
    query = urlencode({"customer": bill.customer.id})
    for name, form in (
        ("PDF", "pdf"),
        ("XLSX", "xlsx"),
        ("HTML", "html"),
        ("Green Button", "greenbutton"),
    ):
        yield name, f"api/v1/billing/months/{bill.month}/bill/{form}?{query}"
