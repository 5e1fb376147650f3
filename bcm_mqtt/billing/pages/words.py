"""How bills, reports and the billing page write numbers, times, statuses and findings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final, Self
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.bill.bill import Bill, BillStatus, SiteMonth, amounts
from bcm_mqtt.domain.bill.issued import IssueRecord
from bcm_mqtt.domain.rating.lines import BillLine, LineKind
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.tariff.rate import price_of
from bcm_mqtt.domain.time import MILLISECOND, midnight
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from bcm_mqtt.domain.vee.quality import Finding

_SHARE_STEP = Decimal("0.01")
_PERCENT_STEP = Decimal("0.1")
NO_TARIFF: Final = "no tariff"
"""In place of the cost of energy that is not priced."""


def number(value: Decimal | int) -> str:
    """With its own decimals and thousands separators."""
    return f"{Decimal(value):,f}"


def signed(amount: Decimal) -> str:
    """With a plus where there is more to pay."""
    return f"{amount:+,f}" if amount else number(amount)


def share(value: Decimal) -> str:
    """In percent, rounded half up."""
    return f"{(100 * value).quantize(_SHARE_STEP, ROUND_HALF_UP)}%"


def percent(part: Decimal, whole: Decimal) -> str:
    """A share rounded half up, but 0 % is none and 100 % is all of it; "" of nothing."""
    if not whole:
        return ""
    value = (100 * part / whole).quantize(_PERCENT_STEP, ROUND_HALF_UP)
    if 0 < part < whole:
        value = min(max(value, _PERCENT_STEP), 100 - _PERCENT_STEP)
    return f"{value.normalize():f} %"


def line_price(line: BillLine, currency: str) -> str:
    """What a line costs per unit, as tariffs are written (11.50, 0.1185); of a tax in percent."""
    if line.kind is LineKind.TAX:
        return tax_rate(line.price)
    return price_of(line.price, currency)


def tax_rate(rate: Decimal) -> str:
    """In percent, with the digits that it has."""
    text = f"{rate * 100:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def measured_share(coverage: Coverage) -> str:
    """The measured share in percent, rounded down: 100.0% is all of it."""
    return f"{(100 * coverage.share).quantize(_PERCENT_STEP, ROUND_FLOOR)}%"


def time(at: datetime, zone: ZoneInfo) -> str:
    """Local, with the name of its offset, as one hour of November comes twice."""
    local = at.astimezone(zone)
    seconds = f":{local:%S}" if local.second else ""
    return f"{local:%Y-%m-%d %H:%M}{seconds} {local:%Z}"


def span(row: Usage, within: Bill | SiteMonth, zone: ZoneInfo) -> str:
    """Which part of the month a row is, "" for all of it."""
    parts = []
    if row.start > within.start:
        whole_day = _is_midnight(row.start, zone)
        start = str(row.start.astimezone(zone).date()) if whole_day else time(row.start, zone)
        parts.append(f"from {start}")
    if row.end < within.end:
        whole_day = _is_midnight(row.end, zone)
        last = (row.end - MILLISECOND).astimezone(zone).date()
        parts.append(f"through {last}" if whole_day else f"until {time(row.end, zone)}")
    return " ".join(parts)


def finding_text(finding: Finding, zone: ZoneInfo) -> str:
    """A finding as a sentence without its full stop."""
    plural = "s" if len(finding.poles) > 1 else ""
    poles = f", pole{plural} {poles_text(finding.poles)}" if finding.poles else ""
    when = f"{time(finding.start, zone)} to {time(finding.end, zone)}"
    detail = f": {finding.detail}" if finding.detail else ""
    return f"{finding.flag.meaning.title}, panel {finding.panel}{poles}, {when}{detail}"


def kind_text(bill: Bill) -> str:
    """What a bill is called."""
    return "Bill" if bill.priced else "Energy statement"


def tariff_text(bill: Bill) -> str:
    """Of which tariff a bill is."""
    return bill.tariff or "none"


def number_text(record: IssueRecord) -> str:
    """The number of an issued bill, with its revision."""
    return f"{record.number}, revision {record.revision}" if record.revision else f"{record.number}"


def sums(bills: Iterable[Bill]) -> tuple[tuple[str, str], ...]:
    """Currency and sum of the bills that have a price."""
    return tuple((currency, number(total)) for currency, total in amounts(bills).items())


def status_text(bill: Bill) -> str:
    """Whether a bill is a draft, held, released or issued; an issued one with its number."""
    if bill.issue is None:
        return bill.status.value if bill.status is BillStatus.HELD or not bill.holds else "released"
    return f"bill {number_text(bill.issue)}"


def _is_midnight(at: datetime, zone: ZoneInfo) -> bool:
    return at == midnight(at.astimezone(zone).date(), zone)


@dataclass(frozen=True, slots=True)
class Hours:
    """Coverage as text; `estimated` is estimated and edited, "" where nothing is."""

    measured: str
    estimated: str
    missing: str
    complete: bool

    @classmethod
    def of(cls, coverage: Coverage) -> Self:
        """As text."""
        estimated = coverage.estimated_hours + coverage.edited_hours
        return cls(
            number(coverage.measured_hours),
            number(estimated) if estimated else "",
            number(coverage.missing_hours),
            complete=not coverage.missing_hours,
        )


@dataclass(frozen=True, slots=True)
class Quality:
    """How the time came about: four shares in percent, 0 to 100, and all of it in words."""

    measured: float
    estimated: float
    edited: float
    missing: float
    text: str

    @classmethod
    def of(cls, coverage: Coverage) -> Self:
        """As shares."""
        hours = coverage.hours
        parts = {
            "measured": coverage.measured_hours,
            "estimated": coverage.estimated_hours,
            "by hand": coverage.edited_hours,
            "missing": coverage.missing_hours,
        }
        text = ", ".join(f"{percent(part, hours)} {name}" for name, part in parts.items() if part)
        measured, estimated, edited, missing = (
            float(100 * part / hours) if hours else 0.0 for part in parts.values()
        )
        return cls(measured, estimated, edited, missing, text or "no time")
