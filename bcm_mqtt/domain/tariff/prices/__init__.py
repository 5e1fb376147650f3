"""Prices by interval: series such as a day-ahead market's, and energy that is priced by one.

Owns: what a series is, its prices over time, and what a tariff makes of them per kWh.
Does not own: files and tables with prices, and the lines of a bill (`domain.rating`).
Invariant: a price that is not there is unknown: it is never 0, and never that of another time.
"""

from bcm_mqtt.domain.tariff.prices.block_use import BlockUse
from bcm_mqtt.domain.tariff.prices.entered import PriceChange, PriceEntry, PriceImport
from bcm_mqtt.domain.tariff.prices.priced_intervals import PricedIntervals, slot_prices
from bcm_mqtt.domain.tariff.prices.series import EnergyUnit, PriceSeries
from bcm_mqtt.domain.tariff.prices.series_price import Block, SeriesPrice
from bcm_mqtt.domain.tariff.prices.series_prices import (
    NANO,
    NO_PRICES,
    SeriesPrices,
    SlotPrices,
)

__all__ = [
    "NANO",
    "NO_PRICES",
    "Block",
    "BlockUse",
    "EnergyUnit",
    "PriceChange",
    "PriceEntry",
    "PriceImport",
    "PriceSeries",
    "PricedIntervals",
    "SeriesPrice",
    "SeriesPrices",
    "SlotPrices",
    "slot_prices",
]
