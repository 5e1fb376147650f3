"""A customer's month against the one before it, and which changes somebody should look at.

Months have 28 to 31 days, and customers move in and out: what is compared is kWh and cost per
day of supply. A jump is a change by 30 % or more that is also 3 kWh a day or
more, so that neither a small customer's kettle nor a large one's weather is one. The cost has
the same limit at the price that a kWh had: a price that changed is a jump without one of energy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, Self

from bcm_mqtt.domain.bill.bill import Bill

JUMP_SHARE: Final = Decimal("0.3")
"""Of what a day had the month before."""
JUMP_KWH_PER_DAY: Final = Decimal(3)
_DAY_S: Final = Decimal(86400)
_NOTHING: Final = Decimal(0)


class Change(StrEnum):
    """What a month is against the one before it."""

    USUAL = "usual"
    JUMP = "jump"
    NEW = "new"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MonthSum:
    """What is compared of a bill.

    Attributes:
        kwh: Billed.
        amount: None without a tariff.
        currency: ISO 4217.
        days: From its first row's begin to its last row's end, of 24 h.
    """

    kwh: Decimal
    amount: Decimal | None
    currency: str
    days: Decimal

    @classmethod
    def of(cls, bill: Bill) -> Self:
        """That of a bill."""
        days = _NOTHING
        if bill.usage:
            begin = min(row.start for row in bill.usage)
            days = days_between(begin, max(row.end for row in bill.usage))
        return cls(bill.kwh, bill.amount if bill.priced else None, bill.currency, days)

    def per_day(self, of: Decimal) -> Decimal:
        """A sum by day of supply."""
        return of / self.days if self.days else _NOTHING


def days_between(begin: datetime, end: datetime) -> Decimal:
    """Days of 24 h, to the second."""
    return Decimal(round((end - begin).total_seconds())) / _DAY_S


@dataclass(frozen=True, slots=True)
class Comparison:
    """A customer's month against the one before it.

    Attributes:
        change: What it is.
        before: The month before; None of a new customer, and where it is not known.
        kwh_share: Change of kWh per day, as a share of the month before; None where that had
            none, or nothing is compared.
        cost_share: Change of cost per day; None also where a month has no price, or another
            currency.
        jumps: Of `energy` and `cost`, what jumps.
    """

    change: Change
    before: MonthSum | None = None
    kwh_share: Decimal | None = None
    cost_share: Decimal | None = None
    jumps: tuple[str, ...] = ()


def compared(now: MonthSum | None, before: MonthSum | None, *, supplied_before: bool) -> Comparison:
    """A customer's month against the one before it.

    Args:
        now: None of a customer who has no circuit any more.
        before: As it was issued; None where it was not.
        supplied_before: Whether the customer had circuits then: without a bill of that month
            such a one is not new but unknown.
    """
    if now is None:
        return Comparison(Change.ENDED, before)
    if before is None:
        return Comparison(Change.UNKNOWN if supplied_before else Change.NEW)
    jumps = []
    was, is_now = before.per_day(before.kwh), now.per_day(now.kwh)
    if _jumps(is_now, was, JUMP_KWH_PER_DAY):
        jumps.append("energy")
    cost_share = None
    if before.amount is not None and now.amount is not None and before.currency == now.currency:
        cost_was, cost_now = before.per_day(before.amount), now.per_day(now.amount)
        cost_share = _share(cost_now, cost_was)
        price = before.amount / before.kwh if before.kwh else None
        if price is not None and _jumps(cost_now, cost_was, JUMP_KWH_PER_DAY * abs(price)):
            jumps.append("cost")
    change = Change.JUMP if jumps else Change.USUAL
    return Comparison(change, before, _share(is_now, was), cost_share, tuple(jumps))


def on_month(
    bills: Mapping[str, MonthSum], before: Mapping[str, MonthSum], supplied: frozenset[str]
) -> dict[str, Comparison]:
    """Every customer of a month or of the one before it, by id.

    Args:
        bills: Of the month.
        before: Of the month before, as issued; where nothing was, nothing is compared.
        supplied: Who had circuits in the month before.
    """
    if not before:
        return {}
    return {
        customer: compared(
            bills.get(customer), before.get(customer), supplied_before=customer in supplied
        )
        for customer in sorted({*bills, *before})
    }


def _jumps(now: Decimal, was: Decimal, least: Decimal) -> bool:
    change = abs(now - was)
    return change >= least and change >= JUMP_SHARE * abs(was) and change > 0


def _share(now: Decimal, was: Decimal) -> Decimal | None:
    return (now - was) / was if was > 0 else None
