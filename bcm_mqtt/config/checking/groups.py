"""Groups of tariffs against the circuits: one that has none, a circuit that is in two of them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from bcm_mqtt.config.settings import Settings
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import KeyPath, read_yaml

_Circuits = list[tuple[str, CircuitVersion]]
"""Of a customer, each with its panel."""


def group_problems(settings: Settings) -> list[Problem]:
    """What is wrong with customers.yaml and circuits.csv together; nothing without groups."""
    found = list(group_findings(settings.terms, settings.directories))
    if not found:
        return []
    document = read_yaml(settings.tables[0])  # customers.yaml, as there are customers
    return [document.problem(("customers", *path), message) for path, message in found]


def group_findings(
    terms: BillingTerms, directories: Mapping[str, Directory]
) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with the groups of customers, by their keys below `customers`.

    Args:
        terms: With the customers.
        directories: Of all panels of the site.
    """
    for key, customer in terms.customers.items():
        versions = [one.customer for one in terms.dated.get(key, ())] or [customer]
        if any(one.groups for one in versions):
            circuits = _circuits_of(key, terms, directories)
            for index, (before, one) in enumerate(pairwise([None, *versions])):
                if one and (before is None or one.groups != before.groups):
                    place = (key, "versions", index - 1) if index else (key,)
                    for path, message in _of_version(one, circuits, directories):
                        yield (*place, "tariffs", *path), message


def _circuits_of(
    customer: str, terms: BillingTerms, directories: Mapping[str, Directory]
) -> _Circuits:
    """Those that the customer ever had, formulas as well."""
    measured = ((key, one) for key, of in directories.items() for one in of.versions)
    made = ((one.panel, one.circuit) for one in terms.formulas)
    return [
        (panel, circuit)
        for panel, circuit in (*measured, *made)
        if terms.rule.customer_of(circuit) == customer
    ]


def _of_version(
    customer: Customer, circuits: _Circuits, directories: Mapping[str, Directory]
) -> Iterator[tuple[KeyPath, str]]:
    """Of the groups of a customer's terms, by their keys below `tariffs`."""
    for group in customer.groups:
        for panel in group.panels:
            if panel not in directories:
                yield (group.name, "panels"), f"there is no panel {panel}"
            elif not any(panel == on for on, _ in circuits):
                yield (group.name, "panels"), f"{customer.id} has no circuit on {panel}"
        by_pattern = replace(group, circuits=())
        if group.pattern and not any(by_pattern.has(*one) for one in circuits):
            message = f"no description of a circuit of {customer.id} has {group.pattern!r}"
            yield (group.name, "description"), message
        for named in group.circuits:
            alone = replace(group, panels=(), pattern="", circuits=(named,))
            if not any(alone.has(*one) for one in circuits):
                yield (group.name, "circuits"), f"{named} is no circuit of {customer.id}"
    for panel, circuit in circuits:
        first, *others = [one.name for one in customer.groups if one.has(panel, circuit)] or [""]
        if others:
            message = (
                f"{panel}:{circuit.id} {circuit.description} is in {first}, too: expected each "
                "circuit in one group"
            )
            yield (others[0],), message
