"""Review: why a bill is held before it is issued, and who released it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.time import Month

_PERCENT_STEP = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class BillRelease:
    """Somebody reviewed a held bill and stands for it; never changed or deleted.

    Attributes:
        month: Of the bill.
        customer: Its customer's id.
        author: Who says so.
        reason: Why the bill is right as it is.
        made: When it was entered, UTC.
    """

    month: Month
    customer: str
    author: str
    reason: str
    made: datetime


def holds(bill: Bill, limit: Decimal) -> Iterator[str]:
    """The reasons.

    Args:
        bill: A draft.
        limit: Greatest estimated share of the energy, 0 to 1, that needs no review; the same
            share of the time may be missing.
    """
    percent = (limit * 100).normalize()
    if bill.estimated_share > limit:
        share = (bill.estimated_share * 100).quantize(_PERCENT_STEP)
        yield f"{share} % of the energy is estimated, more than {percent:f} %"
    coverage = bill.coverage
    if coverage.hours and coverage.missing_hours / coverage.hours > limit:
        share = (coverage.missing_hours / coverage.hours * 100).quantize(_PERCENT_STEP)
        yield (
            f"{share} % of the circuit hours are missing and could not be estimated, "
            f"more than {percent:f} %"
        )
