"""A customer's month so far: the bill as it stands while its month runs."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.rating.lines import cost_of
from bcm_mqtt.domain.time import Month, to_ms
from bcm_mqtt.domain.usage.customer_load import Peak
from bcm_mqtt.domain.usage.usage import Coverage, Usage, hours_of, total_kwh
from bcm_mqtt.domain.vee.flag import Flag


@dataclass(frozen=True, slots=True)
class LastMonth:
    """The month before the running one, as its bill stands.

    Attributes:
        month: Of the site.
        kwh: As on the bill.
        cost: As on the bill, without deposits and advance payments; None without a tariff.
        currency: Of the cost.
        estimated_share: Share of the kWh that was estimated, 0 to 1.
        peak: The coincident demand; None of a bill that was issued, which has no intervals.
        status: Whether it is a draft, held or issued.
        holds: Why it must be reviewed before it is issued.
    """

    month: Month
    kwh: Decimal
    cost: Decimal | None
    currency: str
    estimated_share: Decimal
    peak: Peak | None
    status: BillStatus
    holds: tuple[str, ...]

    @classmethod
    def of(cls, bill: Bill) -> "LastMonth":
        """Of its bill."""
        return cls(
            month=bill.month,
            kwh=bill.kwh,
            cost=_cost(bill),
            currency=bill.currency,
            estimated_share=bill.estimated_share,
            peak=bill.peak,
            status=bill.status,
            holds=bill.holds,
        )


@dataclass(frozen=True, slots=True)
class MonthToDate:
    """What a customer has used since the month began.

    Attributes:
        customer: Customer id.
        name: For people.
        month: Of the site.
        start: Of the month, UTC.
        as_of: The instant of the figures.
        kwh: As on the bill.
        cost: As on the bill, without deposits and advance payments; None without a tariff.
        currency: Of the cost.
        coverage: Circuit-hours until `as_of`: what is yet to come is not missing.
        estimated_share: Share of the kWh that was estimated, 0 to 1.
        peak: The coincident demand so far.
        indicative: Whether the peak is: some of it was polled slower than once a minute.
        last: The month before; None where the customer had no bill, or nothing was measured.
        priced_until: Where energy has no price yet, the start of the first of it: `cost` is
            without what has none. None where all has one.
        awaited: What is charged by an invoice that has not come: why each is not known. Then
            there is no cost yet.
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
    estimated_share: Decimal = Decimal(0)
    peak: Peak | None = None
    indicative: bool = False
    last: LastMonth | None = None
    priced_until: datetime | None = None
    awaited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteMonthToDate:
    """What a site has used since the month began.

    Attributes:
        month: Of the site.
        start: Of the month, UTC.
        as_of: The instant of the figures.
        kwh: All circuits.
        unallocated_kwh: Of `kwh`, what no customer pays for.
        stored_until: Time of the latest snapshot that was stored; None where there is none.
        unassigned: Circuits and poles that are unallocated now and have used energy, the greatest
            first.
    """

    month: Month
    start: datetime
    as_of: datetime
    kwh: Decimal
    unallocated_kwh: Decimal
    stored_until: datetime | None
    unassigned: tuple[Usage, ...]


def month_to_date(bill: Bill, as_of: datetime, last: Bill | None = None) -> MonthToDate:
    """A running month's bill as it stands.

    Args:
        bill: Of the whole month, of which the rest has not been measured yet.
        as_of: When what it was made from was read.
        last: The customer's bill of the month before.
    """
    return MonthToDate(
        customer=bill.customer.id,
        name=bill.customer.name,
        month=bill.month,
        start=bill.start,
        as_of=as_of,
        kwh=bill.kwh,
        cost=_cost(bill),
        currency=bill.currency,
        coverage=Coverage.total(_until(row, as_of) for row in bill.usage),
        estimated_share=bill.estimated_share,
        peak=bill.peak,
        indicative=bill.indicative,
        last=LastMonth.of(last) if last and (last.known or last.issue) else None,
        priced_until=priced_until(bill),
        awaited=awaited(bill),
    )


def site_month_to_date(
    site: SiteMonth, as_of: datetime, stored_until: datetime | None
) -> SiteMonthToDate:
    """A site's running month as it stands.

    Args:
        site: The whole month, of which the rest has not been measured yet.
        as_of: When what it was made from was read.
        stored_until: Time of the latest snapshot that was stored.
    """
    now_nobodys = [row for row in site.unallocated if row.end > as_of and row.kwh]
    return SiteMonthToDate(
        month=site.month,
        start=site.start,
        as_of=as_of,
        kwh=site.kwh,
        unallocated_kwh=total_kwh(site.unallocated),
        stored_until=stored_until,
        unassigned=tuple(sorted(now_nobodys, key=lambda row: -row.kwh)),
    )


def priced_until(bill: Bill) -> datetime | None:
    """Start of the first time whose energy has no price; None where all has one."""
    unpriced = (one.start for one in bill.findings if one.flag is Flag.PRICE_MISSING)
    return min(unpriced, default=None)


def awaited(bill: Bill) -> tuple[str, ...]:
    """Why invoices that the bill charges are not known; empty where all are."""
    return tuple(one.detail for one in bill.findings if one.flag is Flag.INVOICE_MISSING)


def _cost(bill: Bill) -> Decimal | None:
    return cost_of(bill.lines) if bill.priced and not awaited(bill) else None


def _until(row: Usage, as_of: datetime) -> Coverage:
    """A reading holds beyond the present, so a little more may be measured than has passed."""
    coverage = row.coverage
    passed = hours_of(max(0, to_ms(min(row.end, as_of)) - to_ms(row.start)))
    missing = passed - coverage.measured_hours - coverage.estimated_hours - coverage.edited_hours
    return Coverage(
        coverage.measured_hours,
        max(Decimal(0), missing),
        coverage.estimated_hours,
        coverage.edited_hours,
    )
