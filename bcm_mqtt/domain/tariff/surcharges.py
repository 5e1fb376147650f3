"""Surcharges: shares of other lines before taxes, which may be limited."""

from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.tariff.terms import Terms, price_of


@dataclass(frozen=True, slots=True)
class Surcharge:
    """A share of other lines; taxes are on it as on them.

    Attributes:
        name: As on the bill; unique among the surcharges of a rate.
        percent: Of their sum; negative is a discount.
        on: Kinds of lines (`rating.LineKind`); empty for all that are charged before it.
        most: At most this much in a month, or None.
    """

    name: str
    percent: Decimal
    on: frozenset[str] = frozenset()
    most: Decimal | None = None

    def terms(self, currency: str) -> Terms:
        """Its share, and its limit."""
        share = f"{self.percent.normalize():f} %"
        if self.most is None:
            yield self.name, share
        else:
            yield self.name, f"{share}, at most {currency} {price_of(self.most, currency)}"
