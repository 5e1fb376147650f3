"""Energy and its cost since midnight, computed once a minute for all walls."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from threading import Lock
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.prices.known import known_prices
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.history.circuit_slots import CircuitSlots
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.rating.energy_cost import energy_cost
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.groups.tariff_group import REST
from bcm_mqtt.domain.tariff import SlotPrices, Tariff
from bcm_mqtt.domain.time import Clock, Steady, midnight
from bcm_mqtt.domain.usage.calibration.setting import mains_of
from bcm_mqtt.history.query import Span
from bcm_mqtt.history.site_energy import energy_by_customer
from bcm_mqtt.store import HistoryStore

_PER_KWH = 1e9
"""uWh."""
_EVERY = timedelta(minutes=1)
_Group = tuple[str, str]
"""A customer and the name of one of its groups of circuits."""


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
    groups: Mapping[str, _Group] = MappingProxyType({}),
) -> Today:
    """Adds up the energy of everybody and prices it by each customer's tariff.

    Args:
        energy: By customer, and by group of circuits of those with several tariffs.
        terms: Of the site.
        as_of: The present.
        prices: Gives those of series by slot.
        groups: Of which customer and group what of `energy` is, where it is of a group.
    """
    of_series = cache(prices)
    cost, unpriced = dict[str, Decimal](), []
    measured = sum(float(one.measured_ms.sum()) for one in energy.values())
    expected = sum(float(one.expected_ms.sum()) for one in energy.values())
    kwh = sum(float(one.microwatt_hours.sum()) for one in energy.values()) / _PER_KWH
    for key, one in sorted(energy.items()):
        customer, group = groups.get(key, (key, REST))
        tariff = _tariff(terms, customer, group, one.slots) if customer else None
        try:
            used = one.microwatt_hours, one.slots
            amount = energy_cost(tariff, *used, of_series(one.slots)) if tariff else None
        except ValueError:  # no rate or no price for some of the day
            amount = None
        if tariff and amount is not None:
            cost[tariff.currency] = cost.get(tariff.currency, Decimal(0)) + amount
        elif customer not in unpriced:
            unpriced.append(customer)
    if not measured:  # what is not known costs nothing that is known
        return Today(None, {}, tuple(unpriced), 0.0, as_of)
    return Today(kwh, cost, tuple(unpriced), measured / expected, as_of)


def _tariff(terms: BillingTerms, customer: str, group: str, slots: Slots) -> Tariff | None:
    day = slots.at(0), slots.at(slots.count)
    tariff = terms.tariff_of(terms.customer_of(customer, *day), *day)
    return tariff.of_group(group) if tariff else None


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
        day = start, midnight(now.astimezone(self._zone).date() + timedelta(days=1), self._zone)
        by_id, groups = cache(lambda one: terms.customer_of(one, *day)), dict[str, _Group]()

        def part_of(customer: str, panel: str, circuit: CircuitVersion) -> str:
            group = by_id(customer).group_of(panel, circuit, start)
            if not group:
                return customer
            key = f"{customer}: {group}"
            groups[key] = customer, group
            return key

        energy = energy_by_customer(
            *(self._past, self._zone, customer_of, span, terms.feeders, terms.formulas, part_of)
        )
        prices = partial(known_prices, self._past, terms)
        return today_of(energy, terms, now, prices, groups)


def feeders_of(terms: BillingTerms) -> Collection[tuple[str, int]]:
    """The circuits that feed panels: what they carry is measured there once more."""
    return {(feeder.panel, feeder.pole) for feeder in mains_of(terms.feeders, terms.calibrations)}
