"""Items: what a customer is charged or credited by agreement, once or each month, signed for.

A tariff does not know them: a cross-connect, remote hands, a credit for an outage.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import combinations
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.time import midnight

_DAY = timedelta(days=1)


class ItemKind(StrEnum):
    """What an item is."""

    CHARGE = "charge"
    DEPOSIT = "deposit"
    """Money that is held, and given back by a negative one: no revenue, and not taxed."""
    ADVANCE = "advance"
    """What an invoice before has charged, with the tax that it had: both are taken off."""


@dataclass(frozen=True, slots=True)
class InvoicedTax:
    """A tax as the invoice of an advance payment has it."""

    name: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class BilledItem:
    """An item as a bill has it, with the time of the month that it is for: start <= t < end, UTC.

    Attributes:
        name: As on the bill.
        amount: Of a month, or of the one time; below 0 is a credit.
        start: UTC.
        end: UTC.
        monthly: Whether it comes each month.
        prorate: Whether a part of a month costs that part; of a monthly one.
        taxed: Whether taxes are on it.
        by: Who answers for it.
        entered: When it was agreed or written, or None.
        note: Why, or "".
        kind: What it is; `amount` of an advance is what was invoiced, without its taxes.
        reference: Of the contract or the invoice, or "".
        taxes: Of an advance.
    """

    name: str
    amount: Decimal
    start: datetime
    end: datetime
    monthly: bool = False
    prorate: bool = True
    taxed: bool = True
    by: str = ""
    entered: date | None = None
    note: str = ""
    kind: ItemKind = ItemKind.CHARGE
    reference: str = ""
    taxes: tuple[InvoicedTax, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerItem:
    """An item as it is written down; what `BilledItem` has is the same.

    Attributes:
        first: Day of one that comes once, or the first day of a monthly one.
        last: Last day, or None.
    """

    name: str
    amount: Decimal
    first: date
    last: date | None = None
    monthly: bool = False
    prorate: bool = True
    taxed: bool = True
    by: str = ""
    entered: date | None = None
    note: str = ""
    kind: ItemKind = ItemKind.CHARGE
    reference: str = ""
    taxes: tuple[InvoicedTax, ...] = ()

    def within(self, start: datetime, end: datetime, zone: ZoneInfo) -> BilledItem | None:
        """What a bill of a time has of it; None if nothing."""
        begins = max(start, midnight(self.first, zone))
        ends = min(end, midnight(self.last + _DAY, zone)) if self.last else end
        if begins >= ends:
            return None
        said = self.monthly, self.prorate, self.taxed, self.by, self.entered, self.note
        what = self.kind, self.reference, self.taxes
        return BilledItem(self.name, self.amount, begins, ends, *said, *what)


def item_problems(items: Sequence[CustomerItem]) -> Iterator[tuple[int, str]]:
    """Index of an item and why it cannot be told from another, or never comes."""
    for index, one in enumerate(items):
        if one.last and one.last < one.first:
            yield index, f"until {one.last} is before {one.first}"
    for (_, one), (index, other) in combinations(enumerate(items), 2):
        first, then = sorted((one, other), key=lambda item: item.first)
        if one.name == other.name and (first.last is None or first.last >= then.first):
            yield index, f"is the second item with the name {other.name!r} on {then.first}"
