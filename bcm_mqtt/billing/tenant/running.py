"""The running month of all customers and the month before it, computed now and then for all pages.

A month of a large site takes seconds. It is computed when somebody looks, rests for many times as
long as it took, and while it is computed again the others are shown what there is.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Lock
from typing import Final

from bcm_mqtt.billing.issue import issued_site
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.billing.prices.known import known_prices
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.running.forecast import Forecast, expected_bill, forecast
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.rating.rated_month import PastDemands
from bcm_mqtt.domain.tariff import SlotPrices
from bcm_mqtt.domain.time import Clock, Month, Steady
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import BillingStore

_LOG = logging.getLogger(__name__)
_EVERY: Final = timedelta(minutes=5)
_REST: Final = 19
"""It rests for so many times as it took: a twentieth of a core at most."""
_LAST_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a month may come to.

    Attributes:
        forecast: Of its energy.
        cost: As the tariff prices that; None where there is no tariff or a price is missing.
        low_cost: Of the least energy of the range.
        high_cost: Of the greatest.
        bill: Of the energy that is expected.
    """

    forecast: Forecast
    cost: Decimal | None = None
    low_cost: Decimal | None = None
    high_cost: Decimal | None = None
    bill: Bill | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """A running month and the one before it.

    Attributes:
        as_of: The present of these figures.
        month: That runs.
        terms: What the site bills by; tariffs without rates for the month price nothing.
        bills: That run now, by customer; one with a reading day may have begun last month.
        last: The ones before those, issued ones as they were issued.
        last_loads: Of these.
        demands: Of the months before a bill's, by its month and customer.
        prices: Of series, by slot of a bill's period, by its start and end.
    """

    as_of: datetime
    month: Month
    terms: BillingTerms
    bills: Mapping[str, Bill]
    last: Mapping[str, Bill]
    last_loads: Mapping[str, Load]
    demands: Mapping[Month, Mapping[str, PastDemands]]
    prices: Mapping[tuple[datetime, datetime], Mapping[str, SlotPrices]]

    def outlook(self, bill: Bill) -> Outlook | None:
        """What the month of a bill may come to; None before it can be said."""
        last = self.last.get(bill.customer.id)
        rows = [*(last.usage if last else ()), *bill.usage]
        loads = [one for one in (self.last_loads.get(bill.customer.id), bill.load) if one]
        if not bill.usage or bill.load is None:
            return None
        since, until = min(row.start for row in rows), max(row.end for row in bill.usage)
        found = forecast(loads, self.as_of, since, until, self.terms.zone)
        if found is None:
            return None
        tariff = self.terms.tariff_of(bill.customer, bill.start, bill.end)
        if tariff is None or not bill.priced:
            return Outlook(found)
        demands = self.demands[bill.month].get(bill.customer.id, {})
        prices = self.prices[bill.start, bill.end]
        low, expected, high = (
            expected_bill(bill, tariff, found.with_rest(kwh), found.first, demands, prices)
            for kwh in (found.low_kwh, found.kwh, found.high_kwh)
        )
        if low is None or expected is None or high is None:
            return Outlook(found)
        return Outlook(found, expected.amount, low.amount, high.amount, expected)


class RunningMonth:
    """Looked at by pages and by alarms of budgets; safe in several threads."""

    def __init__(
        self,
        store: BillingStore,
        terms: Callable[[], BillingTerms],
        clock: Clock,
        steady: Steady,
    ) -> None:
        """Reads nothing yet.

        Args:
            store: To bill from.
            terms: Gives what the site bills by.
            clock: The present.
            steady: A clock that never jumps.
        """
        self._store = store
        self._terms = terms
        self._clock = clock
        self._steady = steady
        self._lock = Lock()
        self._known: tuple[datetime, Running] | None = None
        self._last = dict[Month, tuple[datetime, Mapping[str, Bill], Mapping[str, Load]]]()

    def __call__(self) -> Running:
        """The month as it was computed lately.

        Raises:
            InputError: a file is wrong.
            WorkError: the database failed.
        """
        known = self._good()
        if known:
            return known
        # One computes; who has something to show meanwhile shows that, unless it is another month.
        if not self._lock.acquire(blocking=self._known is None or self._is_over()):
            return self._known[1] if self._known else self()
        try:
            if known := self._good():
                return known
            begun = self._steady()
            found = self._computed()
            now = self._steady()
            self._known = now + max(_EVERY, _REST * (now - begun)), found
            return found
        finally:
            self._lock.release()

    def _good(self) -> Running | None:
        known = self._known
        good = known and self._steady() < known[0] and not self._is_over()
        return known[1] if known and good else None

    def _is_over(self) -> bool:
        known = self._known
        return known is not None and (
            Month.of(self._clock(), known[1].terms.zone) != known[1].month
        )

    def _computed(self) -> Running:
        now, terms = self._clock(), self._terms()
        month = Month.of(now, terms.zone)
        rated = terms.as_far_as_rated(month, month.shifted(-1))
        site = bill_month(self._store, rated, month, now, running=True)
        bounds = {(bill.start, bill.end) for bill in site.bills}
        last, loads = self._before(terms, site, now)
        return Running(
            as_of=now,
            month=month,
            terms=rated,
            bills={bill.customer.id: bill for bill in site.bills},
            last=last,
            last_loads=loads,
            demands={one: self._store.demands(one) for one in {bill.month for bill in site.bills}},
            prices={one: known_prices(self._store, rated, Slots.between(*one)) for one in bounds},
        )

    def _before(
        self, terms: BillingTerms, site: SiteMonth, now: datetime
    ) -> tuple[Mapping[str, Bill], Mapping[str, Load]]:
        """What was before the bill that runs, by customer: one may have begun last month."""
        bills, loads = dict[str, Bill](), dict[str, Load]()
        for month in {bill.month for bill in site.bills}:
            of, load_of = self._month_before(terms, month.shifted(-1), now)
            own = {bill.customer.id for bill in site.bills if bill.month == month}
            bills |= {key: one for key, one in of.items() if key in own}
            loads |= {key: one for key, one in load_of.items() if key in own}
        self._last = {key: one for key, one in self._last.items() if key >= site.month.shifted(-2)}
        return bills, loads

    def _month_before(
        self, terms: BillingTerms, month: Month, now: datetime
    ) -> tuple[Mapping[str, Bill], Mapping[str, Load]]:
        known = self._last.get(month)
        if known and self._steady() < known[0]:
            return known[1], known[2]
        rated = terms.as_far_as_rated(month)
        drafts = bill_month(self._store, rated, month, now)
        loads = {bill.customer.id: bill.load for bill in drafts.bills if bill.load}
        try:
            site = issued_site(self._store, drafts)
        except WorkError as error:  # a damaged bill of last month says nothing about this one
            _LOG.warning("the month before is shown as it would be now: %s", error)
            site = drafts
        bills = {bill.customer.id: replace(bill, load=None) for bill in site.bills}
        self._last[month] = self._steady() + _LAST_EVERY, bills, loads
        return bills, loads
