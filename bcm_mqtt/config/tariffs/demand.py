"""Demand charges in tariffs.yaml: values that they alone have, and what is wrong between them."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

import voluptuous as vol

from bcm_mqtt.config.values import decimal
from bcm_mqtt.domain.tariff import DemandCharge, PeakTime, RateVersion, SeriesPrice, tiers_of
from bcm_mqtt.domain.tariff.demand.charge import DOWN, HALF_UP, UP
from bcm_mqtt.domain.tariff.demand.window import (
    QUARTER_MINUTES,
    STEP_MINUTES,
    WINDOW_MINUTES,
)
from bcm_mqtt.domain.time import Month
from bcm_mqtt.located import KeyPath

_PEAK_TIME: Final = re.compile(r"([0-9-]{10}) ([01][0-9]|2[0-3]):(00|15|30|45)")
ROUNDINGS: Final = (HALF_UP, UP, DOWN)


def window(value: object) -> int:
    """Minutes of a demand window."""
    if isinstance(value, str) and value.isdecimal():
        value = int(value)  # `!env` gives texts
    if isinstance(value, int) and not isinstance(value, bool) and value in WINDOW_MINUTES:
        return int(value)
    raise vol.Invalid("expected 5, 10, 15, 30 or 60 minutes")


def sliding_step(value: object) -> int:
    """Minutes from the beginning of a window to that of the next one."""
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value in STEP_MINUTES:
        return int(value)
    raise vol.Invalid("expected 1, 5 or 15 minutes")


def step(value: object) -> Decimal:
    """A step in kW, of which 0.001 is the least."""
    return decimal(value, low=Decimal("0.001"))


def month(value: object) -> Month:
    """A month such as 2025-07."""
    try:
        return Month.parse(str(value))
    except ValueError:
        message = "expected a month such as 2025-07"
        raise vol.Invalid(message) from None


def peak_time(value: object) -> PeakTime:
    """When a window begins, such as 2026-01-15 17:00."""
    match = _PEAK_TIME.fullmatch(value) if isinstance(value, str) else None
    try:
        if match:
            day, hour, minute = match.groups()
            return PeakTime(date.fromisoformat(day), 4 * int(hour) + int(minute) // QUARTER_MINUTES)
    except ValueError:
        pass  # no such day
    message = "expected a local day and time on the quarter such as 2026-01-15 17:00"
    raise vol.Invalid(message)


def demand_complaints(rate: RateVersion) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong between the demand charges of a rate and within each; paths are in the rate."""
    keys, names = set[tuple[str, str]](), set[str]()
    for index, charge in enumerate(rate.demand):
        path: KeyPath = ("demand", index)
        if charge.name and charge.name in names:
            yield (*path, "name"), f"is the second demand charge with the name {charge.name!r}"
        elif charge.key in keys:
            yield path, f"is the second charge for the same {charge.measure}: expected a name"
        keys.add(charge.key)
        names.add(charge.name)
        for inner, message in _within(charge):
            yield (*path, *inner), message
        if not charge.sliding:
            yield from _off_the_clock(rate, charge, path)
    prices = (one for one in rate.energy_prices.values() if not isinstance(one, SeriesPrice))
    by_hours = any(tier.hours_use for price in prices for tier in tiers_of(price))
    if by_hours and rate.demand and rate.demand[0].needs_reactive:
        message = "is the demand of hours of use: expected one without kva and power_factor first"
        yield ("demand", 0), message
    reactive = set[str]()
    for index, one in enumerate(rate.reactive):
        if one.name in reactive:
            message = f"is the second charge for reactive energy with the name {one.name!r}"
            yield ("reactive", index), message
        reactive.add(one.name)


def _within(charge: DemandCharge) -> Iterator[tuple[KeyPath, str]]:
    if any(tier.price < 0 for tier in tiers_of(charge.price)):
        yield ("price",), "expected prices from 0: only energy may be worth less than nothing"
    if any(tier.hours_use is not None for tier in tiers_of(charge.price)):
        yield ("price",), "expected up_to in kW: hours of use are of energy"
    yield from _of_window(charge)
    if not charge.coincident and charge.needs_reactive:
        yield ("coincident",), "expected true: reactive power counts of all circuits at once"
    if charge.kva and charge.power_factor is not None:
        yield ("power_factor",), "is for kW: kVA have it in them"
    if not charge.coincident and charge.peak_times:
        yield ("peak_times",), "are for the demand of all circuits at once: remove coincident"
    if charge.rounding != HALF_UP and charge.round_to is None:
        yield ("rounding",), "needs round_to, the step in kW"
    if charge.by_difference and charge.power_factor is None:
        yield ("by_difference",), "needs power_factor, below which it counts"


def _of_window(charge: DemandCharge) -> Iterator[tuple[KeyPath, str]]:
    if charge.sliding and charge.step_minutes >= charge.window:
        step = charge.step_minutes
        yield ("sliding",), f"needs a window longer than its steps, which are {step} minutes"
    if charge.step is not None and not charge.sliding:
        yield ("step",), "needs sliding: true"
    if charge.site_peak and (charge.kva or charge.peak_times or not charge.coincident):
        yield ("site_peak",), "is of kW of all circuits at once: remove kva, peak_times, coincident"
    if charge.is_fine and (charge.kva or charge.peak_times or charge.site_peak):
        yield ("window",), "expected 15, 30 or 60, by quarter hours: for kva and peaks of others"
    if not charge.coincident and (charge.window != QUARTER_MINUTES or charge.is_fine):
        yield ("window",), "expected 15: of each circuit on its own, quarter hours alone are known"


def _off_the_clock(
    rate: RateVersion, charge: DemandCharge, path: KeyPath
) -> Iterator[tuple[KeyPath, str]]:
    """Fixed windows stand on the clock; a part of one never counts."""
    for place, time in enumerate(charge.peak_times):
        if time.quarter * QUARTER_MINUTES % charge.window:
            message = f"expected a time at which a window of {charge.window} minutes begins"
            yield (*path, "peak_times", place), message
    rules = rate.schedule.rules if rate.schedule and charge.period else ()
    edges = {edge for rule in rules for hours in rule.hours for edge in hours}
    if any(edge * QUARTER_MINUTES % charge.window for edge in edges):
        message = f"needs a schedule with hours on the {charge.window} minutes, or sliding: true"
        yield (*path, "window"), message
