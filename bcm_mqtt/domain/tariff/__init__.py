"""Tariffs: what is charged, when, and for which time of use.

Owns: dated rate versions, their charges, schedules and holidays. Does not own: what a
customer used, and the arithmetic of a bill (`domain.rating`).
Invariant: every instant has exactly one rate and every quarter hour exactly one period.
"""

from bcm_mqtt.domain.tariff.holidays import (
    LAST,
    NO_HOLIDAYS,
    WEEKDAYS,
    Holidays,
    NthWeekday,
    YearlyDay,
)
from bcm_mqtt.domain.tariff.rate import (
    CommittedPower,
    DemandCharge,
    Energy,
    Fee,
    Minimum,
    PeriodPrice,
    Price,
    Ratchet,
    RateVersion,
    Tax,
    Tier,
    tiers_of,
)
from bcm_mqtt.domain.tariff.schedule import (
    ALL_DAYS,
    HOLIDAY,
    Schedule,
    ScheduleRule,
    Season,
    schedule_problems,
)
from bcm_mqtt.domain.tariff.tariff import RatePeriod, Tariff, last_day, rate_problems

__all__ = [
    "ALL_DAYS",
    "HOLIDAY",
    "LAST",
    "NO_HOLIDAYS",
    "WEEKDAYS",
    "CommittedPower",
    "DemandCharge",
    "Energy",
    "Fee",
    "Holidays",
    "Minimum",
    "NthWeekday",
    "PeriodPrice",
    "Price",
    "Ratchet",
    "RatePeriod",
    "RateVersion",
    "Schedule",
    "ScheduleRule",
    "Season",
    "Tariff",
    "Tax",
    "Tier",
    "YearlyDay",
    "last_day",
    "rate_problems",
    "schedule_problems",
    "tiers_of",
]
