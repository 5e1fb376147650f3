"""Public holidays by name, of the calendars that the holidays library knows."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.domain.tariff import NamedDay
from bcm_mqtt.located import Each

YEARS: Final = 40
"""From the year before a tariff's first version on; no calendar is right for ever."""
CALENDAR: Final = {
    vol.Required("country"): values.text,
    vol.Optional("subdivision"): values.text,
    vol.Optional("only"): Each(values.text),
    vol.Optional("observed"): values.boolean,
}
_OBSERVED: Final = (" (observed)", " (estimated)")


def is_calendar(value: Any) -> bool:
    """Whether an entry of holidays names a calendar."""
    return isinstance(value, dict) and "from" in value


def named_days(value: Mapping[str, Any], first: date) -> Iterator[NamedDay]:
    """The days that an entry picks, of the years from the one before `first` on.

    Raises:
        ValueError: says what is not known.
    """
    of = value["from"]
    where = of["country"], of.get("subdivision", "")
    known = _days(*where, of.get("observed", True), max(1, first.year - 1))
    wanted = of.get("only")
    names = {_plain(one.name) for one in known}
    for name in wanted or ():
        if name not in names:
            raise ValueError(values.unknown("holiday", name, names))
    for one in known:
        if wanted is None or _plain(one.name) in wanted:
            yield one


def calendar_problem(value: Mapping[str, Any], first: date) -> str:
    """Why an entry picks no days; "" where it does."""
    if value.keys() != {"from"}:
        return "expected from alone: other days have entries of their own"
    try:
        list(named_days(value, first))
    except ValueError as error:
        return str(error)
    return ""


@cache
def _days(country: str, subdivision: str, observed: bool, year: int) -> tuple[NamedDay, ...]:  # noqa: FBT001 - cached
    # Not at the top, because few sites name a calendar, and it takes as long as all the rest.
    import holidays  # noqa: PLC0415

    countries = holidays.list_supported_countries(include_aliases=True)
    if country not in countries:
        raise ValueError(values.unknown("country", country, countries))
    if subdivision and subdivision not in countries[country]:
        raise ValueError(values.unknown("subdivision", subdivision, countries[country]))
    languages = holidays.list_localized_countries().get(country, ())
    found = holidays.country_holidays(
        country,
        subdiv=subdivision or None,
        years=range(year, year + YEARS),
        observed=observed,
        language="en_US" if "en_US" in languages else None,
    )
    return tuple(sorted(NamedDay(day, name) for day, name in _each(found.items())))


def _each(found: Iterable[tuple[date, str]]) -> Iterator[tuple[date, str]]:
    """A day of two holidays has both names."""
    for day, together in found:
        for name in together.split("; "):
            yield day, name


def _plain(name: str) -> str:
    """A name as people choose it: the day on which a holiday is observed goes with it."""
    for ending in _OBSERVED:
        name = name.removesuffix(ending)
    return name
