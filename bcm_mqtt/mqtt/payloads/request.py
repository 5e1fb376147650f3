"""Requests to the bridge, both ways."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.site.circuit import CircuitChange
from bcm_mqtt.domain.site.instrument_edit import InstrumentChange
from bcm_mqtt.domain.validity import ALWAYS_VALID, Validity
from bcm_mqtt.mqtt.payloads.alarm_request import (
    Acknowledge,
    Shelve,
    acknowledge_body,
    acknowledge_of,
    shelve_body,
    shelve_of,
)
from bcm_mqtt.mqtt.payloads.circuit import change_body, change_of
from bcm_mqtt.mqtt.payloads.codec import Codec, Form, encoded
from bcm_mqtt.mqtt.payloads.fields import PayloadError, changes, only, text
from bcm_mqtt.mqtt.payloads.instrument import instrument_change_body, instrument_change_of
from bcm_mqtt.mqtt.payloads.window import validity_body, what_of


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
class Reload:
    """A request to read the configuration again."""


@dataclass(frozen=True, slots=True)
class PollNow:
    """A request to poll a panel, or every one (None), at once."""

    panel: str | None = None


Request: TypeAlias = (
    ChangeCircuits | ExchangeMeters | ChangeInstruments | Acknowledge | Shelve | Reload | PollNow
)


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


def _meters(
    body: Mapping[str, Any], zone: ZoneInfo, *, exchange: bool
) -> tuple[InstrumentChange, ...]:
    return changes(body, "meters", lambda row: instrument_change_of(row, zone, exchange=exchange))


def _meters_body(request: ExchangeMeters | ChangeInstruments) -> dict[str, Any]:
    return {"meters": [instrument_change_body(change) for change in request.changes]}


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
            changes(body, "circuits", lambda row: change_of(row, zone))
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
        lambda body, _: acknowledge_of(body),
        acknowledge_body,
    ),
    "shelve": _Action(
        Shelve,
        None,
        lambda body, _: shelve_of(body),
        shelve_body,
    ),
    "reload": _Action(Reload, (), lambda _body, _zone: Reload(), lambda _: {}),
    "poll": _Action(PollNow, _POLL.keys, lambda body, _: _POLL.read(body), _POLL.body),
}
ACTIONS = tuple(_ACTIONS)
"""What can be requested of a bridge."""
