"""A bill: a customer's month, with every figure it rests on.

Each money line is rounded once, half up, to the currency's minor unit; the total is the
sum of the rounded lines.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from bcm_mqtt.domain.instants import MILLISECOND
from bcm_mqtt.domain.month import Month
from bcm_mqtt.domain.tariff import RatePeriod, Tariff
from bcm_mqtt.domain.usage import UNASSIGNED, Coverage, Usage, rounded

_MINOR_UNITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""ISO 4217 exponents that are not 2."""

METHOD = "calculated from current at nominal voltage and a stated power factor"
"""How derived figures are declared (ESPI ReadingType quality 11, derived)."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who receives a bill.

    Attributes:
        id: As in circuit descriptions.
        name: For the address, the id where none is configured.
        address: Lines.
        tariff: Tariff id.
        tax_id: Or "".
    """

    id: str
    name: str
    address: tuple[str, ...] = ()
    tariff: str = ""
    tax_id: str = ""


@dataclass(frozen=True, slots=True)
class BillLine:
    """One priced quantity.

    Attributes:
        label: What it is.
        quantity: In `unit`.
        unit: Such as kWh.
        price: Per unit.
        amount: Rounded to the currency's minor unit.
        coverage: Circuit-hours behind the quantity.
    """

    label: str
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Decimal
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class Bill:
    """A customer's month; `tariff` is "" where none is configured."""

    customer: Customer
    month: Month
    start: datetime
    end: datetime
    currency: str
    tariff: str
    lines: tuple[BillLine, ...]
    usage: tuple[Usage, ...]

    @property
    def priced(self) -> bool:
        """Whether a tariff applied; without one a bill states energy only."""
        return bool(self.tariff)

    @property
    def kwh(self) -> Decimal:
        """Sum of the usage rows."""
        return total_kwh(self.usage)

    @property
    def amount(self) -> Decimal:
        """Sum of the rounded lines."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def coverage(self) -> Coverage:
        """Circuit-hours of the usage rows."""
        return Coverage.total(row.coverage for row in self.usage)


@dataclass(frozen=True, slots=True)
class SiteMonth:
    """All bills of a site's month, and what no customer pays for."""

    month: Month
    start: datetime
    end: datetime
    bills: tuple[Bill, ...]
    unallocated: tuple[Usage, ...]

    @property
    def kwh(self) -> Decimal:
        """All circuits: the customers' and the unallocated."""
        return sum((bill.kwh for bill in self.bills), total_kwh(self.unallocated))


def total_kwh(usage: Iterable[Usage]) -> Decimal:
    """Sum of rounded rows, in kWh."""
    return sum((row.kwh for row in usage), Decimal("0.000"))


def bill_of(
    customer: Customer,
    tariff: Tariff | None,
    month: Month,
    bounds: tuple[datetime, datetime],
    usage: Sequence[Usage],
    currency: str,
) -> Bill:
    """The bill of one customer.

    Args:
        customer: Whose.
        tariff: Its rates must cover the month. None gives a bill of energy without money.
        month: Which.
        bounds: Start and end of the month in UTC.
        usage: The customer's rows, each within one rate period.
        currency: The site's, for a bill without a tariff.
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


def money(amount: Decimal, currency: str) -> Decimal:
    """Rounded half up to the currency's minor unit (ISO 4217)."""
    return rounded(Fraction(amount), Decimal(1).scaleb(-_MINOR_UNITS.get(currency, 2)))
