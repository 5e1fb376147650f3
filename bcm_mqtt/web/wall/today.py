"""Energy and its cost since midnight, computed once a minute for all walls."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from threading import Lock
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.prices.known import known_prices
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.history.circuit_slots import CircuitSlots
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.rating.energy_cost import energy_cost
from bcm_mqtt.domain.tariff import SlotPrices, Tariff
from bcm_mqtt.domain.time import Clock, Steady, midnight
from bcm_mqtt.history.query import Span
from bcm_mqtt.history.site_energy import energy_by_customer
from bcm_mqtt.store import HistoryStore

_PER_KWH = 1e9
"""uWh."""
_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Today:
    """What the site has used since midnight by its clocks.

    Attributes:
        kwh: Of all circuits as measured, and of formula circuits that are billed; None where
            nothing is.
        cost: At the energy prices, by currency; without demand, fees, minimum and taxes. None
            at all where nothing is measured.
        unpriced: Customers whose energy has no price, and is in no cost; "" is unallocated.
        measured_share: Of the time of the circuits, 0 to 1.
        as_of: The time of these figures.
    """

    kwh: float | None
    cost: dict[str, Decimal]
    unpriced: tuple[str, ...]
    measured_share: float
    as_of: datetime


def today_of(
    energy: dict[str, CircuitSlots],
    terms: BillingTerms,
    as_of: datetime,
    prices: Callable[[Slots], Mapping[str, SlotPrices]] = lambda _slots: {},
) -> Today:
    """Adds up the energy of everybody and prices it by each customer's tariff.

    Args:
        energy: By customer.
        terms: Of the site.
        as_of: The present.
        prices: Gives those of series by slot.
    """
    of_series = cache(prices)
    cost, unpriced = dict[str, Decimal](), []
    measured = sum(float(one.measured_ms.sum()) for one in energy.values())
    expected = sum(float(one.expected_ms.sum()) for one in energy.values())
    kwh = sum(float(one.microwatt_hours.sum()) for one in energy.values()) / _PER_KWH
    for customer, one in sorted(energy.items()):
        tariff = _tariff(terms, customer, one.slots) if customer else None
        try:
            used = one.microwatt_hours, one.slots
            amount = energy_cost(tariff, *used, of_series(one.slots)) if tariff else None
        except ValueError:  # no rate or no price for some of the day
            amount = None
        if tariff and amount is not None:
            cost[tariff.currency] = cost.get(tariff.currency, Decimal(0)) + amount
        else:
            unpriced.append(customer)
    if not measured:  # what is not known costs nothing that is known
        return Today(None, {}, tuple(unpriced), 0.0, as_of)
    return Today(kwh, cost, tuple(unpriced), measured / expected, as_of)


def _tariff(terms: BillingTerms, customer: str, slots: Slots) -> Tariff | None:
    day = slots.at(0), slots.at(slots.count)
    return terms.tariff_of(terms.customer_of(customer, *day), *day)


class TodayLook:
    """Today's figures, read from the database once a minute at most; safe in several threads."""

    def __init__(
        self,
        past: HistoryStore,
        terms: Callable[[], BillingTerms],
        zone: ZoneInfo,
        clock: Clock,
        steady: Steady | None = None,
    ) -> None:
        """Reads nothing yet; without a steady clock, `clock` is taken for one."""
        self._past = past
        self._terms = terms
        self._zone = zone
        self._clock = clock
        self._steady = steady or clock
        self._lock = Lock()
        self._last: tuple[datetime, Today] | None = None

    def __call__(self) -> Today:
        """As of a minute ago at most; raises WorkError and InputError."""
        with self._lock:
            steady = self._steady()
            if self._last is None or steady - self._last[0] >= _EVERY:
                self._last = steady, self._read()
            return self._last[1]

    def _read(self) -> Today:
        now, terms = self._clock(), self._terms()
        start = midnight(now.astimezone(self._zone).date(), self._zone)
        span, customer_of = Span(start, max(now, start + _EVERY), now), terms.rule.customer_of
        energy = energy_by_customer(
            *(self._past, self._zone, customer_of, span, terms.feeders, terms.formulas)
        )
        return today_of(energy, terms, now, partial(known_prices, self._past, terms))


def feeders_of(terms: BillingTerms) -> Collection[tuple[str, int]]:
    """The circuits that feed panels: what they carry is measured there once more."""
    return {(feeder.panel, feeder.pole) for feeder in terms.mains}
