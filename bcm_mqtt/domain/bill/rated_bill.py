"""A customer's bill: all charges of the tariff, in the order of a bill's lines."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.rating.components import rated
from bcm_mqtt.domain.rating.lines import Determinant, Rated
from bcm_mqtt.domain.rating.rated_month import PastDemands, RatedMonth
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.tariff import Tariff
from bcm_mqtt.domain.time.month import Month
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.usage.usage import UNASSIGNED, Usage


def bill_of(
    customer: Customer,
    tariff: Tariff | None,
    month: Month,
    bounds: tuple[datetime, datetime],
    usage: Sequence[Usage],
    currency: str,
    load: Load | None = None,
    past_demands: PastDemands = MappingProxyType({}),
) -> Bill:
    """The bill of one customer.

    Args:
        customer: Whose.
        tariff: Its rates must cover the month. None gives a bill of energy without money.
        month: Which.
        bounds: Start and end of the month in UTC.
        usage: The customer's rows, each within one rate and one of its periods.
        currency: The site's, for a bill without a tariff.
        load: The sum of the customer's circuits. None leaves out what needs it: coincident
            demand, and power above the committed.
        past_demands: kW by determinant of earlier months, for ratchets; a month that is not
            there counts for nothing.

    Raises:
        ValueError: some of the month has no rate, or a row is of no period of its rate.
    """
    start, end = bounds
    total = Rated()
    if tariff:
        known = RatedMonth(customer, tariff, month, start, end, usage, load, past_demands)
        total = rated(known)
    return Bill(
        customer=customer,
        month=month,
        start=start,
        end=end,
        currency=tariff.currency if tariff else currency,
        tariff=tariff.id if tariff else "",
        lines=total.lines,
        usage=tuple(usage),
        determinants=_each_once(total.determinants),
        load=load,
    )


def by_customer(usage: Iterable[Usage]) -> Mapping[str, list[Usage]]:
    """Rows by customer id, ordered by id; UNASSIGNED is always there."""
    rows = defaultdict[str, list[Usage]](list, {UNASSIGNED: []})
    for row in usage:
        rows[row.customer].append(row)
    return dict(sorted(rows.items()))


def _each_once(determinants: Iterable[Determinant]) -> tuple[Determinant, ...]:
    """Two charges may be made from the same measured demand."""
    return tuple({one.name: one for one in determinants}.values())
