"""customers.yaml: who is behind the customer ids of circuits."""

from collections.abc import Collection, Mapping
from os import environ
from pathlib import Path

from bcm_mqtt.config import schema
from bcm_mqtt.config.values import read_table, unknown
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.tariff import Tariff
from bcm_mqtt.errors import Problem
from bcm_mqtt.languages import ENGLISH


def read_customers(
    file: Path,
    known: Collection[str] | None,
    tariffs: Mapping[str, Tariff],
    language: str = "",
    environment: Mapping[str, str] = environ,
) -> tuple[dict[str, Customer], list[Problem]]:
    """The customers by id, and every problem.

    Args:
        file: customers.yaml.
        known: Ids of tariffs that a customer may name; None takes any.
        tariffs: Those of them that are right.
        language: Of customers that state none.
        environment: Where `!env` looks.
    """
    document, table, problems = read_table(file, schema.CUSTOMERS, "customers", environment)
    customers = {}
    for key, value in table.items():
        tariff = value.get("tariff", "")
        if tariff and known is not None and tariff not in known:
            message = unknown("tariff", tariff, known)
            problems.append(document.problem(("customers", key, "tariff"), message))
        if "committed_kw" not in value and _asks_for_power(tariffs.get(tariff)):
            message = f"tariff {tariff} prices committed power: expected committed_kw"
            problems.append(document.problem(("customers", key), message))
        customers[key] = Customer(
            id=key,
            name=value.get("name", key),
            address=tuple(value["address"]),
            tariff=tariff,
            tax_id=value.get("tax_id", ""),
            committed_kw=value.get("committed_kw"),
            tax_exempt=value["tax_exempt"],
            email=tuple(value["email"]),
            language=stored_language(value.get("language", language)),
        )
    return customers, problems


def stored_language(tag: str) -> str:
    """A language as bills have it: of English nothing, as those of before languages."""
    return "" if tag == ENGLISH else tag


def _asks_for_power(tariff: Tariff | None) -> bool:
    """Whether a rate prices committed power and does not say how much that is."""
    return tariff is not None and any(
        rate.committed and rate.committed.kw is None for rate in tariff.versions
    )
