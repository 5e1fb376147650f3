"""The price of energy by a series: what a tariff makes of a published price."""

from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.tariff.terms import Terms, exact, price_of


@dataclass(frozen=True, slots=True)
class Block:
    """Power that was bought at a fixed price for all hours, whether it is used or not.

    What is used beyond it costs the price of the series, and what is not used of it is credited
    at that price.

    Attributes:
        kw: Power.
        price: Of a kWh of it, with everything.
    """

    kw: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class SeriesPrice:
    """A kWh costs (price of the series x factor + adder) x losses.

    Attributes:
        series: Id of the series.
        factor: On its price.
        adder: In the tariff's currency per kWh; below 0 for a discount.
        losses: kWh that are bought for each that is used, at least 1.
        block: Or None.
    """

    series: str
    factor: Decimal = Decimal(1)
    adder: Decimal = Decimal(0)
    losses: Decimal = Decimal(1)
    block: Block | None = None

    @property
    def formula(self) -> str:
        """`day-ahead x 1.05 + 0.015`, for people."""
        text = self.series
        if self.factor != 1:
            text += f" x {exact(self.factor)}"
        if self.adder:
            text += f" {'-' if self.adder < 0 else '+'} {exact(abs(self.adder))}"
        if self.losses != 1:
            text = f"({text}) x {exact(self.losses)}" if self.adder else f"{text} x {self.losses}"
        return text

    def terms(self, label: str, currency: str) -> Terms:
        """Its words, after those of the period that it is of."""
        yield label, f"{currency} {self.formula} per kWh"
        if self.block:
            price = price_of(self.block.price, currency)
            yield f"{label}: block of {exact(self.block.kw)} kW", f"{currency} {price} per kWh"
