"""Credits, or charges, for a high load factor: by the kWh beyond so many hours of use."""

from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.tariff.terms import Terms, exact, percent, price_of


@dataclass(frozen=True, slots=True)
class LoadFactorCharge:
    """A price of the kWh of a month beyond a use of its demand; one of the two is stated.

    Attributes:
        name: As on the bill; unique among those of a rate.
        price: Of such a kWh; negative is a credit.
        above_hours: Hours of use, kWh for each kW, beyond which they count.
        above_share: The same as a share of the hours of the month, 0 to 1.
        whole_hours: Whether hours of use are rounded down to whole ones first.
    """

    name: str
    price: Decimal
    above_hours: Decimal | None = None
    above_share: Decimal | None = None
    whole_hours: bool = False

    def terms(self, currency: str) -> Terms:
        """Price, unit and limit."""
        words = f"{currency} {price_of(self.price, currency)} per kWh above "
        if self.above_hours is not None:
            words += f"{exact(self.above_hours)} {'whole ' * self.whole_hours}hours of use"
        if self.above_share is not None:
            words += f"a load factor of {percent(self.above_share)}"
            words += ", by whole hours of use" * self.whole_hours
        yield self.name, words
