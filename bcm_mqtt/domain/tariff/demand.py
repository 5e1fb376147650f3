"""Demand and committed power: prices of kW."""

from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.tariff.terms import Terms, price_of


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
