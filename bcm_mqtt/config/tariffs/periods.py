"""What is wrong between prices, tiers and periods of a rate in tariffs.yaml."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from bcm_mqtt.config.tariffs.complaints import Complaints
from bcm_mqtt.config.tariffs.series import is_by_period
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.tariff import Price, RateVersion, SeriesPrice, tiers_of
from bcm_mqtt.located import KeyPath

MOST_PERIODS: Final = 32


def price_complaints(value: Mapping[str, Any], rate: RateVersion) -> Complaints:
    """What is wrong between the tiers of each price, and between periods and their prices.

    Args:
        value: The rate as the schema took it.
        rate: Made from it.
    """
    yield from _of_tiers(value, rate)
    yield from _of_periods(value, rate) if rate.schedule else _without_schedule(value, rate)


def _of_tiers(value: Mapping[str, Any], rate: RateVersion) -> Complaints:
    for name, price in rate.energy_prices.items():
        if isinstance(price, SeriesPrice) or "energy" not in value:
            continue
        yield from _of_price(("energy", name) if name else ("energy",), price)
    for charge_index, charge in enumerate(rate.demand):
        yield from _of_price(("demand", charge_index, "price"), charge.price)


def _of_price(path: KeyPath, price: Price) -> Complaints:
    tiers = tiers_of(price)
    if not tiers:
        yield path, "expected at least one tier"
    by_day = [tier.per_day for tier in tiers if tier.up_to is not None]
    if any(by_day) and (path[0] != "energy" or not all(by_day)):
        yield path, "has a tier by the day: expected all of them, of an energy price"
    below = Decimal(0)
    key = "hours_use" if any(tier.hours_use is not None for tier in tiers) else "up_to"
    for index, tier in enumerate(tiers, start=1):
        if key == "hours_use" and tier.up_to is not None:
            yield (*path, index - 1, "up_to"), "expected hours_use, as another tier has it"
            continue
        if tier.hours_use is not None and tier.per_day:
            yield (*path, index - 1, "per_day"), "is for up_to"
        if tier.end is None:
            if index < len(tiers):
                message = f"expected {key}, which only the last tier goes without"
                yield (*path, index - 1), message
            continue
        if index == len(tiers):
            yield (*path, index - 1), f"expected a last tier without {key}"
        if tier.end <= below:
            message = f"expected more than {below}, where the tier begins"
            yield (*path, index - 1, key), message
        below = tier.end


def _without_schedule(value: Mapping[str, Any], rate: RateVersion) -> Complaints:
    if "otherwise" in value:
        yield ("otherwise",), "needs a schedule, of which it takes the rest"
    if is_by_period(value.get("energy")):
        yield ("energy",), "has a price for each period: expected a schedule as well"
    for index, charge in enumerate(rate.demand):
        if charge.period:
            yield ("demand", index, "period"), "needs a schedule, which says when that is"


def _of_periods(value: Mapping[str, Any], rate: RateVersion) -> Complaints:
    named = rate.periods
    if len(named) > MOST_PERIODS:
        yield ("schedule",), f"expected at most {MOST_PERIODS} periods"
    if is_by_period(value.get("energy")):
        priced = value["energy"].keys()
        for path, name in _mentions(value):
            if name not in priced:
                yield path, unknown("period", name, priced)
        for name in sorted(priced - set(named)):
            yield ("energy", name), "has a price and no time: no rule of the schedule names it"
    for index, charge in enumerate(rate.demand):
        if charge.period and charge.period not in named:
            yield ("demand", index, "period"), unknown("period", charge.period, named)


def _mentions(value: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    for index, rule in enumerate(value["schedule"]):
        yield ("schedule", index, "period"), rule["period"]
    if "otherwise" in value:
        yield ("otherwise",), value["otherwise"]
