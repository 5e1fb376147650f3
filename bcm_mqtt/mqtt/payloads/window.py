"""When a request may be begun, in its JSON: `valid_from` and `deadline` beside its `transaction`.

A change that is not in a list has a `valid_from` of its own, from when on it holds: there the
key is the change's.
"""

from collections.abc import Mapping
from typing import Any

from bcm_mqtt.domain.printable import controls_in, shown
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.domain.validity import Validity
from bcm_mqtt.mqtt.payloads.fields import PayloadError, field, perhaps, request_body, time

CHANGING: Mapping[str, str] = {"circuit": "circuits", "exchange": "meters", "meter": "meters"}
"""The actions that change rows, each with the key of their list."""
_MADE, _DEADLINE = "valid_from", "deadline"
_EXPECTED = "a time such as 2026-11-20T12:00:00Z, or null"


def validity_of(action: str, payload: bytes) -> Validity:
    """When a request may be begun.

    Raises:
        PayloadError: it is no request, or says no such time.
    """
    body = request_body(payload)
    given = {
        name: field(body, name, perhaps(time), _EXPECTED)
        for name in (_MADE, _DEADLINE)
        if name in _keys(action, body)
    }
    return Validity(given.get(_MADE), given.get(_DEADLINE))


def what_of(action: str, payload: bytes) -> dict[str, Any]:
    """What is requested: the object without those keys.

    Raises:
        PayloadError: it is no request, or has control characters but in what is given back.
    """
    body = request_body(payload)
    for place, found in controls_in(body):
        if place[0] != "transaction":
            where = shown(".".join(map(str, place)))
            text = f"{where}: expected one line without control characters, not {found[:60]!r}"
            raise PayloadError(text)
    return {name: value for name, value in body.items() if name not in _keys(action, body)}


def validity_body(validity: Validity) -> dict[str, str]:
    """The keys of a request that says when it may be begun."""
    given = {_MADE: validity.valid_from, _DEADLINE: validity.deadline}
    return {name: to_text(at) for name, at in given.items() if at is not None}


def _keys(action: str, body: Mapping[str, Any]) -> set[str]:
    """Those that the object has of these."""
    is_one_change = action in CHANGING and CHANGING[action] not in body
    return body.keys() & ({_DEADLINE} if is_one_change else {_MADE, _DEADLINE})
