"""How the billing page writes figures and times: as the bills themselves do."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.explaining.steps import FigureQuery
from bcm_mqtt.domain.usage.usage import Coverage
from bcm_mqtt.domain.vee.quality import Flag

_STEP = Decimal("0.1")
FLAGS = {
    Flag.ABOVE_RATING: "Above 1.2 times the rating",
    Flag.SPIKE: "A spike",
    Flag.REGISTER: "An energy register fell or jumped",
    Flag.FLAT: "The same value for long",
    Flag.CLOCK_BACK: "The clock ran back",
    Flag.POLE_TWICE: "A pole on two circuits",
    Flag.MAIN_DIFFERS: "The circuits differ from the main",
}


def exact(value: Decimal | int) -> str:
    """With its own decimals and thousands separators."""
    return f"{Decimal(value):,f}"


def percent(part: Decimal, whole: Decimal) -> str:
    """A share rounded half up, but 0 % is none and 100 % is all of it; "" of nothing."""
    if not whole:
        return ""
    share = (100 * part / whole).quantize(_STEP, ROUND_HALF_UP)
    if 0 < part < whole:
        share = min(max(share, _STEP), 100 - _STEP)
    return f"{share.normalize():f} %"


def local(at: datetime, zone: ZoneInfo) -> str:
    """As clocks on the site's wall show it, with the offset's name: one hour comes twice."""
    shown = at.astimezone(zone)
    return f"{shown:%Y-%m-%d %H:%M} {shown:%Z}"


def local_input(at: datetime, zone: ZoneInfo) -> str:
    """As a field for times takes it."""
    return f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"


def quality(coverage: Coverage) -> tuple[float, float, float, float]:
    """Measured, estimated, entered by hand and missing, in percent of the time."""
    hours = coverage.hours
    if not hours:
        return 0.0, 0.0, 0.0, 0.0
    parts = (
        coverage.measured_hours,
        coverage.estimated_hours,
        coverage.edited_hours,
        coverage.missing_hours,
    )
    measured, estimated, edited, missing = (float(100 * part / hours) for part in parts)
    return measured, estimated, edited, missing


def why(customer: str, asked: FigureQuery | None = None) -> str:
    """The link to an explanation of a figure, from a page of the month."""
    named: dict[str, str | int] = {"customer": customer}
    if asked:
        if asked.line is not None:
            named["line"] = asked.line
        if asked.circuit:
            named["panel"], named["pole"] = asked.circuit
        if asked.at:
            named["at"] = asked.at.isoformat()
        if asked.day:
            named["day"] = str(asked.day)
    return f"explain?{urlencode(named)}"
