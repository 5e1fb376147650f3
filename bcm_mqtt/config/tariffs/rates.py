"""One rate of tariffs.yaml: from what the schema took to the domain's rate version.

The checks here are those that compare values with each other; a schema sees each alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from bcm_mqtt.config.tables import unknown
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY
from bcm_mqtt.domain.site.connection import Connection
from bcm_mqtt.domain.tariff import (
    ALL_DAYS,
    CommittedPower,
    DemandCharge,
    Energy,
    Fee,
    Minimum,
    PeriodPrice,
    Price,
    Ratchet,
    RateVersion,
    Schedule,
    ScheduleRule,
    Season,
    Tax,
    Tier,
    tiers_of,
)
from bcm_mqtt.located import KeyPath

Complaints = Iterator[tuple[KeyPath, str]]
"""Paths within a rate and what is wrong there."""

MOST_PERIODS = 32
_ALL_DAY = (0, QUARTERS_A_DAY)


def rate_of(value: Mapping[str, Any]) -> RateVersion:
    """The rate that a checked mapping says."""
    return RateVersion(
        valid_from=value["valid_from"],
        energy=_energy(value["energy"]),
        valid_until=value.get("valid_until"),
        schedule=_schedule(value),
        overhead=value["overhead"],
        demand=tuple(map(_demand, value["demand"])),
        committed=CommittedPower(**value["committed"]) if "committed" in value else None,
        fees=tuple(map(_fee, value["fees"])),
        minimum=_minimum(value.get("minimum")),
        taxes=tuple(
            Tax(tax["name"], tax["percent"], frozenset(_listed(tax.get("on", []))))
            for tax in value["taxes"]
        ),
    )


def rate_complaints(value: Mapping[str, Any], rate: RateVersion) -> Complaints:
    """What is wrong between the values of one rate."""
    yield from _of_tiers(rate)
    yield from _of_periods(value, rate) if rate.schedule else _without_schedule(value, rate)
    for index, rule in enumerate(value.get("schedule", ())):
        if "months" in rule and "season" in rule:
            yield ("schedule", index), "expected months or season, not both"
    seen = set[str]()
    for index, charge in enumerate(rate.demand):
        if charge.measure in seen:
            yield ("demand", index), f"is the second charge for the same {charge.measure}"
        seen.add(charge.measure)
    yield from _of_fees(value["fees"])


def _of_tiers(rate: RateVersion) -> Complaints:
    for name, price in rate.energy_prices.items():
        path: KeyPath = ("energy", name) if name else ("energy",)
        tiers = tiers_of(price)
        if not tiers:
            yield path, "expected at least one tier"
        below = Decimal(0)
        for index, tier in enumerate(tiers, start=1):
            if tier.up_to is None:
                if index < len(tiers):
                    message = "expected up_to, which only the last tier goes without"
                    yield (*path, index - 1), message
                continue
            if index == len(tiers):
                yield (*path, index - 1), "expected a last tier without up_to"
            if tier.up_to <= below:
                message = f"expected more than {below}, where the tier begins"
                yield (*path, index - 1, "up_to"), message
            below = tier.up_to


def _without_schedule(value: Mapping[str, Any], rate: RateVersion) -> Complaints:
    if "otherwise" in value:
        yield ("otherwise",), "needs a schedule, of which it takes the rest"
    if isinstance(value["energy"], dict):
        yield ("energy",), "has a price for each period: expected a schedule as well"
    for index, charge in enumerate(rate.demand):
        if charge.period:
            yield ("demand", index, "period"), "needs a schedule, which says when that is"


def _of_periods(value: Mapping[str, Any], rate: RateVersion) -> Complaints:
    named = rate.periods
    if len(named) > MOST_PERIODS:
        yield ("schedule",), f"expected at most {MOST_PERIODS} periods"
    if isinstance(value["energy"], dict):
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


def _of_fees(fees: Sequence[Mapping[str, Any]]) -> Complaints:
    seen = set[str]()
    for index, fee in enumerate(fees):
        if fee["name"] in seen:
            yield ("fees", index, "name"), f"is the second fee with the name {fee['name']!r}"
        seen.add(fee["name"])
        for key in ("connections", "rating_from", "rating_to"):
            if key in fee and fee["per"] != "circuit":
                yield ("fees", index, key), "is for fees per circuit"
        if fee.get("rating_from", 0) > fee.get("rating_to", 10000):
            yield ("fees", index, "rating_to"), f"expected at least {fee['rating_from']}"


def _energy(value: Any) -> Energy:
    if isinstance(value, dict):
        return tuple(PeriodPrice(period, _price(price)) for period, price in value.items())
    return _price(value)


def _price(value: Any) -> Price:
    if isinstance(value, Decimal):
        return value
    return tuple(Tier(tier["price"], tier.get("up_to")) for tier in value)


def _schedule(value: Mapping[str, Any]) -> Schedule | None:
    if "schedule" not in value:
        return None
    return Schedule(tuple(map(_rule, value["schedule"])), value.get("otherwise", ""))


def _rule(value: Mapping[str, Any]) -> ScheduleRule:
    months = tuple(Season((month, 1), (month, 31)) for month in _listed(value.get("months", [])))
    return ScheduleRule(
        period=value["period"],
        seasons=months + tuple(_listed(value.get("season", []))),
        days=frozenset().union(*_listed(value.get("days", ALL_DAYS))),
        hours=tuple(_listed(value.get("hours", _ALL_DAY))),
    )


def _demand(value: Mapping[str, Any]) -> DemandCharge:
    return DemandCharge(
        price=value["price"],
        coincident=value["coincident"],
        period=value.get("period", ""),
        ratchet=Ratchet(**value["ratchet"]) if "ratchet" in value else None,
        minimum_kw=value["minimum_kw"],
    )


def _fee(value: Mapping[str, Any]) -> Fee:
    return Fee(
        name=value["name"],
        price=value["price"],
        per_circuit=value["per"] == "circuit",
        prorate=value["prorate"],
        connections=frozenset(map(Connection, _listed(value.get("connections", [])))),
        rating_from=value.get("rating_from"),
        rating_to=value.get("rating_to"),
    )


def _minimum(value: Any) -> Minimum | None:
    if value is None:
        return None
    return Minimum(**value) if isinstance(value, dict) else Minimum(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
