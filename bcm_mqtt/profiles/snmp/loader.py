"""Loads the profiles of devices that speak SNMP, and refuses those that contradict themselves."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document, read_yaml, validated
from bcm_mqtt.profiles.measure import Factor, FactorKind, Measure, ValueType, WordOrder
from bcm_mqtt.profiles.schema import TEXT, scale, whole
from bcm_mqtt.profiles.shipped import Shipped
from bcm_mqtt.profiles.snmp.profile import NUMBER, AgentProfile, Column, Table

_SYNTAXES: Final = {
    "integer": ValueType.INT32,
    "gauge32": ValueType.UINT32,
    "counter32": ValueType.UINT32,
    "counter64": ValueType.UINT64,
}
_TABLES: Final = ("outlets", "branches", "phases")
_OID: Final = re.compile(r"1\.3(\.(0|[1-9][0-9]{0,9}|\{[a-z]+\}))+")
_PREFIX: Final = re.compile(r"1\.3(\.(0|[1-9][0-9]{0,9}))+")
_STATED: Final = Factor(
    FactorKind.EXPONENT, ValueType.INT16, WordOrder.HIGH_FIRST, 0, 0, ((0, Decimal(1)),)
)
"""Of a number of which the device says when it is read how many decimal digits it has. Where an
energy has any, a fall from where it begins again is left unexplained, which is reported."""


def _object(value: object) -> str:
    if isinstance(value, str) and _OID.fullmatch(value):
        return value
    message = "expected an object identifier such as 1.3.6.1.4.1.318.1.1.26.9.4.3.1.6.{n}"
    raise vol.Invalid(message)


_COLUMN: Final = {
    vol.Required("oid"): _object,
    vol.Required("type"): vol.In(
        sorted(_SYNTAXES), msg=f"expected one of {', '.join(sorted(_SYNTAXES))}"
    ),
    vol.Required("scale"): scale,
    vol.Optional("digits"): _object,
    vol.Optional("capacity"): whole(2, 2**64),
}
_TABLE: Final = {vol.Optional(quantity.value): _COLUMN for quantity in Quantity}
_KEYS: Final[dict[Any, Any]] = {
    vol.Required("id"): vol.Match(r"^[a-z0-9_-]+$", msg="expected [a-z0-9_-]+"),
    vol.Required("title"): TEXT,
    vol.Required("source"): TEXT,
    vol.Optional("checked"): TEXT,
    vol.Optional("uncertain"): TEXT,
    vol.Required("recognised_by"): vol.All(
        [vol.Match(_PREFIX, msg="expected what a sysObjectID begins with")],
        vol.Length(min=1, msg="expected at least one"),
    ),
    vol.Optional("parameters", default=dict): {
        vol.Match(r"^[a-z]+$", msg="expected a name of a-z"): whole(0, 2**31 - 1)
    },
    **{vol.Optional(name): _TABLE for name in _TABLES},
}
_PROFILE: Final = vol.Schema(_KEYS)


def load_agent_profile(file: Path) -> AgentProfile:
    """The profile of a YAML file.

    Raises:
        InputError: every mistake with file, line, key and what was expected.
    """
    document = read_yaml(file)
    data = validated(document, _PROFILE)
    if problems := list(_contradictions(document, data)):
        raise InputError(problems)
    return AgentProfile(
        id=data["id"],
        title=data["title"],
        source=" ".join(data["source"].split()),
        checked=" ".join(data.get("checked", "").split()),
        uncertain=" ".join(data.get("uncertain", "").split()),
        recognised_by=tuple(data["recognised_by"]),
        parameters=data["parameters"],
        tables={name: _table(name, data[name]) for name in _TABLES if name in data},
    )


@cache
def agent_profiles() -> Mapping[str, AgentProfile]:
    """Every profile of SNMP that comes with the package, by id."""
    return Shipped(__package__, load_agent_profile)


def _table(name: str, data: Mapping[str, Any]) -> Table:
    return Table(
        name, tuple(_column(quantity, data[quantity]) for quantity in Quantity if quantity in data)
    )


def _column(quantity: Quantity, data: Mapping[str, Any]) -> Column:
    measure = Measure(
        quantity=quantity,
        type=_SYNTAXES[data["type"]],
        scale=data["scale"],
        factor=_STATED if "digits" in data else None,
        capacity=data.get("capacity"),
    )
    return Column(measure, data["oid"], data.get("digits", ""))


def _contradictions(document: Document, data: Mapping[str, Any]) -> Iterator[Problem]:
    if not any(name in data for name in _TABLES):
        yield document.problem((), f"expected one of {', '.join(_TABLES)}")
    taken = dict[str, str]()
    for name in _TABLES:
        for quantity, column in data.get(name, {}).items():
            for key in ("oid", "digits"):
                place = (name, quantity, key)
                named = set(re.findall(r"\{([a-z]+)\}", column.get(key, "")))
                if unknown := sorted(named - {NUMBER, *data["parameters"]}):
                    yield document.problem(place, f"{unknown[0]} is none of parameters")
            if f"{{{NUMBER}}}" not in column["oid"]:
                place = (name, quantity, "oid")
                yield document.problem(place, f"expected {{{NUMBER}}} where the number stands")
            earlier = taken.setdefault(column["oid"], f"{name}.{quantity}")
            if earlier != f"{name}.{quantity}":
                yield document.problem((name, quantity, "oid"), f"is {earlier} already")
