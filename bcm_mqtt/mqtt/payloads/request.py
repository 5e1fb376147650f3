"""Requests to the bridge, both ways."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.reading.alarm import MAIN
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.site.circuit import CircuitChange
from bcm_mqtt.domain.site.instrument_edit import InstrumentChange
from bcm_mqtt.domain.validity import ALWAYS_VALID, Validity
from bcm_mqtt.mqtt.payloads.circuit import change_body, change_of
from bcm_mqtt.mqtt.payloads.codec import Codec, Form, encoded, number
from bcm_mqtt.mqtt.payloads.fields import (
    PayloadError,
    field,
    only,
    perhaps,
    pole,
    text,
)
from bcm_mqtt.mqtt.payloads.instrument import instrument_change_body, instrument_change_of
from bcm_mqtt.mqtt.payloads.window import validity_body, what_of

LONGEST_SHELF_H = 24 * 7
MOST_CHANGES = 1000
"""In one request."""
_ALARMS, _HOURS_KEY, _BY = "alarms", "hours", "by"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class ChangeCircuits:
    """A request to change circuits, all or none."""

    changes: tuple[CircuitChange, ...]


@dataclass(frozen=True, slots=True)
class ExchangeMeters:
    """A request to write down that meters were exchanged, all or none."""

    changes: tuple[InstrumentChange, ...]


@dataclass(frozen=True, slots=True)
class ChangeInstruments:
    """A request to write down what is to be known of instruments, all or none."""

    changes: tuple[InstrumentChange, ...]


@dataclass(frozen=True, slots=True)
class AlarmSelection:
    """The alarms that a request is about; None stands for every one.

    Attributes:
        panel: Panel id.
        pole: First pole, or MAIN.
        kind: Of the alarm.
    """

    panel: str | None = None
    pole: int | None = None
    kind: AlarmKind | None = None

    @property
    def words(self) -> str:
        """Such as `panel rpp-1a, pole main`."""
        parts = {
            "panel": self.panel,
            "pole": "main" if self.pole == MAIN else self.pole,
            "kind": self.kind,
        }
        return ", ".join(f"{name} {value}" for name, value in parts.items() if value is not None)


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """A request to acknowledge alarms, all or none.

    Attributes:
        alarms: To acknowledge.
        by: Who requests it, for the journal; "" where that is not said.
    """

    alarms: tuple[AlarmSelection, ...]
    by: str = ""


@dataclass(frozen=True, slots=True)
class Shelve:
    """A request to put alarms on the shelf, or back, all or none.

    Attributes:
        alarms: To shelve.
        hours: For how long; 0 puts them back, None puts them out of service.
        by: Who requests it, for the journal; "" where that is not said.
    """

    alarms: tuple[AlarmSelection, ...]
    hours: float | None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Reload:
    """A request to read the configuration again."""


@dataclass(frozen=True, slots=True)
class PollNow:
    """A request to poll a panel, or every one (None), at once."""

    panel: str | None = None


Request: TypeAlias = (
    ChangeCircuits | ExchangeMeters | ChangeInstruments | Acknowledge | Shelve | Reload | PollNow
)
_Change = TypeVar("_Change")


def decode_request(action: str, payload: bytes, zone: ZoneInfo) -> Request:
    """The request of an action's payload.

    Args:
        action: The last level of the topic.
        payload: A JSON object; nothing at all counts as an empty one.
        zone: The site's, for a `valid_from` without an offset.

    Raises:
        PayloadError: not such a request, and why.
    """
    if (known := _ACTIONS.get(action)) is None:
        raise PayloadError(f"unknown action {action!r}: expected one of {', '.join(ACTIONS)}")
    body = what_of(action, payload)
    if known.keys is not None:
        only(body, known.keys)
    return known.read(body, zone)


def encode_request(request: Request, transaction: str, validity: Validity = ALWAYS_VALID) -> bytes:
    """JSON of a request, to be begun while it is valid."""
    body = _ACTIONS[action_of(request)].write(request)
    return encoded({**body, "transaction": transaction, **validity_body(validity)})


def action_of(request: Request) -> str:
    """The last level of a request's topic."""
    return next(action for action, known in _ACTIONS.items() if type(request) is known.of)


def _changes(
    body: Mapping[str, Any], key: str, read: Callable[[Mapping[str, Any]], _Change]
) -> tuple[_Change, ...]:
    """The changes of a request: one by itself, or several in a list under a key."""
    if key not in body:
        return (read(body),)
    only(body, {key})
    rows = field(body, key, _objects, f"a list of 1 to {MOST_CHANGES} objects")
    changes = []
    for index, row in enumerate(rows):
        try:
            changes.append(read(row))
        except PayloadError as error:
            raise PayloadError(f"{key}[{index}]: {error}") from None
    return tuple(changes)


