"""The rounding of a bill's total, where a sheet has another than the cents of its lines."""

from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.tariff.demand.charge import HALF_UP
from bcm_mqtt.domain.tariff.terms import Terms, price_of


@dataclass(frozen=True, slots=True)
class TotalRounding:
    """How the total is rounded, as a line of its own below the taxes.

    Attributes:
        round_to: Step in the currency.
        rounding: To it: half-up, up or down.
        unrounded: Whether it is the sum of the amounts before each was rounded to a line.
    """

    round_to: Decimal
    rounding: str = HALF_UP
    unrounded: bool = False

    def terms(self, currency: str) -> Terms:
        """Step and direction."""
        words = f"rounded {self.rounding} to {currency} {price_of(self.round_to, currency)}"
        yield "Total", words + (", of amounts before they are rounded" if self.unrounded else "")
