"""Release: somebody has looked at a bill that was held for review, and stands for it."""

from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.domain.time.month import Month


@dataclass(frozen=True, slots=True)
class BillRelease:
    """A signed entry; it is never changed or deleted.

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