def _meters(
    body: Mapping[str, Any], zone: ZoneInfo, *, exchange: bool
) -> tuple[InstrumentChange, ...]:
    return _changes(body, "meters", lambda row: instrument_change_of(row, zone, exchange=exchange))


def _meters_body(request: ExchangeMeters | ChangeInstruments) -> dict[str, Any]:
    return {"meters": [instrument_change_body(change) for change in request.changes]}


def _objects(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_CHANGES:
        raise TypeError
    if not all(isinstance(row, dict) for row in value):
        raise TypeError
    return value


def _pole_or_main(value: Any) -> int:
    return MAIN if value == "main" else pole(value)


def _selections(body: Mapping[str, Any], *others: str) -> tuple[AlarmSelection, ...]:
    """The alarms of a request: one selection by itself, or several in a list.

    `others` are its keys that say nothing of that.
    """
    named = {key: value for key, value in body.items() if key not in others}
    return _changes(named, _ALARMS, _selection)


def _by(body: Mapping[str, Any]) -> str:
    """Who requests it; "" where it does not say."""
    return field({_BY: "", **body}, _BY, _name, f"a name of at most {_LONGEST_NAME} characters")


def _name(value: Any) -> str:
    if len(text(value)) > _LONGEST_NAME:
        raise ValueError
    return text(value)


def _by_body(by: str) -> dict[str, str]:
    """Left out where nobody is named: bridges of an earlier release do not know it."""
    return {_BY: by} if by else {}


def _selection(body: Mapping[str, Any]) -> AlarmSelection:
    only(body, _SELECTION.keys)
    return _SELECTION.read(body)


def _selections_body(alarms: tuple[AlarmSelection, ...]) -> dict[str, Any]:
    """One selection is written by itself, as bridges of an earlier release expect it."""
    if len(alarms) == 1:
        return dict(_SELECTION.body(alarms[0]))
    return {_ALARMS: [_SELECTION.body(selection) for selection in alarms]}


def _shelve(body: Mapping[str, Any]) -> Shelve:
    hours = field(body, _HOURS_KEY, perhaps(_hours), _HOURS)
    return Shelve(_selections(body, _HOURS_KEY, _BY), hours, _by(body))


def _hours(value: Any) -> float:
    if not 0 <= number(value) <= LONGEST_SHELF_H:
        raise ValueError
    return timedelta(hours=value) / timedelta(hours=1)


_HOURS = f"hours above 0 to {LONGEST_SHELF_H}, 0 to put back or null for out of service"
_SELECTION = Codec(
    AlarmSelection,
    brief=True,
    panel=Form("a panel's id", text),
    pole=Form(
        "a circuit's first pole or main",
        _pole_or_main,
        lambda pole: "main" if pole == MAIN else pole,
    ),
    kind=Form(f"one of {', '.join(AlarmKind)}", AlarmKind),
)
_POLL = Codec(PollNow, brief=True, panel=Form("a panel's id", text))


class _Action(NamedTuple):
    """A kind of request.

    Attributes:
        of: Its class.
        keys: That its JSON may have besides `transaction`; None where `read` checks them.
        read: Takes the JSON object and the site's zone.
        write: Gives the JSON object.
    """

    of: type[Request]
    keys: tuple[str, ...] | None
    read: Callable[[Mapping[str, Any], ZoneInfo], Request]
    write: Callable[[Any], Mapping[str, Any]]


_ACTIONS: Mapping[str, _Action] = {
    "circuit": _Action(
        ChangeCircuits,
        None,
        lambda body, zone: ChangeCircuits(
            _changes(body, "circuits", lambda row: change_of(row, zone))
        ),
        lambda request: {"circuits": [change_body(change) for change in request.changes]},
    ),
    "exchange": _Action(
        ExchangeMeters,
        None,
        lambda body, zone: ExchangeMeters(_meters(body, zone, exchange=True)),
        _meters_body,
    ),
    "meter": _Action(
        ChangeInstruments,
        None,
        lambda body, zone: ChangeInstruments(_meters(body, zone, exchange=False)),
        _meters_body,
    ),
    "acknowledge": _Action(
        Acknowledge,
        None,
        lambda body, _: Acknowledge(_selections(body, _BY), _by(body)),
        lambda request: {**_selections_body(request.alarms), **_by_body(request.by)},
    ),
    "shelve": _Action(
        Shelve,
        None,
        lambda body, _: _shelve(body),
        lambda request: {
            **_selections_body(request.alarms),
            _HOURS_KEY: request.hours,
            **_by_body(request.by),
        },
    ),
    "reload": _Action(Reload, (), lambda _body, _zone: Reload(), lambda _: {}),
    "poll": _Action(PollNow, _POLL.keys, lambda body, _: _POLL.read(body), _POLL.body),
}
ACTIONS = tuple(_ACTIONS)
"""What can be requested of a bridge."""
