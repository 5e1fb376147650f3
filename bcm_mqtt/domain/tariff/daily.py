"""Charges by the day: what a meter or a connection costs whether anything is used or not."""

from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.tariff.terms import Terms, price_of


@dataclass(frozen=True, slots=True)
class DailyCharge:
    """A fixed price of each local day on which a customer has a circuit at any time.

    Attributes:
        name: As on the bill; unique among the daily charges of a rate.
        price: Of a day.
    """

    name: str
    price: Decimal

    def terms(self, currency: str) -> Terms:
        """Price and unit."""
        yield self.name, f"{currency} {price_of(self.price, currency)} per day"
