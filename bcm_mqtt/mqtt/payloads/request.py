"""Requests to the bridge and its responses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.reading.alarm import MAIN, AlarmKind
from bcm_mqtt.domain.site.circuit_change import CircuitChange
from bcm_mqtt.domain.site.connection import Connection
from bcm_mqtt.domain.time.month import instant_of
from bcm_mqtt.mqtt.payloads.fields import (
    PayloadError,
    Transaction,
    encoded,
    field,
    only,
    perhaps,
    pole,
    poles,
    power_factor,
    rating,
    request_body,
    text,
)

_LONGEST_SHELF_H = 24 * 7
_MOST_CHANGES = 1000


@dataclass(frozen=True, slots=True)
class ChangeCircuits:
    """Circuits are to be changed, all or none."""

    changes: tuple[CircuitChange, ...]


@dataclass(frozen=True, slots=True)
class AlarmSelection:
    """Of which alarms something is asked; None is every one.

    Attributes:
        panel: Panel id.
        pole: First pole, or MAIN.
        kind: Of the alarm.
    """

    panel: str | None = None
    pole: int | None = None
    kind: AlarmKind | None = None


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Somebody has seen these alarms."""

    alarms: AlarmSelection


@dataclass(frozen=True, slots=True)
class Shelve:
    """Alarms are to be put aside, or back.

    Attributes:
        alarms: Which.
        hours: For how long; 0 puts them back, None puts them out of service.
    """

    alarms: AlarmSelection
    hours: float | None


@dataclass(frozen=True, slots=True)
class Reload:
    """The configuration is to be read anew."""


@dataclass(frozen=True, slots=True)
class PollNow:
    """A panel, or every one (None), is to be polled at once."""

    panel: str | None


Request: TypeAlias = ChangeCircuits | Acknowledge | Shelve | Reload | PollNow


def decode_request(action: str, payload: bytes, zone: ZoneInfo) -> Request:
    """The request of an action's payload.

    Args:
        action: The last level of the topic.
        payload: A JSON object; nothing at all counts as an empty one.
        zone: The site's, for a `valid_from` without an offset.

    Raises:
        PayloadError: not such a request, and why.
    """
    if (decode := _ACTIONS.get(action)) is None:
        raise PayloadError(f"unknown action {action!r}: expected one of {', '.join(ACTIONS)}")
    return decode(request_body(payload), zone)


def encode_response(
    transaction: Transaction, error: str = "", outcome: Mapping[str, int] | None = None
) -> bytes:
    """JSON of what became of a request.

    Args:
        transaction: That of the request.
        error: Why nothing was done, or "".
        outcome: Counts that say what was done.
    """
    result = {"status": "error", "error": error} if error else {"status": "ok", **(outcome or {})}
    return encoded({**result, "transaction": transaction})


def _circuit(body: Mapping[str, Any], zone: ZoneInfo) -> ChangeCircuits:
    if "circuits" not in body:
        return ChangeCircuits((_change(body, zone),))
    only(body, {"circuits"})
    rows = field(body, "circuits", _objects, f"a list of 1 to {_MOST_CHANGES} objects")
    changes = []
    for index, row in enumerate(rows):
        try:
            changes.append(_change(row, zone))
        except PayloadError as error:
            raise PayloadError(f"circuits[{index}]: {error}") from None
    return ChangeCircuits(tuple(changes))


def _change(body: Mapping[str, Any], zone: ZoneInfo) -> CircuitChange:
    only(body, {"panel", "pole", "valid_from", *_CHANGEABLE})
    asked = {
        attribute: field(body, name, parse, expected)
        for name, (attribute, parse, expected) in _CHANGEABLE.items()
        if name in body
    }
    if not asked:
        raise PayloadError(f"nothing to change: expected one of {', '.join(_CHANGEABLE)}")
    return CircuitChange(
        panel=field(body, "panel", text, "a panel's id"),
        first_pole=field(body, "pole", pole, "a circuit's first pole"),
        valid_from=field(body, "valid_from", _instant(zone), "a date, a time or null")
        if "valid_from" in body
        else None,
        **asked,
    )


def _objects(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_CHANGES:
        raise TypeError
    if not all(isinstance(row, dict) for row in value):
        raise TypeError
    return value


def _instant(zone: ZoneInfo) -> Callable[[Any], datetime | None]:
    return lambda value: None if value is None or value == "" else instant_of(text(value), zone)


def _whole_rating(value: Any) -> int:
    """Home Assistant's numbers are floats."""
    return rating(int(value) if type(value) is float and value.is_integer() else value)


_CHANGEABLE: Mapping[str, tuple[str, Callable[[Any], Any], str]] = {
    "description": ("description", text, "a text"),
    "customer": ("customer", text, "a text"),
    "rating": ("rating_amps", perhaps(_whole_rating), "whole amps or null"),
    "connection": ("connection", Connection, f"one of {', '.join(Connection)}"),
    "power_factor": ("power_factor", perhaps(power_factor), "a number above 0 to 1, or null"),
    "poles": ("poles", poles, "a list of poles"),
}
"""What a request may change, by key: the attribute of CircuitChange, how to read it."""


def _selection(body: Mapping[str, Any]) -> AlarmSelection:
    return AlarmSelection(
        panel=field(body, "panel", text, "a panel's id") if "panel" in body else None,
        pole=field(body, "pole", _pole_or_main, "a circuit's first pole or main")
        if "pole" in body
        else None,
        kind=field(body, "kind", AlarmKind, f"one of {', '.join(AlarmKind)}")
        if "kind" in body
        else None,
    )


def _pole_or_main(value: Any) -> int:
    return MAIN if value == "main" else pole(value)


def _acknowledge(body: Mapping[str, Any], _zone: ZoneInfo) -> Acknowledge:
    only(body, {"panel", "pole", "kind"})
    return Acknowledge(_selection(body))


def _shelve(body: Mapping[str, Any], _zone: ZoneInfo) -> Shelve:
    only(body, {"panel", "pole", "kind", "hours"})
    expected = f"hours above 0 to {_LONGEST_SHELF_H}, 0 to put back or null for out of service"
    return Shelve(_selection(body), field(body, "hours", perhaps(_hours), expected))


def _hours(value: Any) -> float:
    if type(value) not in {int, float} or not 0 <= value <= _LONGEST_SHELF_H:
        raise ValueError
    return timedelta(hours=value) / timedelta(hours=1)


def _reload(body: Mapping[str, Any], _zone: ZoneInfo) -> Reload:
    only(body, ())
    return Reload()


def _poll(body: Mapping[str, Any], _zone: ZoneInfo) -> PollNow:
    only(body, {"panel"})
    return PollNow(field(body, "panel", text, "a panel's id") if "panel" in body else None)


_ACTIONS: Mapping[str, Callable[[Mapping[str, Any], ZoneInfo], Request]] = {
    "circuit": _circuit,
    "acknowledge": _acknowledge,
    "shelve": _shelve,
    "reload": _reload,
    "poll": _poll,
}
ACTIONS = tuple(_ACTIONS)
"""What can be asked of a bridge."""
