"""Rates: all that a tariff charges from one local day on, and its words for it.

A component (demand, fees, taxes, ...) is a type here and a field of `RateVersion`: the schema of
tariffs.yaml and the page of tariffs derive from them. `domain.rating` makes its lines.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeAlias

from bcm_mqtt.domain.money import in_full
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.tariff.schedule import Schedule
from bcm_mqtt.domain.usage.cut import ALL_HOURS

Terms: TypeAlias = Iterator[tuple[str, str]]
"""What a charge is called and its price, for people."""


def exact(value: Decimal) -> str:
    """With its own decimals and thousands separators."""
    return f"{value:,f}"


def price_of(value: Decimal, currency: str) -> str:
    """A price in full, with thousands separators."""
    return exact(in_full(value, currency))


class Charge(Protocol):
    """A component of a rate."""

    def terms(self, currency: str) -> Terms:
        """Its words."""


@dataclass(frozen=True, slots=True)
class Tier:
    """A part of a month's energy.

    Attributes:
        price: Of a kWh.
        up_to: kWh of a whole month, from none on, where the tier ends; None for the last.
    """

    price: Decimal
    up_to: Decimal | None = None


Price: TypeAlias = Decimal | tuple[Tier, ...]
"""Of energy: for every kWh the same, or by tiers."""


def tiers_of(price: Price) -> tuple[Tier, ...]:
    """A price as tiers; the same for every kWh is one."""
    return (Tier(price),) if isinstance(price, Decimal) else price


@dataclass(frozen=True, slots=True)
class PeriodPrice:
    """The energy price of one time-of-use period."""

    period: str
    price: Price


Energy: TypeAlias = Price | tuple[PeriodPrice, ...]
"""One price at all hours, or one for each period."""


@dataclass(frozen=True, slots=True)
class Ratchet:
    """A floor under the demand that is billed.

    Attributes:
        share: Of the greatest measured demand of the months before, 0 to 1.
        months: How many months back.
    """

    share: Decimal
    months: int


@dataclass(frozen=True, slots=True)
class DemandCharge:
    """A price for the greatest mean power over 15 minutes.

    Attributes:
        price: Of a kW in a month.
        coincident: Whether of all circuits at once; else of each on its own, added up.
        period: To which it is limited, or "" for all hours.
        ratchet: Or None.
        minimum_kw: At least this much is billed.
    """

    price: Decimal
    coincident: bool = True
    period: str = ""
    ratchet: Ratchet | None = None
    minimum_kw: Decimal = Decimal(0)

    @property
    def measure(self) -> str:
        """Name of the determinant that it prices: `demand`, `demand/on-peak` and such."""
        measured = "demand" if self.coincident else "own-demand"
        return f"{measured}/{self.period}" if self.period else measured

    def terms(self, currency: str) -> Terms:
        """Price and unit."""
        label = self.measure.replace("/", ", ").capitalize()
        yield label, f"{currency} {price_of(self.price, currency)} per kW and month"


@dataclass(frozen=True, slots=True)
class CommittedPower:
    """Power that is paid for whether used or not.

    Attributes:
        price: Of a committed kW in a month.
        overage_price: Of a kW of coincident demand above it.
        kw: Of customers that state none.
    """

    price: Decimal
    overage_price: Decimal
    kw: Decimal | None = None

    def terms(self, currency: str) -> Terms:
        """Price and unit."""
        yield "Committed power", f"{currency} {price_of(self.price, currency)} per kW and month"
        yield "Power above it", f"{currency} {price_of(self.overage_price, currency)} per kW"


@dataclass(frozen=True, slots=True)
class Fee:
    """A fixed price of a month, or of each circuit in it.

    Attributes:
        name: As on the bill; unique in a rate.
        price: Of a whole month.
        per_circuit: Whether for each circuit.
        prorate: Whether a part of the month costs that part.
        connections: Of the circuits that it is for; empty for all.
        rating_from: Least rating in A of the circuits that it is for, or None.
        rating_to: Greatest, or None.
    """

    name: str
    price: Decimal
    per_circuit: bool = False
    prorate: bool = True
    connections: frozenset[Connection] = frozenset()
    rating_from: int | None = None
    rating_to: int | None = None

    def is_for(self, circuit: CircuitVersion) -> bool:
        """Whether a circuit costs it; one of unknown rating costs no fee that depends on it."""
        if self.connections and circuit.connection not in self.connections:
            return False
        if self.rating_from is None and self.rating_to is None:
            return True
        amps = circuit.rating_amps
        return amps is not None and (
            (self.rating_from or 0) <= amps and (self.rating_to is None or amps <= self.rating_to)
        )

    def terms(self, currency: str) -> Terms:
        """Price and unit."""
        per = "per circuit and month" if self.per_circuit else "per month"
        yield self.name, f"{currency} {price_of(self.price, currency)} {per}"


@dataclass(frozen=True, slots=True)
class Minimum:
    """The least that a month costs before taxes; a part of a month costs that part."""

    amount: Decimal
    prorate: bool = True

    def terms(self, currency: str) -> Terms:
        """Price and unit."""
        yield "Minimum", f"{currency} {price_of(self.amount, currency)} per month"


@dataclass(frozen=True, slots=True)
class Tax:
    """A share of other lines, on top of them.

    Attributes:
        name: As on the bill.
        percent: Of their sum.
        on: Kinds of lines (`bill.LineKind`); empty for all but taxes.
    """

    name: str
    percent: Decimal
    on: frozenset[str] = frozenset()

    def terms(self, currency: str) -> Terms:  # noqa: ARG002 - a share has no currency
        """Its share."""
        yield self.name, f"{self.percent.normalize():f} %"


@dataclass(frozen=True, slots=True)
class RateVersion:
    """The rate of a tariff from one local day on.

    Attributes:
        valid_from: First day.
        energy: Price of a kWh in the tariff's currency.
        valid_until: Last day, or None for "until the next version".
        schedule: Of its time-of-use periods, or None where it has none.
        overhead: What each kWh of energy counts for: the site's PUE.
        demand: Charges for demand, each of another measure.
        committed: Committed power, or None.
        fees: Per month and per circuit, each of another name.
        minimum: Or None.
        taxes: On top: those of the version that holds when a month ends.
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

    @property
    def periods(self) -> tuple[str, ...]:
        """Names of its time-of-use periods; ALL_HOURS alone where it has no schedule."""
        return self.schedule.periods if self.schedule else (ALL_HOURS,)

    @property
    def energy_prices(self) -> dict[str, Price]:
        """Prices by period, or one of ALL_HOURS."""
        if isinstance(self.energy, Decimal):
            return {ALL_HOURS: self.energy}
        by_period = {
            item.period: item.price for item in self.energy if isinstance(item, PeriodPrice)
        }
        tiers = tuple(item for item in self.energy if not isinstance(item, PeriodPrice))
        return by_period or {ALL_HOURS: tiers}

    @property
    def charges(self) -> Iterator[Charge]:
        """Its components, in the order of a bill."""
        yield from self.demand
        yield from filter(None, [self.committed])
        yield from self.fees
        yield from filter(None, [self.minimum])
        yield from self.taxes

    def terms(self, currency: str) -> Terms:
        """All that it charges, for people."""
        for period, price in self.energy_prices.items():
            label = f"Energy, {period}" if period else "Energy"
            for tier in tiers_of(price):
                limit = f" up to {exact(tier.up_to)} kWh" if tier.up_to is not None else ""
                yield label + limit, f"{currency} {price_of(tier.price, currency)} per kWh"
        if self.overhead != 1:
            yield "Overhead factor", exact(self.overhead)
        for charge in self.charges:
            yield from charge.terms(currency)
