"""An issued bill against what it would be now."""

from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.time.month import Month


@dataclass(frozen=True, slots=True)
class BillCheck:
    """What an issued bill would be now; without those that a later revision has replaced.

    Attributes:
        number: Of the bill.
        month: Which.
        customer: Its id.
        revision: Of the customer's month.
        currency: Of the amounts.
        kwh: As issued.
        amount: As issued.
        kwh_now: As it would be, None where it cannot be computed.
        amount_now: Likewise.
        changed: Which inputs have changed since; empty where the bill is the same.
    """

    number: int
    month: Month
    customer: str
    revision: int
    currency: str
    kwh: Decimal
    amount: Decimal
    kwh_now: Decimal | None
    amount_now: Decimal | None
    changed: tuple[str, ...] = ()
