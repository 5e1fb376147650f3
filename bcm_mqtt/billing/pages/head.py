"""The head of a page: its month, its large figures and what must be seen first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.pages.words import money, number, signed, time
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.time import local_days
from bcm_mqtt.languages import ENGLISH, _, day, month, tag


@dataclass(frozen=True, slots=True)
class Period:
    """What every page says about its time.

    Attributes:
        month: In words.
        days: First and last day, local.
        hours_text: Length of the month, and whether it has an hour more or less than its days.
        zone: Key of the time zone.
        over: Whether the month had ended when the page was made.
        made: When, local.
    """

    month: str
    days: str
    hours_text: str
    zone: str
    over: bool
    made: str

    @classmethod
    def of(cls, what: Bill | SiteMonth, zone: ZoneInfo, made: datetime) -> Self:
        """The month of a bill or a site."""
        first, last = local_days(what.start, what.end, zone)
        hours = (what.end - what.start) / timedelta(hours=1)
        length = number(Decimal(f"{hours:g}"))
        if hours != 24 * ((last - first).days + 1):
            length = _("%(hours)s (the clocks changed)", hours=length)
        return cls(
            month=month(what.month.first_day),
            days=_("%(first)s to %(last)s", first=day(first), last=day(last)),
            hours_text=length,
            zone=zone.key,
            over=made >= what.end,
            made=time(made, zone),
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in large: units before and after it, and a note below."""

    label: str
    before: str
    value: str
    after: str
    note: str = ""


def amount_figure(
    label: str, amount: Decimal, currency: str, note: str = "", *, plus: bool = False
) -> Figure:
    """An amount in large; its currency is set apart where English has it in front."""
    if tag() == ENGLISH:
        return Figure(label, currency, signed(amount) if plus else number(amount), "", note)
    return Figure(label, "", money(amount, currency, plus=plus), "", note)


@dataclass(frozen=True, slots=True)
class Notice:
    """What must be seen first; `items` are listed below it."""

    title: str
    text: str
    items: tuple[str, ...] = ()


def provisional() -> Notice:
    """Of a month that had not ended."""
    return Notice(
        _("Provisional."),
        _("This was made before the month ended; the time still to come counts as missing."),
    )
