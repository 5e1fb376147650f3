"""Rating: from a customer's usage and tariff to the lines of the bill.

Each money line is rounded once, half up, to the currency's minor unit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bcm_mqtt.domain.bill import Bill, BillLine, total_kwh
from bcm_mqtt.domain.customer import Customer
from bcm_mqtt.domain.customer_load import Load
from bcm_mqtt.domain.instants import MILLISECOND
from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.month import Month
from bcm_mqtt.domain.tariff import RatePeriod, Tariff
from bcm_mqtt.domain.usage import UNASSIGNED, Coverage, Usage


def bill_of(
    customer: Customer,
    tariff: Tariff | None,
    month: Month,
    bounds: tuple[datetime, datetime],
    usage: Sequence[Usage],
    currency: str,
    load: Load | None = None,
) -> Bill:
    """The bill of one customer.

    Args:
        customer: Whose.
        tariff: Its rates must cover the month. None gives a bill of energy without money.
        month: Which.
        bounds: Start and end of the month in UTC.
        usage: The customer's rows, each within one rate period.
        currency: The site's, for a bill without a tariff.
        load: The customer's by interval.
    """
    start, end = bounds
    lines: list[BillLine] = []
    if tariff:
        periods = list(tariff.periods(start, end))
        lines = [_energy_line(tariff, period, usage, alone=len(periods) == 1) for period in periods]
    return Bill(
        customer=customer,
        month=month,
        start=start,
        end=end,
        currency=tariff.currency if tariff else currency,
        tariff=tariff.id if tariff else "",
        lines=tuple(lines),
        usage=tuple(usage),
        load=load,
    )


def by_customer(usage: Iterable[Usage]) -> Mapping[str, list[Usage]]:
    """Rows by customer id, ordered by id; UNASSIGNED is always there."""
    rows = defaultdict[str, list[Usage]](list, {UNASSIGNED: []})
    for row in usage:
        rows[row.customer].append(row)
    return dict(sorted(rows.items()))


def _energy_line(
    tariff: Tariff, period: RatePeriod, usage: Sequence[Usage], *, alone: bool
) -> BillLine:
    rows = [row for row in usage if period.start <= row.start < period.end]
    kwh = total_kwh(rows)
    label = "Energy"
    if not alone:
        first, last = (
            at.astimezone(tariff.zone) for at in (period.start, period.end - MILLISECOND)
        )
        label = f"Energy, {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    return BillLine(
        label=label,
        quantity=kwh,
        unit="kWh",
        price=period.rate.energy,
        amount=money(kwh * period.rate.energy, tariff.currency),
        coverage=Coverage.total(row.coverage for row in rows),
    )
