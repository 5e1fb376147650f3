"""Charges: what a rate asks for energy, demand, committed power, circuits, and by law."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.connection import Connection


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
        """Whether a circuit costs it; one of unknown rating costs no fee that asks for it."""
        if self.connections and circuit.connection not in self.connections:
            return False
        if self.rating_from is None and self.rating_to is None:
            return True
        amps = circuit.rating_amps
        return amps is not None and (
            (self.rating_from or 0) <= amps and (self.rating_to is None or amps <= self.rating_to)
        )


@dataclass(frozen=True, slots=True)
class Minimum:
    """The least that a month costs before taxes; a part of a month costs that part."""

    amount: Decimal
    prorate: bool = True


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
