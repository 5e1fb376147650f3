"""How the page of a month shows each customer beside the month before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Self

from bcm_mqtt.billing.pages.words import number
from bcm_mqtt.domain.bill.months.month_on_month import (
    JUMP_KWH_PER_DAY,
    JUMP_SHARE,
    Change,
    Comparison,
)
from bcm_mqtt.languages import N_, _, percent, translated
from bcm_mqtt.languages import number as spoken_number

_STEP: Final = Decimal("0.1")
_WORDS: Final = {
    Change.NEW: N_("new"),
    Change.ENDED: N_("ended"),
    Change.UNKNOWN: N_("not issued last month"),
}
_JUMPS: Final = {
    ("energy",): N_("energy jumps"),
    ("cost",): N_("cost jumps"),
    ("energy", "cost"): N_("energy and cost jump"),
}


@dataclass(frozen=True, slots=True)
class LastMonth:
    """The month before of a customer, as texts.

    Attributes:
        kwh: As it was issued; "" where it was not.
        cost: With its currency; "" without a price.
        kwh_change: Of kWh per day, in percent; "" where nothing is compared.
        cost_change: Of cost per day.
        state: What it is, as a class.
        words: Why there is nothing to compare, or what jumps; "" of what is usual.
        by: To sort by: the greater of both changes.
    """

    kwh: str
    cost: str
    kwh_change: str
    cost_change: str
    state: str
    words: str
    by: Decimal

    @classmethod
    def of(cls, comparison: Comparison) -> Self:
        """As texts."""
        before = comparison.before
        cost = "" if before is None or before.amount is None else number(before.amount)
        shares = (comparison.kwh_share, comparison.cost_share)
        words = _WORDS.get(comparison.change) or _JUMPS.get(comparison.jumps, "")
        return cls(
            kwh=number(before.kwh) if before else "",
            cost=f"{cost} {before.currency}" if before and cost else "",
            kwh_change=_change(comparison.kwh_share),
            cost_change=_change(comparison.cost_share),
            state=comparison.change.value,
            words=translated(words),
            by=max((abs(share) for share in shares if share is not None), default=Decimal(0)),
        )


def ended(comparisons: Mapping[str, Comparison]) -> Iterator[tuple[str, LastMonth]]:
    """Customers of the month before who have no circuit any more."""
    for customer, one in comparisons.items():
        if one.change is Change.ENDED:
            yield customer, LastMonth.of(one)


def rule_of_jumps() -> str:
    """By which rule a change is a jump, for people."""
    return _(
        "Changes are per day of supply, so that months of 28 and of 31 days compare. A jump is a"
        " change by %(share)s or more that is also %(kwh)s kWh a day or more, of the cost what that"
        " energy cost in the month before. New and ended customers do not jump.",
        share=percent(100 * JUMP_SHARE, 0),
        kwh=spoken_number(JUMP_KWH_PER_DAY),
    )


def _change(share: Decimal | None) -> str:
    if share is None:
        return ""
    value = (100 * share).quantize(_STEP, ROUND_HALF_UP)
    sign = "+" if value > 0 else ""
    return sign + percent(value or abs(value))
