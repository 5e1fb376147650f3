"""Surcharges: shares of other lines before taxes, which may be limited."""

from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.tariff.terms import Terms, listed, price_of


@dataclass(frozen=True, slots=True)
class Surcharge:
    """A share of other lines; taxes are on it as on them.

    Attributes:
        name: As on the bill; unique among the surcharges of a rate.
        percent: Of their sum; negative is a discount.
        on: Kinds of lines (`rating.LineKind`); empty for all that are charged before it.
        most: At most this much in a month, or None.
        on_lines: Names of the charges whose lines it is on, in place of kinds.
    """

    name: str
    percent: Decimal
    on: frozenset[str] = frozenset()
    most: Decimal | None = None
    on_lines: frozenset[str] = frozenset()

    def terms(self, currency: str) -> Terms:
        """Its share, its limit, and what it is on where it names that."""
        share = f"{self.percent.normalize():f} %"
        if self.most is None:
            yield self.name, share
        else:
            yield self.name, f"{share}, at most {currency} {price_of(self.most, currency)}"
        yield from listed(self.name, self.on_lines)
