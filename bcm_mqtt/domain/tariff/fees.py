"""Fees, and the least and the most that a month costs."""

from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.tariff.terms import Terms, price_of


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
class Maximum:
    """The most that a month costs before taxes; one of the two is stated.

    Attributes:
        amount: Of a whole month; a part of a month costs that part at most.
        per_kwh: Of each kWh of the month.
    """

    amount: Decimal | None = None
    per_kwh: Decimal | None = None

    def terms(self, currency: str) -> Terms:
        """Price and unit."""
        if self.amount is not None:
            yield "Maximum", f"{currency} {price_of(self.amount, currency)} per month"
        if self.per_kwh is not None:
            yield "Maximum", f"{currency} {price_of(self.per_kwh, currency)} per kWh"
