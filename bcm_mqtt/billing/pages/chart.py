"""Where bars of daily energy and of past months stand and how long they are, for every format."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from zoneinfo import ZoneInfo

from bcm_mqtt import languages
from bcm_mqtt.billing.pages.words import money, number
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.usage.customer_load import DayEnergy, Load
from bcm_mqtt.languages import _
from bcm_mqtt.languages import month as month_text

_STEPS = (1, 2, 5, 10)
_MOST_LINES = 5


@dataclass(frozen=True, slots=True)
class Past:
    """A month next to this one; `width` of its bar, 0 to 1."""

    month: str
    kwh: str
    amount: str
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A day; heights are shares of the chart's, 0 to 1, the estimated part on top.

    Attributes:
        day: Of the month.
        label: Whether its number is written below.
        measured: Height of what was measured.
        estimated: Height of what was estimated or entered by hand.
        date: The day, such as 2026-03-01.
        title: The date and its figures.
    """

    day: int
    label: bool
    measured: float
    estimated: float
    date: str
    title: str


@dataclass(frozen=True, slots=True)
class Gridline:
    """A line across, at a share of the height."""

    height: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Daily energy in kWh.

    Attributes:
        bars: One a day.
        lines: From the bottom up.
        estimated: Whether any day has an estimated part.
        greatest: The greatest day in kWh.
        height: Of the greatest day, a share of the chart's, 0 to 1.
    """

    bars: tuple[Bar, ...]
    lines: tuple[Gridline, ...]
    estimated: bool
    greatest: str
    height: float


def day_chart(load: Load | None, zone: ZoneInfo) -> Chart | None:
    """The chart of a load, None where there is none or it has no energy."""
    days = list(load.days(zone)) if load else []
    greatest = max((day.kwh for day in days), default=Decimal(0))
    if greatest <= 0:
        return None
    step = _step(greatest)
    count = (greatest / step).to_integral_value(ROUND_CEILING)
    top = float(step * count)
    return Chart(
        bars=tuple(_bar(day, top) for day in days),
        lines=tuple(
            Gridline(float(step * index) / top, number(step * index) if index else "0")
            for index in range(int(count) + 1)
        ),
        estimated=any(day.estimated_kwh for day in days),
        greatest=number(greatest),
        height=float(greatest) / top,
    )


def _bar(day: DayEnergy, top: float) -> Bar:
    values = {"day": languages.day(day.day), "kwh": number(day.kwh)}
    title = _("%(day)s: %(kwh)s kWh", **values)
    if day.estimated_kwh:
        values["estimated"] = number(day.estimated_kwh)
        title = _("%(day)s: %(kwh)s kWh, %(estimated)s of it estimated", **values)
    return Bar(
        day=day.day.day,
        label=day.day.day == 1 or day.day.day % 5 == 0,
        measured=max(0.0, float(day.kwh - day.estimated_kwh) / top),
        estimated=max(0.0, float(day.estimated_kwh) / top),
        date=str(day.day),
        title=title,
    )


def _step(greatest: Decimal) -> Decimal:
    """The least of 1, 2, 5 times a power of ten that needs few lines."""
    power = Decimal(1).scaleb(greatest.adjusted() - 1)
    return next(
        power * scale * step
        for scale in (1, 10)
        for step in _STEPS
        if power * scale * step * _MOST_LINES >= greatest
    ).normalize()


def past_months(bill: Bill) -> Iterator[Past]:
    """This month and those before it; nothing where there are none."""
    if not bill.past:
        return
    greatest = max(bill.kwh, *(item.kwh for item in bill.past))
    months = [(bill.month, bill.kwh, bill.amount if bill.priced else None, bill.currency)]
    months += [(item.month, item.kwh, item.amount, item.currency) for item in bill.past]
    for month, kwh, amount, currency in months:
        yield Past(
            month=month_text(month.first_day, short=True),
            kwh=number(kwh),
            amount="" if amount is None else money(amount, currency),
            width=max(0.0, float(kwh / greatest)) if greatest else 0.0,
        )
