"""Energy, also reactive: one price, by tiers, by a series, or one for each time-of-use period."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from bcm_mqtt.domain.tariff.prices import SeriesPrice
from bcm_mqtt.domain.tariff.terms import Terms, exact, percent, price_of


@dataclass(frozen=True, slots=True)
class Tier:
    """A part of a month's energy, or of its demand.

    Attributes:
        price: Of a kWh, or of a kW.
        up_to: kWh of a whole month or kW, from none on, where the tier ends; None for the last.
        per_day: Whether `up_to` is in kWh of each day of the month, all days together.
        hours_use: In place of it, kWh for each kW of the month's demand.
    """

    price: Decimal
    up_to: Decimal | None = None
    per_day: bool = False
    hours_use: Decimal | None = None

    @property
    def end(self) -> Decimal | None:
        """Where it ends, in kWh, kW or hours; None for the last."""
        return self.up_to if self.hours_use is None else self.hours_use

    def limit(self, unit: str) -> str:
        """Where it ends, for people: ` up to 500 kWh`; "" for the last."""
        a_day = " a day" if self.per_day else ""
        if self.hours_use is not None:
            return f" up to {exact(self.hours_use)} {unit} per kW"
        return "" if self.up_to is None else f" up to {exact(self.up_to)} {unit}{a_day}"


Price: TypeAlias = Decimal | tuple[Tier, ...]
"""Of energy or demand: for every kWh or kW the same, or by tiers."""
EnergyPrice: TypeAlias = Price | SeriesPrice
"""Of energy alone: also another one in each interval."""


def tiers_of(price: Price) -> tuple[Tier, ...]:
    """A price as tiers; the same for every kWh is one."""
    return (Tier(price),) if isinstance(price, Decimal) else price


@dataclass(frozen=True, slots=True)
class PeriodPrice:
    """The energy price of one time-of-use period."""

    period: str
    price: EnergyPrice


Energy: TypeAlias = EnergyPrice | tuple[PeriodPrice, ...]
"""One price at all hours, or one for each period."""


@dataclass(frozen=True, slots=True)
class ReactiveCharge:
    """A price of the reactive energy of a month.

    Attributes:
        price: Of a kvarh.
        above_share: Of the month's kWh, that many kvarh cost nothing.
        name: As on the bill; unique among those of a rate.
    """

    price: Decimal
    above_share: Decimal = Decimal(0)
    name: str = "Reactive energy"

    def terms(self, currency: str) -> Terms:
        """Price and unit."""
        price = f"{currency} {price_of(self.price, currency)} per kvarh"
        if self.above_share:
            price += f" above {percent(self.above_share)} of the kWh"
        yield self.name, price
