"""A budget of a month, in kWh or money: an alarm when 80 % of it are used, and when all is."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from bcm_mqtt.domain.time import Month

PERCENTS: Final = (100, 80)
"""Of a budget, at which there is an alarm; the worst first."""
_MOST: Final = Decimal(10**12)
_DECIMALS: Final = 3

BudgetKind = Literal["kwh", "money"]


@dataclass(frozen=True, slots=True)
class Budget:
    """What a customer wants to stay below in a month.

    Attributes:
        kwh: Of all its circuits; None is no budget.
        money: In the currency of its bill; None is no budget.
        breakers: Whether it is mailed overloads of its breakers.
    """

    kwh: Decimal | None = None
    money: Decimal | None = None
    breakers: bool = False

    @property
    def is_none(self) -> bool:
        """Whether it is about nothing."""
        return self == Budget()


@dataclass(frozen=True, slots=True)
class BudgetAlarm:
    """A budget that is used up, or nearly.

    Attributes:
        kind: Of which budget.
        percent: One of `PERCENTS`: the greatest that is reached.
        limit: The budget.
        used: Of it, in the month so far.
    """

    kind: BudgetKind
    percent: int
    limit: Decimal
    used: Decimal


@dataclass(frozen=True, slots=True)
class BudgetNotice:
    """That somebody was notified of an alarm: it is mailed once in a month."""

    customer: str
    month: Month
    kind: BudgetKind
    percent: int


def budget_alarms(budget: Budget, kwh: Decimal, cost: Decimal | None) -> Iterator[BudgetAlarm]:
    """The alarms of a month so far.

    Args:
        budget: Of the customer.
        kwh: Used so far.
        cost: So far; None where nothing is priced.
    """
    used: tuple[tuple[BudgetKind, Decimal | None, Decimal | None], ...] = (
        ("kwh", budget.kwh, kwh),
        ("money", budget.money, cost),
    )
    for kind, limit, amount in used:
        if limit is None or amount is None:
            continue
        for percent in PERCENTS:
            if 100 * amount >= percent * limit:
                yield BudgetAlarm(kind, percent, limit, amount)
                break


def amount_of(text: str) -> Decimal | None:
    """The amount that somebody typed; None of an empty text.

    Raises:
        ValueError: it is no amount of a budget.
    """
    if not text.strip():
        return None
    message = f"{text.strip()[:40]!r}: expected a number above 0 such as 250 or 99.50"
    try:
        amount = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise ValueError(message) from None
    if not amount.is_finite() or not 0 < amount <= _MOST:
        raise ValueError(message)
    if -int(amount.as_tuple().exponent) > _DECIMALS:
        raise ValueError(message)
    return amount
