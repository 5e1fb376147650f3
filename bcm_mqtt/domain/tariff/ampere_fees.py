"""Fees by ampere: what the rating of a circuit costs, such as the size of its breaker."""

from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.tariff.terms import Terms, price_of


@dataclass(frozen=True, slots=True)
class AmpereFee:
    """A fixed price of each ampere that the breakers of a customer are rated for.

    Attributes:
        name: As on the bill; unique among the fees by ampere of a rate.
        price: Of an ampere and whole month; a part of the month costs that part.
        connections: Of the circuits that it is for; empty for all.
    """

    name: str
    price: Decimal
    connections: frozenset[Connection] = frozenset()

    def terms(self, currency: str) -> Terms:
        """Price and unit."""
        yield self.name, f"{currency} {price_of(self.price, currency)} per ampere and month"
