"""What energy costs as it is used: at its energy price alone, before a bill is there."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.tariff import SeriesPrice, SlotPrices, slot_prices, tiers_of
from bcm_mqtt.domain.tariff.tariff import Tariff
from bcm_mqtt.domain.usage.cut import ALL_HOURS

_PER_KWH = 10**9
"""uWh."""


def energy_cost(
    tariff: Tariff,
    microwatt_hours: npt.NDArray[np.float64],
    slots: Slots,
    prices: Mapping[str, SlotPrices] = MappingProxyType({}),
) -> Decimal:
    """The cost of energy by slot, with the overhead factor, at the price of its first tier.

    Demand, fees, minimum and taxes are a month's, and are left out.

    Args:
        tariff: With a rate for all of the slots.
        microwatt_hours: By slot.
        slots: Of the energy.
        prices: Of series by slot, by the id of the series.

    Returns:
        In the tariff's currency, rounded once.

    Raises:
        ValueError: the tariff has no rate for some of the time, or the series no price.
    """
    start, end = slots.at(0), slots.at(slots.count)
    total = Fraction()
    rates = list(tariff.periods(start, end))
    for rated, priced in zip(rates, tariff.priced(start, end, slots), strict=True):
        held = Slots.between(rated.start, rated.end).within(slots)
        for name, price in rated.rate.energy_prices.items():
            flags = priced.flags(name, slots)
            if name == ALL_HOURS:
                flags[held] = True
            if isinstance(price, SeriesPrice):
                total += _by_series(price, np.where(flags, microwatt_hours, 0), prices) * Fraction(
                    rated.rate.overhead
                )
                continue
            if rated.rate.allocation:
                raise ValueError(f"tariff {tariff.id} charges by invoices, which come later")
            energy = round(float(np.sum(microwatt_hours[flags])))
            each = Fraction(tiers_of(price)[0].price) * Fraction(rated.rate.overhead)
            total += Fraction(energy, _PER_KWH) * each
    return money(Decimal(total.numerator) / total.denominator, tariff.currency)


def _by_series(
    price: SeriesPrice,
    microwatt_hours: npt.NDArray[np.float64],
    prices: Mapping[str, SlotPrices],
) -> Fraction:
    used = microwatt_hours != 0
    if price.series not in prices or not used.any():
        if used.any():
            raise ValueError(f"no prices of {price.series}")
        return Fraction()
    each = slot_prices(price, prices[price.series])[used]
    if np.isnan(each).any():
        raise ValueError(f"{price.series} has no price for some of the time")
    return Fraction(float(microwatt_hours[used] @ each)) / _PER_KWH
