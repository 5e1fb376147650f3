"""tariffs.yaml: prices by date."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from os import environ
from pathlib import Path
from typing import Any

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.settings import SiteSettings
from bcm_mqtt.config.tables import read_table
from bcm_mqtt.config.tariffs.rates import VERSION, Complaints, rate_complaints, rate_of
from bcm_mqtt.config.tariffs.times import HOLIDAYS, holiday_of, holidays_of
from bcm_mqtt.domain.tariff import (
    Tariff,
    last_day,
    rate_problems,
    schedule_problems,
)
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Each, KeyPath

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
    doubts = _Doubts([problem.key for problem in problems])
    tariffs = {}
    for key, value in table.items():
        tariff = Tariff(
            id=key,
            currency=value.get("currency", site.currency),
            zone=value.get("time_zone", site.zone),
            versions=tuple(map(rate_of, value["versions"])),
            holidays=holidays_of(value["holidays"]),
        )
        tariffs[key] = tariff
        holidays = not doubts.about(("tariffs", key, "holidays"))
        problems += [
            document.problem(("tariffs", key, *path), message)
            for path, message in _complaints(value, tariff, holidays=holidays)
            if not doubts.about(("tariffs", key, *path[:2]))
        ]
    return tariffs, document.keys("tariffs") if document.places else None, problems


@dataclass(frozen=True, slots=True)
class _Doubts:
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
        if isinstance(holiday, dict) and holiday_of(holiday) is None:
            yield ("holidays", index), "expected either day, or month, weekday and nth"
            holidays = False
    for index, message in rate_problems(tariff.versions):
        yield ("versions", index), message
    for index, (rate, following) in enumerate(pairwise([*tariff.versions, None])):
        if rate is None:
            continue
        path: KeyPath = ("versions", index)
        found = list(rate_complaints(value["versions"][index], rate))
        yield from (((*path, *inner), message) for inner, message in found)
        if rate.schedule and holidays and not found:
            last = last_day(rate, following)
            for rule, message in schedule_problems(
                rate.schedule, rate.valid_from, last, tariff.holidays
            ):
                where = ("schedule",) if rule is None else ("schedule", rule)
                yield (*path, *where), message
