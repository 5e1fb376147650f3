"""tariffs.yaml: the schema of tariffs and their rates, and the domain's types made of them.

The complaints here are of values compared with each other; a schema sees each alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import pairwise
from os import environ
from pathlib import Path
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.settings import SiteSettings
from bcm_mqtt.config.tariffs.calendars import calendar_problem, is_calendar
from bcm_mqtt.config.tariffs.charges import CHARGES, charges_of, price_of, schema_of
from bcm_mqtt.config.tariffs.complaints import Complaints, charge_complaints
from bcm_mqtt.config.tariffs.demand import demand_complaints
from bcm_mqtt.config.tariffs.times import HOLIDAYS, RULE, holiday_of, holidays_of, schedule_of
from bcm_mqtt.config.values import read_table, unknown
from bcm_mqtt.domain.tariff import (
    Energy,
    PeriodPrice,
    Price,
    RateVersion,
    Tariff,
    Tier,
    last_day,
    rate_problems,
    schedule_problems,
    tiers_of,
)
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Each, KeyPath, Shaped

MOST_PERIODS = 32
_TIERS = Each(schema_of(Tier))
VERSION: Final[Mapping[Any, Any]] = {
    vol.Required("valid_from"): values.day,
    vol.Optional("valid_until"): values.day,
    # A price may be below 0: there are times at which a kWh is worth less than nothing.
    vol.Required("energy"): Shaped(
        values.decimal,
        listed=_TIERS,
        mapping={values.text: Shaped(values.decimal, listed=_TIERS)},
    ),
    vol.Optional("schedule"): Each(RULE),
    vol.Optional("otherwise"): values.text,
    vol.Optional("overhead", default=1): partial(values.decimal, low=Decimal(1)),
    **CHARGES,
}


def rate_of(value: Mapping[str, Any]) -> RateVersion:
    """The rate that a checked mapping says."""
    return RateVersion(
        valid_from=value["valid_from"],
        energy=_energy(value["energy"]),
        valid_until=value.get("valid_until"),
        schedule=schedule_of(value),
        overhead=value["overhead"],
        **charges_of(value),
    )


def rate_complaints(value: Mapping[str, Any], rate: RateVersion) -> Complaints:
    """What is wrong between the values of one rate."""
    yield from _of_tiers(rate)
    yield from _of_periods(value, rate) if rate.schedule else _without_schedule(value, rate)
    for index, rule in enumerate(value.get("schedule", ())):
        if "months" in rule and "season" in rule:
            yield ("schedule", index), "expected months or season, not both"
    yield from demand_complaints(rate)
    yield from charge_complaints(value, rate)


def _of_tiers(rate: RateVersion) -> Complaints:
    for name, price in rate.energy_prices.items():
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


def _energy(value: Any) -> Energy:
    if isinstance(value, dict):
        return tuple(PeriodPrice(period, price_of(price)) for period, price in value.items())
    return price_of(value)


TARIFFS = vol.Schema(
    {
        vol.Required("tariffs"): {
            values.text: {
                vol.Optional("currency"): values.currency,
                vol.Optional("time_zone"): values.zone,
                vol.Optional("holidays", default=list): HOLIDAYS,
                vol.Required("versions"): vol.All(
                    Each(dict(VERSION)),
                    vol.Length(min=1, msg="expected at least one version"),
                ),
            }
        }
    }
)


def read_tariffs(
    file: Path, site: SiteSettings, environment: Mapping[str, str] = environ
) -> tuple[dict[str, Tariff], set[str] | None, list[Problem]]:
    """The tariffs by id, all ids that stand in the file, and every problem.

    Holes and overlaps of dates and of hours are problems, too. A tariff that is there but
    wrong is not in the first, only in the second; that is None where the file cannot be
    read.

    Args:
        file: tariffs.yaml.
        site: Its zone and currency hold for tariffs that state none.
        environment: Where `!env` looks.
    """
    document, table, problems = read_table(file, TARIFFS, "tariffs", environment)
    mistakes = _Mistakes([problem.key for problem in problems])
    tariffs = {}
    for key, value in table.items():
        tariff = Tariff(
            id=key,
            currency=value.get("currency", site.currency),
            zone=value.get("time_zone", site.zone),
            versions=tuple(map(rate_of, value["versions"])),
            holidays=holidays_of(value["holidays"], value["versions"][0]["valid_from"]),
        )
        tariffs[key] = tariff
        holidays = not mistakes.about(("tariffs", key, "holidays"))
        problems += [
            document.problem(("tariffs", key, *path), message)
            for path, message in _complaints(value, tariff, holidays=holidays)
            if not mistakes.about(("tariffs", key, *path[:2]))
        ]
    return tariffs, document.keys("tariffs") if document.places else None, problems


@dataclass(frozen=True, slots=True)
class _Mistakes:
    """Where mistakes are already known: what is left there would only give rise to false ones."""

    keys: list[str]

    def about(self, path: KeyPath) -> bool:
        """Whether there is a mistake at or below a path."""
        name = ".".join(map(str, path))
        return any(f"{key}.".startswith(f"{name}.") for key in self.keys)


def _complaints(value: Mapping[str, Any], tariff: Tariff, *, holidays: bool) -> Complaints:
    """What is wrong between the values of a tariff; paths are within it.

    Args:
        value: As the schema took it.
        tariff: Made from it.
        holidays: Whether they are right; without them schedules cannot be checked.
    """
    for index, holiday in enumerate(value["holidays"]):
        if is_calendar(holiday):
            if problem := calendar_problem(holiday, tariff.versions[0].valid_from):
                yield ("holidays", index), problem
                holidays = False
        elif isinstance(holiday, dict) and holiday_of(holiday) is None:
            yield ("holidays", index), "expected either day, or month, weekday and nth"
            holidays = False
    for index, message in rate_problems(tariff.versions):
        yield ("versions", index), message
    for index, (rate, following) in enumerate(pairwise([*tariff.versions, None])):
        if rate is None:
            continue
        path: KeyPath = ("versions", index)
        complaints = list(rate_complaints(value["versions"][index], rate))
        yield from (((*path, *inner), message) for inner, message in complaints)
        if rate.schedule and holidays and not complaints:
            last = last_day(rate, following)
            for rule, message in schedule_problems(
                rate.schedule, rate.valid_from, last, tariff.holidays
            ):
                where = ("schedule",) if rule is None else ("schedule", rule)
                yield (*path, *where), message
