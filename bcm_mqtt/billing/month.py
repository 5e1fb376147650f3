"""Bills a site's month from the store."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.bill import SiteMonth
from bcm_mqtt.domain.customer import Customer, CustomerRule
from bcm_mqtt.domain.month import Month
from bcm_mqtt.domain.rating import bill_of, by_customer
from bcm_mqtt.domain.tariff import Tariff
from bcm_mqtt.domain.usage import UNASSIGNED, Usage, panel_usage
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Store


@dataclass(frozen=True, slots=True)
class BillingTerms:
    """What a site bills by.

    Attributes:
        zone: Its month is from local midnight to local midnight.
        currency: Of bills without a tariff.
        customers: Known customers by id; others are billed by their id alone.
        tariffs: By id.
        default_tariff: Of customers that name none, or "".
        rule: Finds a circuit's customer.
    """

    zone: ZoneInfo
    currency: str
    customers: Mapping[str, Customer]
    tariffs: Mapping[str, Tariff]
    default_tariff: str
    rule: CustomerRule

    def customer(self, customer_id: str) -> Customer:
        """The customer of an id."""
        return self.customers.get(customer_id) or Customer(customer_id, customer_id)

    def tariff(self, customer_id: str) -> Tariff | None:
        """A customer's tariff, or None where nothing is priced."""
        name = self.customer(customer_id).tariff or self.default_tariff
        return self.tariffs[name] if name else None


def bill_month(
    store: Store,
    terms: BillingTerms,
    month: Month,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> SiteMonth:
    """The bills of all customers of a site for a month.

    Args:
        store: With rolled-up intervals and directories.
        terms: Zone, customers and tariffs.
        month: Which.
        progress: Called with panels done and panels in all.

    Raises:
        InputError: a tariff has no rate for some of the month.
        WorkError: the database failed.
    """
    start, end = month.bounds(terms.zone)
    _check_rates(terms, start, end)
    directories = store.directories()
    cut = _cut_at_rates(terms)
    usage: list[Usage] = []
    for done, (panel, directory) in enumerate(directories.items()):
        progress(done, len(directories))
        intervals = store.pole_intervals(panel, start, end)
        devices = store.device_intervals(panel, start, end)
        usage += panel_usage(directory, intervals, terms.rule, cut, start, end, devices)
    progress(len(directories), len(directories))
    rows = by_customer(usage)
    bills = tuple(
        bill_of(
            terms.customer(customer),
            terms.tariff(customer),
            month,
            (start, end),
            customer_rows,
            terms.currency,
        )
        for customer, customer_rows in rows.items()
        if customer != UNASSIGNED
    )
    return SiteMonth(month, start, end, bills, tuple(rows[UNASSIGNED]))


def of_customer(site: SiteMonth, customer: str) -> SiteMonth:
    """The month with the bill of one customer only.

    Raises:
        InputError: there is none.
    """
    bills = tuple(item for item in site.bills if item.customer.id == customer)
    if not bills:
        known = ", ".join(item.customer.id for item in site.bills) or "none"
        message = f"customer {customer!r} has no circuit in {site.month}: expected one of {known}"
        raise InputError.of(message)
    return replace(site, bills=bills, unallocated=())


def _check_rates(terms: BillingTerms, start: datetime, end: datetime) -> None:
    """Refuses a month that a tariff in use does not cover, before any work is done."""
    used = {terms.default_tariff, *(customer.tariff for customer in terms.customers.values())}
    try:
        for name in sorted(used - {""}):
            list(terms.tariffs[name].periods(start, end))
    except ValueError as error:
        raise InputError.of(str(error), key="tariffs") from None


def _cut_at_rates(
    terms: BillingTerms,
) -> Callable[[str, datetime, datetime], Iterator[tuple[datetime, datetime]]]:
    """Cuts a customer's time where the rate changes; unallocated time is left whole."""

    def cut(customer: str, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        tariff = terms.tariff(customer) if customer else None
        if tariff is None:
            yield start, end
        else:
            for period in tariff.periods(start, end):
                yield period.start, period.end

    return cut
