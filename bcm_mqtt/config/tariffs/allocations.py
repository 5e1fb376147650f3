"""Plans of tariffs.yaml by which suppliers' invoices are charged, and the rates that name one."""

from collections.abc import Iterator, Mapping
from typing import Any

from bcm_mqtt.config.invoices import plan_of, plan_problem
from bcm_mqtt.config.tariffs.complaints import Complaints
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.allocation.allocating import InputTax
from bcm_mqtt.domain.allocation.plan import AllocationPlan
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.tariff import RateVersion, Tariff
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document


def plans_of(
    document: Document, table: Mapping[str, Any]
) -> tuple[dict[str, AllocationPlan], list[Problem]]:
    """The plans by id, and every problem of them.

    Args:
        document: tariffs.yaml.
        table: Below its key `allocations`, as the schema took it.
    """
    problems = [
        document.problem(("allocations", key), message)
        for key, value in table.items()
        if (message := plan_problem(value))
    ]
    return {key: plan_of(key, value) for key, value in table.items()}, problems


def energy_complaints(value: Mapping[str, Any], rate: RateVersion) -> Complaints:
    """What is wrong between a rate's energy price and the plan that it names; paths are in it."""
    if "allocation" not in value:
        if "energy" not in value:
            yield ("energy",), "is required: a price, or allocation in place of it"
        return
    if "energy" in value:
        yield ("allocation",), "is in place of energy: expected one of them, for no kWh costs twice"
    plan = rate.allocation
    if plan is None or plan.rules.input_tax is InputTax.DEDUCTED:
        return
    for index, tax in enumerate(rate.taxes):
        if not tax.on or LineKind.ALLOCATION in tax.on:
            message = f"would be on the input tax that {plan.id} has as cost: state what it is on"
            yield ("taxes", index), f"{message}, without {LineKind.ALLOCATION}"


def plan_complaints(document: Document, value: Mapping[str, Any]) -> Complaints:
    """What is wrong with the plans that a tariff's rates name; paths are within the tariff.

    Args:
        document: tariffs.yaml, with the names of plans that are wrong, too.
        value: The tariff as the schema took it.
    """
    known = document.keys("allocations")
    for index, rate in enumerate(value["versions"]):
        name = rate.get("allocation")
        if name is not None and name not in known:
            yield ("versions", index, "allocation"), unknown("allocation", name, known)


def cap_problems(
    document: Document, plans: Mapping[str, AllocationPlan], tariffs: Mapping[str, Tariff]
) -> Iterator[Problem]:
    """Plans whose cap is no tariff with prices of its own."""
    for key, plan in plans.items():
        path = ("allocations", key, "cap")
        if plan.cap and plan.cap not in document.keys("tariffs"):
            yield document.problem(path, unknown("tariff", plan.cap, document.keys("tariffs")))
        elif plan.cap in tariffs and tariffs[plan.cap].charges_invoices:
            message = f"tariff {plan.cap} charges invoices itself: expected one with prices"
            yield document.problem(path, message)
