"""The tables beside the main file: tariffs.yaml and customers.yaml."""

from collections.abc import Collection, Iterable, Mapping
from os import environ
from pathlib import Path
from typing import Any

import voluptuous as vol

from bcm_mqtt.config import schema
from bcm_mqtt.config.settings import SiteSettings
from bcm_mqtt.domain.customer import Customer
from bcm_mqtt.domain.tariff import RateVersion, Tariff, rate_problems
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document, read_yaml, salvaged


def read_tariffs(
    file: Path, site: SiteSettings, environment: Mapping[str, str] = environ
) -> tuple[dict[str, Tariff], set[str] | None, list[Problem]]:
    """The tariffs by id, all ids that stand in the file, and every problem.

    Holes and overlaps of their dates are problems, too. A tariff that is there but wrong is
    not in the first, only in the second; that is None where the file cannot be read.

    Args:
        file: tariffs.yaml.
        site: Its zone and currency hold for tariffs that state none.
        environment: Where `!env` looks.
    """
    document, table, problems = _table(file, schema.TARIFFS, "tariffs", environment)
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
    return tariffs, document.keys("tariffs") if document.places else None, problems


def read_customers(
    file: Path, tariffs: Collection[str] | None, environment: Mapping[str, str] = environ
) -> tuple[dict[str, Customer], list[Problem]]:
    """The customers by id, and every problem.

    Args:
        file: customers.yaml.
        tariffs: Ids that a customer may name; None takes any.
        environment: Where `!env` looks.
    """
    document, table, problems = _table(file, schema.CUSTOMERS, "customers", environment)
    customers = {}
    for key, value in table.items():
        tariff = value.get("tariff", "")
        if tariff and tariffs is not None and tariff not in tariffs:
            message = unknown("tariff", tariff, tariffs)
            problems.append(document.problem(("customers", key, "tariff"), message))
        customers[key] = Customer(
            id=key,
            name=value.get("name", key),
            address=tuple(value["address"]),
            tariff=tariff,
            tax_id=value.get("tax_id", ""),
            email=tuple(value["email"]),
        )
    return customers, problems


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The complaint about a name that refers to nothing."""
    return f"unknown {kind} {name!r}: expected one of {', '.join(sorted(known)) or 'none'}"


def _table(
    file: Path, against: vol.Schema, root: str, environment: Mapping[str, str]
) -> tuple[Document, dict[str, Any], list[Problem]]:
    try:
        document = read_yaml(file, environment=environment)
    except InputError as error:
        return Document(str(file), {}), {}, list(error.problems)
    data, problems = salvaged(document, against, {})
    return document, (data or {root: {}})[root], problems
