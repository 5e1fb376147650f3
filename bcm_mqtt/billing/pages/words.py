"""How bills, reports and the billing page write numbers, times, statuses and findings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final, Self
from zoneinfo import ZoneInfo

from bcm_mqtt import languages
from bcm_mqtt.billing.wording.findings import detail
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.issued import IssueRecord
from bcm_mqtt.domain.bill.months.site_month import SiteMonth, amounts
from bcm_mqtt.domain.money import in_full
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.time import MILLISECOND, midnight
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from bcm_mqtt.domain.vee.quality import Finding
from bcm_mqtt.languages import ENGLISH, N_, _, language, ngettext, translated

_SHARE_STEP = Decimal("0.01")
_PERCENT_STEP = Decimal("0.1")
NO_TARIFF: Final = N_("no tariff")
"""In place of the cost of energy that is not priced."""


def number(value: Decimal | int) -> str:
    """With its own decimals and thousands separators."""
    return languages.number(Decimal(value))


def signed(amount: Decimal) -> str:
    """With a plus where there is more to pay."""
    return languages.number(amount, signed=True)


def money(amount: Decimal, currency: str, *, plus: bool = False) -> str:
    """An amount with its own decimals and its currency; `plus` where there is more to pay."""
    if languages.tag() == ENGLISH:
        return f"{currency} {signed(amount) if plus else number(amount)}"
    decimals = max(0, -int(amount.as_tuple().exponent))
    return languages.money(amount, currency, decimals=decimals, signed=plus)


def share(value: Decimal) -> str:
    """In percent, rounded half up."""
    return languages.percent((100 * value).quantize(_SHARE_STEP, ROUND_HALF_UP))


def percent(part: Decimal, whole: Decimal) -> str:
    """A share rounded half up, but 0 % is none and 100 % is all of it; "" of nothing."""
    if not whole:
        return ""
    value = (100 * part / whole).quantize(_PERCENT_STEP, ROUND_HALF_UP)
    if 0 < part < whole:
        value = min(max(value, _PERCENT_STEP), 100 - _PERCENT_STEP)
    return spaced_percent(value.normalize())


def spaced_percent(value: Decimal) -> str:
    """With its own decimals; English with a space, as sentences have it."""
    if language() == ENGLISH:
        return f"{languages.number(value)} %"
    return languages.percent(value)


def is_below_taxes(bill: Bill, line: BillLine) -> bool:
    """Whether a line comes below the sum before taxes; what is of a site is in the site's sum."""
    if bill.sites:
        return line.is_tax_on_all
    return line.kind in {LineKind.TAX, LineKind.DEPOSIT, LineKind.ROUNDING}


def line_price(line: BillLine, currency: str) -> str:
    """What a line costs per unit, as tariffs are written (11.50, 0.1185); of a tax in percent."""
    if line.is_share:
        return tax_rate(line.price)
    return number(in_full(line.price, currency))


def tax_rate(rate: Decimal) -> str:
    """In percent, with the digits that it has."""
    text = f"{rate * 100:f}"
    return languages.percent(Decimal(text.rstrip("0").rstrip(".") if "." in text else text))


def measured_share(coverage: Coverage) -> str:
    """The measured share in percent, rounded down: 100.0% is all of it."""
    return languages.percent((100 * coverage.share).quantize(_PERCENT_STEP, ROUND_FLOOR))


def time(at: datetime, zone: ZoneInfo) -> str:
    """Local, with the name of its offset, as one hour of November comes twice."""
    local = at.astimezone(zone)
    return f"{languages.moment(local, seconds=bool(local.second))} {local:%Z}"


def span(row: Usage, within: Bill | SiteMonth, zone: ZoneInfo) -> str:
    """Which part of the month a row is, "" for all of it."""
    start = end = ""
    if row.start > within.start:
        whole_day = _is_midnight(row.start, zone)
        start = languages.day(row.start.astimezone(zone)) if whole_day else time(row.start, zone)
    if row.end < within.end and not _is_midnight(row.end, zone):
        until = time(row.end, zone)
        if start:
            return _("from %(start)s until %(end)s", start=start, end=until)
        return _("until %(end)s", end=until)
    if row.end < within.end:
        end = languages.day((row.end - MILLISECOND).astimezone(zone))
        if start:
            return _("from %(start)s through %(end)s", start=start, end=end)
        return _("through %(end)s", end=end)
    return _("from %(start)s", start=start) if start else ""


def finding_text(finding: Finding, zone: ZoneInfo, panel: str = "") -> str:
    """A finding as a sentence without its full stop.

    Args:
        finding: What validation found.
        zone: For local times.
        panel: What people call its panel; "" is its id.
    """
    panel = panel or finding.panel
    where = _("panel %(panel)s", panel=panel)
    if finding.poles:
        where = ngettext(
            "panel %(panel)s, pole %(poles)s",
            "panel %(panel)s, poles %(poles)s",
            len(finding.poles),
            panel=panel,
            poles=poles_text(finding.poles),
        )
    when = _("%(start)s to %(end)s", start=time(finding.start, zone), end=time(finding.end, zone))
    found = f"{translated(finding.flag.meaning.title)}, {where}, {when}"
    if not finding.detail:
        return found
    return _("%(finding)s: %(detail)s", finding=found, detail=detail(finding.detail))


def kind_text(bill: Bill) -> str:
    """What a bill is called."""
    if bill.is_credit_note:
        return _("Credit note")
    return _("Bill") if bill.priced else _("Energy statement")


def tariff_text(bill: Bill) -> str:
    """Of which tariff a bill is."""
    return bill.tariff or _("none")


def number_text(record: IssueRecord) -> str:
    """The number of an issued bill, with its revision."""
    if not record.revision or record.kind:
        return record.text
    return _("%(number)s, revision %(revision)s", number=record.text, revision=record.revision)


def sums(bills: Iterable[Bill]) -> tuple[tuple[str, str], ...]:
    """Currency and sum of the bills that have a price."""
    return tuple((currency, number(total)) for currency, total in amounts(bills).items())


def status_text(bill: Bill) -> str:
    """Whether a bill is a draft, held, released or issued; an issued one with its number."""
    if bill.issue is None:
        if bill.status is BillStatus.HELD or not bill.holds:
            return translated(bill.status.value)
        return _("released")
    return _("bill %(number)s", number=number_text(bill.issue))


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
            _("measured"): coverage.measured_hours,
            _("estimated"): coverage.estimated_hours,
            _("by hand"): coverage.edited_hours,
            _("missing"): coverage.missing_hours,
        }
        text = ", ".join(f"{percent(part, hours)} {name}" for name, part in parts.items() if part)
        measured, estimated, edited, missing = (
            float(100 * part / hours) if hours else 0.0 for part in parts.values()
        )
        return cls(measured, estimated, edited, missing, text or _("no time"))
