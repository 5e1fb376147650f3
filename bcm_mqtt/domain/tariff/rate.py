"""Rates: all that a tariff charges from one local day on, and its words for it.

A component (demand, fees, taxes, ...) is a type of a module beside this one and a field of
`RateVersion`: the schema of tariffs.yaml and the page of tariffs derive from them.
`domain.rating` makes its lines.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bcm_mqtt.domain.allocation.plan import AllocationPlan
from bcm_mqtt.domain.tariff.ampere_fees import AmpereFee
from bcm_mqtt.domain.tariff.closing.surcharges import Surcharge
from bcm_mqtt.domain.tariff.closing.taxes import Tax
from bcm_mqtt.domain.tariff.closing.total import TotalRounding
from bcm_mqtt.domain.tariff.daily import DailyCharge
from bcm_mqtt.domain.tariff.demand.charge import CommittedPower, DemandCharge
from bcm_mqtt.domain.tariff.energy import (
    Energy,
    EnergyPrice,
    PeriodPrice,
    ReactiveCharge,
    tiers_of,
)
from bcm_mqtt.domain.tariff.fees import Fee, Maximum, Minimum
from bcm_mqtt.domain.tariff.load_factor import LoadFactorCharge
from bcm_mqtt.domain.tariff.prices import SeriesPrice
from bcm_mqtt.domain.tariff.riders import EnergyRider
from bcm_mqtt.domain.tariff.schedule import Schedule
from bcm_mqtt.domain.tariff.terms import Charge, Terms, exact, price_of
from bcm_mqtt.domain.usage.cut import ALL_HOURS


@dataclass(frozen=True, slots=True)
class RateVersion:
    """The rate of a tariff from one local day on.

    Attributes:
        valid_from: First day.
        energy: Price of a kWh in the tariff's currency; () where an invoice has it.
        valid_until: Last day, or None for "until the next version".
        schedule: Of its time-of-use periods, or None where it has none.
        overhead: What each kWh of energy counts for: the site's PUE.
        demand: Charges for demand, each of another measure.
        committed: Committed power, or None.
        fees: Per month and per circuit, each of another name.
        minimum: Or None.
        taxes: On top: those of the version that holds when a month ends.
        riders: Per kWh, each a line of its own and of another name.
        daily: Per day, each of another name.
        ampere_fees: Per ampere of rating, each of another name.
        reactive: For reactive energy, each of another name.
        surcharges: Shares of other lines, each of another name: those of the version that holds
            when a month ends.
        maximum: Or None.
        allocation: Whose invoices are charged in place of energy, or None.
        load_factor: Of the kWh beyond a use of the demand, each of another name.
        total: How the total is rounded, by the version that holds when a month ends; or None.
    """

    valid_from: date
    energy: Energy
    valid_until: date | None = None
    schedule: Schedule | None = None
    overhead: Decimal = Decimal(1)
    demand: tuple[DemandCharge, ...] = ()
    committed: CommittedPower | None = None
    fees: tuple[Fee, ...] = ()
    minimum: Minimum | None = None
    taxes: tuple[Tax, ...] = ()
    riders: tuple[EnergyRider, ...] = ()
    daily: tuple[DailyCharge, ...] = ()
    ampere_fees: tuple[AmpereFee, ...] = ()
    reactive: tuple[ReactiveCharge, ...] = ()
    surcharges: tuple[Surcharge, ...] = ()
    maximum: Maximum | None = None
    allocation: AllocationPlan | None = None
    load_factor: tuple[LoadFactorCharge, ...] = ()
    total: TotalRounding | None = None

    @property
    def needs_reactive(self) -> bool:
        """Whether it prices something that reactive power is part of."""
        return bool(self.reactive) or any(one.needs_reactive for one in self.demand)

    @property
    def periods(self) -> tuple[str, ...]:
        """Names of its time-of-use periods; ALL_HOURS alone where it has no schedule."""
        return self.schedule.periods if self.schedule else (ALL_HOURS,)

    @property
    def energy_prices(self) -> dict[str, EnergyPrice]:
        """Prices by period, or one of ALL_HOURS."""
        if isinstance(self.energy, Decimal | SeriesPrice):
            return {ALL_HOURS: self.energy}
        by_period = {
            item.period: item.price for item in self.energy if isinstance(item, PeriodPrice)
        }
        tiers = tuple(item for item in self.energy if not isinstance(item, PeriodPrice))
        return by_period or {ALL_HOURS: tiers}

    @property
    def series(self) -> dict[str, SeriesPrice]:
        """What energy is priced by a series, by period."""
        prices = self.energy_prices.items()
        return {period: price for period, price in prices if isinstance(price, SeriesPrice)}

    @property
    def charges(self) -> Iterator[Charge]:
        """Its components, in the order of a bill."""
        yield from filter(None, [self.allocation])
        yield from self.riders
        yield from self.load_factor
        yield from self.demand
        yield from filter(None, [self.committed])
        yield from self.reactive
        yield from self.daily
        yield from self.fees
        yield from self.ampere_fees
        yield from self.surcharges
        yield from filter(None, [self.minimum, self.maximum])
        yield from self.taxes
        yield from filter(None, [self.total])

    def terms(self, currency: str) -> Terms:
        """All that it charges, for people."""
        for period, price in self.energy_prices.items():
            label = f"Energy, {period}" if period else "Energy"
            if isinstance(price, SeriesPrice):
                yield from price.terms(label, currency)
                continue
            for tier in tiers_of(price):
                yield (
                    label + tier.limit("kWh"),
                    f"{currency} {price_of(tier.price, currency)} per kWh",
                )
        if self.overhead != 1:
            yield "Overhead factor", exact(self.overhead)
        for charge in self.charges:
            yield from charge.terms(currency)
