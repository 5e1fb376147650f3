"""Requests to the bridge and its responses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.reading.alarm import MAIN, AlarmKind
from bcm_mqtt.domain.site.circuit import CircuitChange
from bcm_mqtt.mqtt.payloads.circuit import change_of
from bcm_mqtt.mqtt.payloads.fields import (
    PayloadError,
    Transaction,
    encoded,
    field,
    only,
    perhaps,
    pole,
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
        return ChangeCircuits((change_of(body, zone),))
    only(body, {"circuits"})
    rows = field(body, "circuits", _objects, f"a list of 1 to {_MOST_CHANGES} objects")
    changes = []
    for index, row in enumerate(rows):
        try:
            changes.append(change_of(row, zone))
        except PayloadError as error:
            raise PayloadError(f"circuits[{index}]: {error}") from None
    return ChangeCircuits(tuple(changes))


def _objects(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_CHANGES:
        raise TypeError
    if not all(isinstance(row, dict) for row in value):
        raise TypeError
    return value


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
