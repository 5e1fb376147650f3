"""Riders: what each kWh costs on top of its energy price, as a line of its own."""

from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.tariff.terms import Terms, price_of


@dataclass(frozen=True, slots=True)
class EnergyRider:
    """A price of each kWh for a purpose of its own, such as a duty, a levy or a credit.

    Attributes:
        name: As on the bill; unique among the riders of a rate.
        price: Of a kWh; negative is a credit.
        period: To whose energy it is limited, or "" for all hours.
        with_overhead: Whether the energy counts with the overhead factor of the rate, as it does
            for the energy price.
    """

    name: str
    price: Decimal
    period: str = ""
    with_overhead: bool = True

    def terms(self, currency: str) -> Terms:
        """Price and unit."""
        name = f"{self.name}, {self.period}" if self.period else self.name
        yield name, f"{currency} {price_of(self.price, currency)} per kWh"
