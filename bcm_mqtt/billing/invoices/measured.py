"""What was measured in an invoice's period, as the bills of its months have it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self

import numpy as np

from bcm_mqtt.domain.allocation.invoice import Invoice
from bcm_mqtt.domain.allocation.largest_remainder import LANDLORD
from bcm_mqtt.domain.allocation.rules import Measured
from bcm_mqtt.domain.bill.account import Account
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.time import Month, to_ms
from bcm_mqtt.domain.usage.customer_load import Load, kw_of
from bcm_mqtt.domain.usage.usage import Usage, total_kwh
from bcm_mqtt.errors import InputError


@dataclass(frozen=True, slots=True)
class MeasuredMonth:
    """What was measured in a month.

    Attributes:
        usage: Rows by customer.
        loads: By customer, as far as known.
        unallocated: Rows that are no customer's.
    """

    usage: Mapping[str, Sequence[Usage]]
    loads: Mapping[str, Load]
    unallocated: Sequence[Usage]

    @classmethod
    def of(cls, site: SiteMonth) -> Self:
        """As the bills of a month have it."""
        return cls(
            {bill.customer.id: bill.usage for bill in site.measured},
            {bill.customer.id: bill.load for bill in site.measured if bill.load is not None},
            site.unallocated,
        )

    @classmethod
    def of_accounts(cls, accounts: Mapping[str, Account], unallocated: Sequence[Usage]) -> Self:
        """As accounts have it, of which bills are made."""
        return cls(
            {customer: account.usage for customer, account in accounts.items()},
            {customer: account.load for customer, account in accounts.items()},
            unallocated,
        )


def months_of(invoice: Invoice) -> tuple[Month, ...]:
    """The months of an invoice's period.

    Raises:
        InputError: it is not of whole months.
    """
    if invoice.start.day != 1 or invoice.end.day != 1:
        period = f"{invoice.start} to {invoice.last_day}"
        message = f"invoice {invoice.number} is of {period}: expected whole calendar months"
        raise InputError.of(f"{message}, as what is measured is billed by them")
    months = [Month(invoice.start.year, invoice.start.month)]
    while months[-1].shifted(1) != Month(invoice.end.year, invoice.end.month):
        months.append(months[-1].shifted(1))
    return tuple(months)


def measured_of(
    months: Sequence[MeasuredMonth],
    landlord: Collection[str],
    peak: datetime | None,
    *,
    formulas: bool,
) -> Measured:
    """What customers used in some months, and what was measured and is no customer's.

    The demand of what no customer has is not known, nor its energy by period of time of use.

    Args:
        months: The months, with the load of each customer.
        landlord: Customers that are the landlord's own use.
        peak: In whose quarter hour the site's peak was; None is that of all customers together.
        formulas: Whether formulas bill some of what is measured at poles without a customer: then
            what no customer has is not known.

    Raises:
        InputError: the peak is in none of the months.
    """
    kwh = defaultdict[str, dict[str, Decimal]](lambda: defaultdict(Decimal))
    kwh[""][LANDLORD] = Decimal(0)
    for month in months:
        for customer, rows in month.usage.items():
            who = LANDLORD if customer in landlord else customer
            for row in rows:
                kwh[""][who] += row.kwh
                if row.period and who != LANDLORD:
                    kwh[row.period][who] += row.kwh
        kwh[""][LANDLORD] += total_kwh(month.unallocated)
    if formulas:
        del kwh[""][LANDLORD]
    loads = [
        {who: load for who, load in month.loads.items() if who not in landlord} for month in months
    ]
    own = dict[str, Decimal]()
    for by_customer in loads:
        for who, load in by_customer.items():
            found = load.peak()
            own[who] = max(own.get(who, Decimal(0)), found.kw if found else Decimal(0))
    by_period = {name: dict(by) for name, by in kwh.items()}
    own_rows = (row for month in months for who in landlord for row in month.usage.get(who, ()))
    own_use = Decimal(0) if formulas else total_kwh(own_rows)
    return Measured(by_period, _at_peak(loads, peak), own, own_use)


def _at_peak(loads: Sequence[dict[str, Load]], peak: datetime | None) -> dict[str, Decimal]:
    """By customer, in the quarter hour of a stated peak, or of that of all of them together."""
    if peak is not None:
        for by_customer in loads:
            for load in by_customer.values():
                slot = (to_ms(peak) - load.slots.first_ms) // INTERVAL_MS
                if 0 <= slot < load.slots.count:
                    return _in_slot(by_customer, slot)
        message = f"the peak of {peak:%Y-%m-%d %H:%M} UTC is not in the invoice's period"
        raise InputError.of(message)
    greatest, found = -1, dict[str, Decimal]()
    for by_customer in loads:
        if by_customer:
            total = np.sum([load.microwatt_hours for load in by_customer.values()], axis=0)
            if int(total.max()) > greatest:
                greatest = int(total.max())
                found = _in_slot(by_customer, int(total.argmax()))
    return found


def _in_slot(loads: dict[str, Load], slot: int) -> dict[str, Decimal]:
    return {who: kw_of(int(load.microwatt_hours[slot])) for who, load in loads.items()}
