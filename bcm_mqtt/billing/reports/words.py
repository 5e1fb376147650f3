"""How reports write numbers, times, spans and findings."""

from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.bill.bill import Bill, SiteMonth
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.time.instants import MILLISECOND
from bcm_mqtt.domain.time.month import midnight
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from bcm_mqtt.domain.vee.quality import Finding, Flag

_SHARE_STEP = Decimal("0.01")
_COVERED_STEP = Decimal("0.1")

FLAGS = {
    Flag.ABOVE_RATING: "Above 1.2 times the breaker's rating",
    Flag.SPIKE: "A spike",
    Flag.REGISTER: "An energy register fell or jumped",
    Flag.FLAT: "The same value for long",
    Flag.CLOCK_BACK: "The clock ran back",
    Flag.POLE_TWICE: "A pole on two circuits",
    Flag.MAIN_DIFFERS: "The circuits differ from the main",
}
"""What validation found, in words."""


def number(value: Decimal | int) -> str:
    """With its own decimals and thousands separators."""
    return f"{Decimal(value):,f}"


def share(value: Decimal) -> str:
    """In percent, rounded half up."""
    return f"{(100 * value).quantize(_SHARE_STEP, ROUND_HALF_UP)}%"


def covered(coverage: Coverage) -> str:
    """The measured share in percent, rounded down: 100.0% is all of it."""
    return f"{(100 * coverage.share).quantize(_COVERED_STEP, ROUND_FLOOR)}%"


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
    return f"{FLAGS[finding.flag]}, panel {finding.panel}{poles}, {when}{detail}"


def _is_midnight(at: datetime, zone: ZoneInfo) -> bool:
    return at == midnight(at.astimezone(zone).date(), zone)
