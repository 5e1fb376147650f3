"""`alarms`: limits of the site, and those that customers and circuits have of their own.

Owns: what the section may say, and that what it names is there.
Does not own: which limits hold for a circuit (`domain.alarms`), judging by them (the bridge).
Invariant: a limit that could hold for nothing is a problem, and not passed over.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.alarms.own_limits import AllLimits, OwnLimits
from bcm_mqtt.domain.reading.alarm_kind import AlarmLimits
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document

_CUSTOMERS, _CIRCUITS = "customers", "circuits"


def alarm_limits(
    document: Document,
    data: Mapping[str, Any],
    directories: Mapping[str, Directory],
    rule: CustomerRule,
) -> tuple[AllLimits, list[Problem]]:
    """The limits, and what is wrong with them.

    Args:
        document: For the places of problems.
        data: Of the section.
        directories: Whose circuits and customers may be named, of any time.
        rule: Says whose circuit is whose.
    """
    own = {_CUSTOMERS, _CIRCUITS}
    site = AlarmLimits(**{key: value for key, value in data.items() if key not in own})
    customers = {key: OwnLimits(**one) for key, one in data[_CUSTOMERS].items()}
    circuits = {_circuit(key): OwnLimits(**one) for key, one in data[_CIRCUITS].items()}
    problems = [
        *_problems_of_site(document, site),
        *_problems_of_own(document, site, data),
        *_unknown(document, data, directories, rule),
    ]
    return AllLimits(site, customers, circuits), problems


def _circuit(key: str) -> tuple[str, int]:
    panel, _, pole = key.partition(":")
    return panel, int(pole)


def _problems_of_site(document: Document, site: AlarmLimits) -> Iterator[Problem]:
    """Limits that exclude each other."""
    if site.critical < site.warning:
        message = f"expected at least the warning limit, {site.warning:g}"
        yield document.problem(("alarms", "critical"), message)
    lowest = min(site.warning, site.imbalance)
    if site.deadband >= lowest:
        message = f"expected less than the lowest limit, {lowest:g}"
        yield document.problem(("alarms", "deadband"), message)


def _problems_of_own(
    document: Document, site: AlarmLimits, data: Mapping[str, Any]
) -> Iterator[Problem]:
    for section in (_CUSTOMERS, _CIRCUITS):
        for key, one in data[section].items():
            place = ("alarms", section, key)
            if "warning" in one and one.get("critical", one["warning"]) < one["warning"]:
                message = f"expected at least its warning limit, {one['warning']:g}"
                yield document.problem((*place, "critical"), message)
            for name, limit in one.items():
                if limit <= site.deadband:
                    message = f"expected more than alarms.deadband, {site.deadband:g}"
                    yield document.problem((*place, name), message)
            if not one:
                yield document.problem(place, "expected warning, critical or both")


def _unknown(
    document: Document,
    data: Mapping[str, Any],
    directories: Mapping[str, Directory],
    rule: CustomerRule,
) -> Iterator[Problem]:
    """What is named and is not there, which would be a limit that holds for nothing."""
    versions = [(key, one) for key, each in directories.items() for one in each.versions]
    if not versions:  # circuits.csv is not read, or has yet to be written
        return
    places = {f"{key}:{one.first_pole}" for key, one in versions}
    customers = {rule.customer_of(one) for _, one in versions} - {""}
    yield from _not_there(document, _CIRCUITS, "circuit", data[_CIRCUITS], places)
    yield from _not_there(document, _CUSTOMERS, "customer", data[_CUSTOMERS], customers)


def _not_there(
    document: Document, section: str, what: str, named: Iterable[str], there: set[str]
) -> Iterator[Problem]:
    for key in named:
        if key not in there:
            yield document.problem(("alarms", section, key), unknown(what, key, there))
