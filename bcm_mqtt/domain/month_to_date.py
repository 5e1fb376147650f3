"""A customer's month so far: the bill as it stands while its month runs."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bcm_mqtt.domain.bill import Bill
from bcm_mqtt.domain.instants import to_ms
from bcm_mqtt.domain.month import Month
from bcm_mqtt.domain.usage import Coverage, Usage, hours_of


@dataclass(frozen=True, slots=True)
class MonthToDate:
    """What a customer has used since the month began.

    Attributes:
        customer: Customer id.
        name: For people.
        month: Which.
        start: Of the month, UTC.
        as_of: The instant of the figures.
        kwh: As on the bill.
        cost: As on the bill; None without a tariff.
        currency: Of the cost.
        coverage: Circuit-hours until `as_of`: what is yet to come is not missing.
    """

    customer: str
    name: str
    month: Month
    start: datetime
    as_of: datetime
    kwh: Decimal
    cost: Decimal | None
    currency: str
    coverage: Coverage

    @property
    def estimated_share(self) -> Decimal:
        """Share of the kWh that was estimated, 0 to 1; bills estimate nothing yet."""
        return Decimal(0)


def month_to_date(bill: Bill, as_of: datetime) -> MonthToDate:
    """A running month's bill as it stands.

    Args:
        bill: Of the whole month, of which the rest has not been measured yet.
        as_of: When what it was made from was read.
    """
    return MonthToDate(
        customer=bill.customer.id,
        name=bill.customer.name,
        month=bill.month,
        start=bill.start,
        as_of=as_of,
        kwh=bill.kwh,
        cost=bill.amount if bill.priced else None,
        currency=bill.currency,
        coverage=Coverage.total(_until(row, as_of) for row in bill.usage),
    )


def _until(row: Usage, as_of: datetime) -> Coverage:
    """A reading holds beyond the present, so a little more may be measured than has passed."""
    measured = row.coverage.measured_hours
    passed = hours_of(max(0, to_ms(min(row.end, as_of)) - to_ms(row.start)))
    return Coverage(measured, max(Decimal(0), passed - measured))
