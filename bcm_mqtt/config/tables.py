"""The tables beside the main file: tariffs.yaml and customers.yaml."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import voluptuous as vol

from bcm_mqtt.config import schema
from bcm_mqtt.config.settings import SiteSettings
from bcm_mqtt.domain.bill import Customer
from bcm_mqtt.domain.tariff import RateVersion, Tariff, rate_problems
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document, read_yaml, salvaged


def read_tariffs(file: Path, site: SiteSettings) -> tuple[dict[str, Tariff], list[Problem]]:
    """The tariffs by id, and every problem: holes and overlaps of their dates as well.

    Args:
        file: tariffs.yaml.
        site: Its zone and currency hold for tariffs that state none.
    """
    document, table, problems = _table(file, schema.TARIFFS, "tariffs")
    tariffs = {}
    for key, value in table.items():
        versions = tuple(RateVersion(**version) for version in value["versions"])
        problems += [
            document.problem(("tariffs", key, "versions", index), message)
            for index, message in rate_problems(versions)
        ]
        tariffs[key] = Tariff(
            id=key,
            currency=value.get("currency", site.currency),
            zone=value.get("time_zone", site.zone),
            versions=versions,
        )
    return tariffs, problems


def read_customers(file: Path, tariffs: Iterable[str]) -> tuple[dict[str, Customer], list[Problem]]:
    """The customers by id, and every problem.

    Args:
        file: customers.yaml.
        tariffs: Ids that a customer may name.
    """
    document, table, problems = _table(file, schema.CUSTOMERS, "customers")
    known = sorted(tariffs)
    customers = {}
    for key, value in table.items():
        tariff = value.get("tariff", "")
        if tariff and tariff not in known:
            message = unknown("tariff", tariff, known)
            problems.append(document.problem(("customers", key, "tariff"), message))
        customers[key] = Customer(
            id=key,
            name=value.get("name", key),
            address=tuple(value["address"]),
            tariff=tariff,
            tax_id=value.get("tax_id", ""),
        )
    return customers, problems


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The complaint about a name that refers to nothing."""
    return f"unknown {kind} {name!r}: expected one of {', '.join(sorted(known)) or 'none'}"


def _table(
    file: Path, against: vol.Schema, root: str
) -> tuple[Document, dict[str, Any], list[Problem]]:
    try:
        document = read_yaml(file)
    except InputError as error:
        return Document(str(file), {}), {}, list(error.problems)
    data, problems = salvaged(document, against, {})
    return document, (data or {root: {}})[root], problems
