"""Review: why a bill must be looked at before it is issued."""

from collections.abc import Iterator
from decimal import Decimal

from bcm_mqtt.domain.bill.bill import Bill

_PERCENT_STEP = Decimal("0.01")


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
