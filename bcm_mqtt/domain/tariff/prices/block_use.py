"""What of a block was used, interval by interval."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from bcm_mqtt.domain.interval.slots import Integers
from bcm_mqtt.domain.tariff.prices.priced_intervals import PricedIntervals
from bcm_mqtt.domain.tariff.prices.series_price import Block


@dataclass(frozen=True, slots=True, eq=False)
class BlockUse:
    """A block in the intervals of a series; explanations show it.

    Attributes:
        block: That is bought.
        of_one_kw: The intervals for which it is, with the energy of 1 kW in each.
        used: int64: Wh that were used in each of them.
        overhead: What each kWh that was used counts for.
    """

    block: Block
    of_one_kw: PricedIntervals
    used: Integers = field(repr=False)
    overhead: Decimal = Decimal(1)

    def bought(self, interval: int) -> Fraction:
        """KWh of the block in an interval."""
        return Fraction(self.block.kw) * Fraction(int(self.of_one_kw.watt_hours[interval]), 1000)

    def used_kwh(self, interval: int) -> Fraction:
        """What was used in it, of the block and beyond, with the overhead."""
        return Fraction(int(self.used[interval]), 1000) * Fraction(self.overhead)

    def within(self, interval: int) -> Fraction:
        """Of what was used, the kWh at the price of the block."""
        return max(Fraction(0), min(self.bought(interval), self.used_kwh(interval)))

    def beyond(self, interval: int) -> Fraction:
        """Of what was used, the kWh at the price of the series."""
        return self.used_kwh(interval) - self.within(interval)

    def credited(self, interval: int) -> Fraction:
        """Of the block, the kWh that were not used, which go back at the price of the series."""
        return self.bought(interval) - self.within(interval)
