"""How invoices are divided: a YAML file with a rule for each component."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from os import environ
from pathlib import Path
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.domain.allocation.allocating import AllocationRules, InputTax
from bcm_mqtt.domain.allocation.plan import AllocationPlan
from bcm_mqtt.domain.allocation.rules import (
    ByArea,
    ByDemand,
    ByEnergy,
    ByFixedShare,
    DatedArea,
    Mix,
    Rule,
)
from bcm_mqtt.located import Each, Shaped, read_yaml, validated


@dataclass(frozen=True, slots=True)
class AllocationFile:
    """What a file of rules says.

    Attributes:
        rules: By component.
        landlord: Ids of customers that are the landlord's own use.
    """

    rules: AllocationRules
    landlord: frozenset[str]


_AREAS: Final = Shaped(
    values.not_negative,
    listed=Each({vol.Required("from"): values.day, vol.Required("area"): values.not_negative}),
)
_SHARED: Final = {
    vol.Optional("common", default="landlord"): vol.In(
        ["landlord", "shared"], msg="expected landlord or shared"
    ),
    vol.Optional("unmonitored", default="landlord"): vol.In(
        ["landlord", "shared"], msg="expected landlord or shared"
    ),
}
_KINDS: Final[dict[str, dict[Any, Any]]] = {
    "energy": {vol.Optional("period"): values.text, **_SHARED},
    "demand": {
        vol.Optional("peaks", default="site"): vol.In(["site", "own"], msg="expected site or own"),
        **_SHARED,
    },
    "area": {
        vol.Optional("whole"): values.not_negative,
        vol.Required("areas"): {values.line: _AREAS},
    },
    "shares": {vol.Required("shares"): {values.line: values.share}},
}


def _by(kinds: Mapping[str, vol.Schema], expected: str) -> Callable[[object], Any]:
    """A mapping whose `by` says which schema it follows, or that word alone."""

    def check(value: object) -> Any:
        found = {"by": value} if isinstance(value, str) else value
        by = found.get("by") if isinstance(found, dict) else None
        if not isinstance(by, str) or by not in kinds:
            message = f"expected {expected} by one of {', '.join(kinds)}"
            raise vol.Invalid(message)
        return kinds[by](found)

    return check


def _schemas(more: Mapping[Any, Any]) -> dict[str, vol.Schema]:
    return {by: vol.Schema({"by": by, **keys, **more}) for by, keys in _KINDS.items()}


_WEIGHED: Final = _by(_schemas({vol.Required("weight"): values.share}), "a weight and a rule")
_MIX: Final = vol.Schema({"by": "mix", vol.Required("parts"): Each(_WEIGHED)})
_RULE: Final = _by({**_schemas({}), "mix": _MIX}, "a rule")
_ALLOCATION: Final[dict[Any, Any]] = {
    vol.Optional("input_tax", default="deducted"): vol.In(
        [one.value for one in InputTax], msg="expected deducted or cost"
    ),
    vol.Optional("landlord", default=list): [values.line],
    vol.Optional("components", default=dict): {values.line: _RULE},
    vol.Optional("other"): _RULE,
}
_RULES: Final = vol.Schema({vol.Required("allocation"): _ALLOCATION})
PLAN: Final[dict[Any, Any]] = {
    vol.Required("supplier"): values.line,
    vol.Optional("charge", default="components"): vol.In(
        ["components", "average"], msg="expected components or average"
    ),
    vol.Optional("cap"): values.text,
    **_ALLOCATION,
}
"""A plan of tariffs.yaml, by its id."""


def plan_of(key: str, value: Mapping[str, Any]) -> AllocationPlan:
    """The plan that a checked mapping says."""
    average, cap = value["charge"] == "average", value.get("cap", "")
    return AllocationPlan(
        *(key, value["supplier"], _rules(value), frozenset(value["landlord"]), average, cap)
    )


def plan_problem(value: Mapping[str, Any]) -> str:
    """What is wrong between the values of a plan; "" for nothing."""
    ruled = bool(value["components"]) or "other" in value
    if value["charge"] == "average":
        return "expected no components and no other: its average cost is charged" if ruled else ""
    return "" if ruled else "expected components, or other for all of them"


def read_rules(file: Path, environment: Mapping[str, str] = environ) -> AllocationFile:
    """The rules of a file.

    Raises:
        InputError: every problem of the file.
    """
    said = validated(read_yaml(file, environment=environment), _RULES)["allocation"]
    return AllocationFile(_rules(said), frozenset(said["landlord"]))


def _rules(said: Mapping[str, Any]) -> AllocationRules:
    return AllocationRules(
        {name: _rule(value) for name, value in said["components"].items()},
        _rule(said["other"]) if "other" in said else None,
        InputTax(said["input_tax"]),
    )


def _rule(value: Mapping[str, Any]) -> Rule:
    match value["by"]:
        case "energy":
            return ByEnergy(value.get("period", ""), **_shared(value))
        case "demand":
            return ByDemand(value["peaks"] == "own", **_shared(value))
        case "area":
            areas = {who: _dated(said) for who, said in value["areas"].items()}
            return ByArea(areas, value.get("whole"))
        case "shares":
            return ByFixedShare(value["shares"])
        case _:
            return Mix(tuple((part["weight"], _rule(part)) for part in value["parts"]))


def _shared(value: Mapping[str, Any]) -> dict[str, bool]:
    return {name: value[name] == "shared" for name in ("common", "unmonitored")}


def _dated(said: Any) -> tuple[DatedArea, ...]:
    if isinstance(said, Decimal):
        return (DatedArea(date.min, said),)
    return tuple(DatedArea(one["from"], one["area"]) for one in said)
