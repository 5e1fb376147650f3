"""Tariffs: what is charged, when, and for which time of use.

Owns: dated rate versions, their charges, schedules and holidays. Does not own: what a
customer used, and the arithmetic of a bill (`domain.rating`).
Invariant: every instant has exactly one rate and every quarter hour exactly one period.
"""

from bcm_mqtt.domain.tariff.ampere_fees import AmpereFee
from bcm_mqtt.domain.tariff.closing.surcharges import Surcharge
from bcm_mqtt.domain.tariff.closing.taxes import Tax
from bcm_mqtt.domain.tariff.closing.total import TotalRounding
from bcm_mqtt.domain.tariff.daily import DailyCharge
from bcm_mqtt.domain.tariff.demand.charge import CommittedPower, DemandCharge
from bcm_mqtt.domain.tariff.demand.ratchet import Ratchet, StartingDemand
from bcm_mqtt.domain.tariff.demand.window import PeakTime
from bcm_mqtt.domain.tariff.energy import (
    Energy,
    EnergyPrice,
    PeriodPrice,
    Price,
    ReactiveCharge,
    Tier,
    tiers_of,
)
from bcm_mqtt.domain.tariff.fees import Fee, Maximum, Minimum
from bcm_mqtt.domain.tariff.holidays import (
    LAST,
    NO_HOLIDAYS,
    WEEKDAYS,
    Holidays,
    NamedDay,
    NthWeekday,
    YearlyDay,
)
from bcm_mqtt.domain.tariff.load_factor import LoadFactorCharge
from bcm_mqtt.domain.tariff.prices import (
    NANO,
    NO_PRICES,
    Block,
    BlockUse,
    EnergyUnit,
    PriceChange,
    PricedIntervals,
    PriceEntry,
    PriceImport,
    PriceSeries,
    SeriesPrice,
    SeriesPrices,
    SlotPrices,
    slot_prices,
)
from bcm_mqtt.domain.tariff.rate import RateVersion
from bcm_mqtt.domain.tariff.riders import EnergyRider
from bcm_mqtt.domain.tariff.schedule import (
    ALL_DAYS,
    EVENT,
    HOLIDAY,
    Schedule,
    ScheduleRule,
    Season,
    schedule_problems,
)
from bcm_mqtt.domain.tariff.tariff import RatePeriod, Tariff, last_day, rate_problems

__all__ = [
    "ALL_DAYS",
    "EVENT",
    "HOLIDAY",
    "LAST",
    "NANO",
    "NO_HOLIDAYS",
    "NO_PRICES",
    "WEEKDAYS",
    "AmpereFee",
    "Block",
    "BlockUse",
    "CommittedPower",
    "DailyCharge",
    "DemandCharge",
    "Energy",
    "EnergyPrice",
    "EnergyRider",
    "EnergyUnit",
    "Fee",
    "Holidays",
    "LoadFactorCharge",
    "Maximum",
    "Minimum",
    "NamedDay",
    "NthWeekday",
    "PeakTime",
    "PeriodPrice",
    "Price",
    "PriceChange",
    "PriceEntry",
    "PriceImport",
    "PriceSeries",
    "PricedIntervals",
    "Ratchet",
    "RatePeriod",
    "RateVersion",
    "ReactiveCharge",
    "Schedule",
    "ScheduleRule",
    "Season",
    "SeriesPrice",
    "SeriesPrices",
    "SlotPrices",
    "StartingDemand",
    "Surcharge",
    "Tariff",
    "Tax",
    "Tier",
    "TotalRounding",
    "YearlyDay",
    "last_day",
    "rate_problems",
    "schedule_problems",
    "slot_prices",
    "tiers_of",
]
