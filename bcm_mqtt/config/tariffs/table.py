"""tariffs.yaml: the schema of tariffs and their rates, and the domain's types made of them.

The complaints here are of values compared with each other; a schema sees each alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from itertools import pairwise
from os import environ
from pathlib import Path
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.invoices import PLAN
from bcm_mqtt.config.settings import SiteSettings
from bcm_mqtt.config.tariffs.allocations import (
    cap_problems,
    energy_complaints,
    plan_complaints,
    plans_of,
)
from bcm_mqtt.config.tariffs.calendars import calendar_problem, is_calendar
from bcm_mqtt.config.tariffs.charges import CHARGES, charges_of, energy_price_of, schema_of
from bcm_mqtt.config.tariffs.complaints import Complaints, charge_complaints
from bcm_mqtt.config.tariffs.demand import demand_complaints
from bcm_mqtt.config.tariffs.events import EVENT_DAYS, event_complaints, event_file, events_of
from bcm_mqtt.config.tariffs.periods import price_complaints
from bcm_mqtt.config.tariffs.series import (
    SERIES,
    EnergyShaped,
    is_by_period,
    series_complaints,
    series_of,
)
from bcm_mqtt.config.tariffs.times import HOLIDAYS, RULE, holiday_of, holidays_of, schedule_of
from bcm_mqtt.domain.allocation.plan import AllocationPlan
from bcm_mqtt.domain.tariff import (
    Energy,
    PeriodPrice,
    PriceSeries,
    RateVersion,
    SeriesPrice,
    Tariff,
    Tier,
    last_day,
    rate_problems,
    schedule_problems,
)
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Each, KeyPath, Shaped, read_yaml, salvaged

_TIERS = Each(schema_of(Tier))
VERSION: Final[Mapping[Any, Any]] = {
    vol.Required("valid_from"): values.day,
    vol.Optional("valid_until"): values.day,
    # A price may be below 0: there are times at which a kWh is worth less than nothing.
    vol.Optional("energy"): EnergyShaped(
        schema_of(SeriesPrice),
        Shaped(values.decimal, listed=_TIERS, mapping=schema_of(SeriesPrice)),
        _TIERS,
    ),
    vol.Optional("allocation"): values.identifier,
    vol.Optional("schedule"): Each(RULE),
    vol.Optional("otherwise"): values.text,
    vol.Optional("overhead", default=1): partial(values.decimal, low=Decimal(1)),
    **CHARGES,
}


def rate_of(value: Mapping[str, Any], plans: Mapping[str, AllocationPlan]) -> RateVersion:
    """The rate that a checked mapping says, with its plan of invoices where that is known."""
    return RateVersion(
        valid_from=value["valid_from"],
        energy=_energy(value["energy"]) if "energy" in value else (),
        valid_until=value.get("valid_until"),
        schedule=schedule_of(value),
        overhead=value["overhead"],
        allocation=plans.get(value.get("allocation", "")),
        **charges_of(value),
    )


def rate_complaints(value: Mapping[str, Any], rate: RateVersion) -> Complaints:
    """What is wrong between the values of one rate."""
    yield from energy_complaints(value, rate)
    yield from price_complaints(value, rate)
    for index, rule in enumerate(value.get("schedule", ())):
        if "months" in rule and "season" in rule:
            yield ("schedule", index), "expected months or season, not both"
    yield from demand_complaints(rate)
    yield from charge_complaints(value, rate)


def _energy(value: Any) -> Energy:
    if is_by_period(value):
        return tuple(PeriodPrice(period, energy_price_of(price)) for period, price in value.items())
    return energy_price_of(value)


TARIFFS = vol.Schema(
    {
        vol.Required("tariffs"): {
            values.text: {
                vol.Optional("currency"): values.currency,
                vol.Optional("time_zone"): values.zone,
                vol.Optional("holidays", default=list): HOLIDAYS,
                vol.Optional("event_days"): EVENT_DAYS,
                vol.Required("versions"): vol.All(
                    Each(dict(VERSION)),
                    vol.Length(min=1, msg="expected at least one version"),
                ),
            }
        },
        vol.Optional("series", default=dict): {values.identifier: SERIES},
        vol.Optional("allocations", default=dict): {values.identifier: PLAN},
    }
)


@dataclass(frozen=True, slots=True)
class TariffTable:
    """What tariffs.yaml says.

    Attributes:
        tariffs: By id, as far as they are right.
        ids: All that stand in the file; None where it cannot be read.
        series: Of prices, by id.
        event_files: That name event days.
        problems: Of the file, and of the files that it names.
    """

    tariffs: dict[str, Tariff] = field(default_factory=dict)
    ids: set[str] | None = field(default_factory=set)
    series: dict[str, PriceSeries] = field(default_factory=dict)
    event_files: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)


def read_tariffs(
    file: Path, site: SiteSettings, environment: Mapping[str, str] = environ
) -> tuple[dict[str, Tariff], set[str] | None, list[Problem]]:
    """The tariffs by id, all ids that stand in the file, and every problem: see `TariffTable`."""
    table = tariff_table(file, site, environment)
    return table.tariffs, table.ids, table.problems


def tariff_table(
    file: Path, site: SiteSettings, environment: Mapping[str, str] = environ
) -> TariffTable:
    """What the file says, and every problem.

    Holes and overlaps of dates and of hours are problems, too. A tariff that is there but
    wrong is among the ids alone.

    Args:
        file: tariffs.yaml.
        site: Its zone and currency hold for tariffs that state none.
        environment: Where `!env` looks.
    """
    try:
        document = read_yaml(file, environment=environment)
    except InputError as error:
        return TariffTable(ids=None, problems=list(error.problems))
    read, problems = salvaged(document, TARIFFS, {})
    table, stated = (read["tariffs"], read["series"]) if read else ({}, {})
    series, of_files = series_of(document, stated, site)
    plans, of_plans = plans_of(document, read["allocations"] if read else {})
    problems += [*of_files, *of_plans]
    mistakes = _Mistakes([problem.key for problem in problems])
    tariffs = {}
    for key, value in table.items():
        events, of_events = events_of(document, value)
        problems += of_events
        holidays_named = holidays_of(value["holidays"], value["versions"][0]["valid_from"])
        tariff = Tariff(
            id=key,
            currency=value.get("currency", site.currency),
            zone=value.get("time_zone", site.zone),
            versions=tuple(rate_of(one, plans) for one in value["versions"]),
            holidays=replace(holidays_named, events=events),
        )
        tariffs[key] = tariff
        holidays = not mistakes.about(("tariffs", key, "holidays"))
        problems += [
            document.problem(("tariffs", key, *path), message)
            for path, message in (
                *_complaints(value, tariff, holidays=holidays),
                *series_complaints(document, stated, tariff),
                *plan_complaints(document, value),
            )
            if not mistakes.about(("tariffs", key, *path[:2]))
        ]
    problems += cap_problems(document, plans, tariffs)
    ids = document.keys("tariffs") if document.places else None
    files = tuple(filter(None, (event_file(document, value) for value in table.values())))
    return TariffTable(tariffs, ids, series, files, problems)


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
        yield from event_complaints(value, rate, index)
        complaints = list(rate_complaints(value["versions"][index], rate))
        yield from (((*path, *inner), message) for inner, message in complaints)
        if rate.schedule and holidays and not complaints:
            last = last_day(rate, following)
            for rule, message in schedule_problems(
                rate.schedule, rate.valid_from, last, tariff.holidays
            ):
                where = ("schedule",) if rule is None else ("schedule", rule)
                yield (*path, *where), message
