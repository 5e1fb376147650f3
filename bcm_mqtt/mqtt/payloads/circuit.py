"""A circuit in JSON: one version of it and a change of it, both ways, from the table of fields."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.site.circuit import CircuitChange, CircuitVersion
from bcm_mqtt.domain.site.circuit_field import (
    BY_NAME,
    FIELDS,
    POLES,
    Choice,
    CircuitField,
    Factor,
    Kind,
    PoleList,
    Text,
    Value,
    Whole,
)
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import from_text
from bcm_mqtt.mqtt.payloads.fields import (
    PayloadError,
    field,
    instant,
    only,
    perhaps,
    pole,
    poles,
    power_factor,
    rating,
    text,
)

_MAX_BREAKER_POLES = 3


def version_body(version: CircuitVersion) -> dict[str, Any]:
    """A version as the object that directories carry.

    A field that earlier releases lack is left out where it is empty: the payload is theirs then.
    """
    values = {item: version.value(item) for item in FIELDS}
    body = {
        item.name: value
        for item, value in values.items()
        if not item.added or value != item.empty(version.poles)
    }
    return {**body, "valid_from": version.valid_from}


def version_of(body: Mapping[str, Any]) -> CircuitVersion:
    """The version of an object; raises what `field` takes for a mistake."""
    taken = poles(body[POLES.name])
    if not 1 <= len(taken) <= _MAX_BREAKER_POLES:
        raise ValueError
    values: dict[CircuitField, Value] = {
        item: item.empty(taken)
        if item.added and item.name not in body
        else _exact(item.kind)(body[item.name])
        for item in FIELDS
    }
    return CircuitVersion.of(values, from_text(body["valid_from"]))


def change_body(change: CircuitChange) -> dict[str, Any]:
    """A change as the object that requests carry."""
    body: dict[str, Any] = {"panel": change.panel, "pole": change.first_pole}
    body |= {item.name: value for item, value in change.values.items()}
    if change.valid_from is not None:
        body["valid_from"] = change.valid_from
    return body


def change_of(body: Mapping[str, Any], zone: ZoneInfo) -> CircuitChange:
    """The change of an object of a request.

    Args:
        body: With the keys that are to be different.
        zone: The site's, for a `valid_from` without an offset.

    Raises:
        PayloadError: not such an object, and why.
    """
    only(body, {"panel", "pole", "valid_from", *BY_NAME})
    values: dict[CircuitField, Value] = {
        item: field(body, name, *_lenient(item.kind))
        for name, item in BY_NAME.items()
        if name in body
    }
    if not values:
        raise PayloadError(f"nothing to change: expected one of {', '.join(BY_NAME)}")
    return CircuitChange.of(
        field(body, "panel", text, "a panel's id"),
        field(body, "pole", pole, "a circuit's first pole"),
        values,
        field(body, "valid_from", instant(zone), "a date, a time or null")
        if "valid_from" in body
        else None,
    )


def _exact(kind: Kind) -> Callable[[Any], Value]:
    """Reads the value of a directory, as a bridge wrote it."""
    match kind:
        case Text():
            return text
        case Whole():
            return perhaps(rating)
        case Choice():
            return Connection
        case Factor():
            return perhaps(power_factor)
        case PoleList():
            return poles


def _lenient(kind: Kind) -> tuple[Callable[[Any], Value], str]:
    """Reads the value of a request, as anybody wrote it, and what is expected."""
    match kind:
        case Text():
            return text, "a text"
        case Whole(units=units):
            return perhaps(_whole), f"whole {units} or null"
        case Choice():
            return Connection, f"one of {', '.join(Connection)}"
        case Factor():
            return perhaps(power_factor), "a number above 0 to 1, or null"
        case PoleList():
            return poles, "a list of poles"


def _whole(value: Any) -> int:
    """Home Assistant's numbers are floats."""
    return rating(int(value) if type(value) is float and value.is_integer() else value)
