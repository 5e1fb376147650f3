"""A JSON object read field by field: each is what was promised, or the complaint says what was.

A complaint names the field, what was expected and what came, however long or deep that is.
"""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from math import isfinite
from reprlib import repr as short_repr
from typing import Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import orjson

from bcm_mqtt.domain.identifier import EXPECTED, is_identifier
from bcm_mqtt.domain.printable import shown
from bcm_mqtt.domain.time import EPOCH, LocalTimeError, from_text, instant_of
from bcm_mqtt.errors import BcmError

VERSION = 1
MAX_POLES = 512
MOST_CHANGES = 1000
"""In one request."""
_LONGEST_REQUEST = 1 << 18
_LAST_TIME = datetime(9999, 1, 1, tzinfo=UTC)
_Value = TypeVar("_Value")
Transaction: TypeAlias = str | int | float | bool | None
"""Whatever the asker gave to know the response by; it is given back."""


class PayloadError(BcmError):
    """A payload that is not what its topic promises; the text says what was expected."""


def json_object(payload: bytes) -> dict[str, Any]:
    """The JSON object of a payload.

    Raises:
        PayloadError: it is none.
    """
    try:
        body = read_json(payload)
    except (ValueError, RecursionError):
        raise PayloadError(f"not JSON: {payload[:40]!r}") from None
    if not isinstance(body, dict):
        raise PayloadError(f"expected a JSON object, not {type(body).__name__}")
    return body


def request_body(payload: bytes) -> dict[str, Any]:
    """The object of a request; nothing at all counts as an empty one.

    Raises:
        PayloadError: it is none, or too long.
    """
    if len(payload) > _LONGEST_REQUEST:
        raise PayloadError(f"{len(payload)} bytes: expected at most {_LONGEST_REQUEST}")
    return json_object(payload) if payload.strip() else {}


def only(body: Mapping[str, Any], known: Collection[str]) -> None:
    """A key that is mistyped must not be passed over: the rest would be done without it.

    Raises:
        PayloadError: a key is not known.
    """
    for name in body.keys() - {*known, "transaction"}:
        raise PayloadError(
            f"{shown(name)}: unknown key, expected one of {', '.join(sorted(known))}"
        )


def transaction_of(payload: bytes) -> Transaction:
    """What the asker wants to know the response by; None where there is nothing of the kind."""
    try:
        transaction = request_body(payload).get("transaction")
    except PayloadError:
        return None
    return transaction if isinstance(transaction, str | int | float) else None


def read_json(payload: bytes) -> Any:
    """What a JSON document says, by the standard: NaN and endless numbers are none.

    Raises:
        PayloadError: it has such a number.
        ValueError: it is none; also RecursionError.
    """
    try:
        return orjson.loads(payload)
    except ValueError:
        # Which takes half a surrogate pair, too: it is given back in an answer.
        return json.loads(payload.decode(), parse_constant=_finite, parse_float=_finite)


def _finite(written: str) -> float:
    if not isfinite(number := float(written)):
        raise PayloadError(f"{written[:40]}: expected JSON, which has no such number")
    return number


def panel_body(payload: bytes, panel: str) -> dict[str, Any]:
    """The object of a payload of the known version that names the panel of its topic.

    Raises:
        PayloadError: it is not.
    """
    body = json_object(payload)
    version, named = body.get("v"), body.get("panel")
    if type(version) is not int or version != VERSION:
        raise PayloadError(f"v: expected {VERSION}, not {_shown(version)}")
    if named != panel:
        raise PayloadError(f"panel: expected {panel!r} as in the topic, not {_shown(named)}")
    if not is_identifier(panel):
        raise PayloadError(f"panel: expected {EXPECTED}, not {_shown(panel)}")
    return body


def field(
    body: Mapping[str, Any], name: str, parse: Callable[[Any], _Value], expected: str
) -> _Value:
    """The value of a required field, parsed.

    Raises:
        PayloadError: it is missing or not what was expected.
    """
    if name not in body:
        raise PayloadError(f"{name}: expected {expected}, but it is missing")
    return parsed(name, body[name], parse, expected)


def parsed(name: str, value: Any, parse: Callable[[Any], _Value], expected: str) -> _Value:
    """The value of a field, parsed.

    Raises:
        PayloadError: it is not what was expected.
    """
    try:
        return parse(value)
    except PayloadError as error:  # of a field within
        raise PayloadError(f"{name}: {error}") from None
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, InvalidOperation):
        raise PayloadError(f"{name}: expected {expected}, not {_shown(value)}") from None


def _shown(value: Any) -> str:
    """A value for a message, however long or deeply nested it is."""
    text = short_repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def time(value: Any) -> datetime:
    """A time from 1970 to 9998: at the edges of the calendar nothing can be calculated."""
    try:
        at = from_text(value)
    except OverflowError:  # its offset takes it beyond them
        at = _LAST_TIME
    if not EPOCH <= at < _LAST_TIME:
        raise PayloadError(f"expected a time from 1970 to 9998, not {_shown(value)}")
    return at


def instant(zone: ZoneInfo) -> Callable[[Any], datetime | None]:
    """Takes a date, a time of a zone or one with an offset; null and "" are none."""

    def read(value: Any) -> datetime | None:
        try:
            return None if value is None or value == "" else instant_of(text(value), zone)
        except LocalTimeError as error:
            raise PayloadError(str(error)) from None

    return read


def whole(value: Any) -> int:
    """A whole number, which 1.0 and true are not."""
    if type(value) is not int:
        raise TypeError
    return value


def from_to(low: int, high: int) -> Callable[[Any], int]:
    """Takes whole numbers within limits."""

    def check(value: Any) -> int:
        if not low <= whole(value) <= high:
            raise ValueError
        return whole(value)

    return check


rating = from_to(1, 2**31 - 1)
pole = from_to(1, MAX_POLES)


def text(value: Any) -> str:
    """A text that every database takes."""
    if not isinstance(value, str):
        raise TypeError
    # JSON can escape a NUL and half a surrogate pair, which no database takes.
    if b"\0" in value.encode():
        raise ValueError
    return value


def poles(value: Any) -> tuple[int, ...]:
    """A list of poles."""
    if not isinstance(value, list):
        raise TypeError
    return tuple(map(pole, value))


def power_factor(value: Any) -> Decimal:
    """0 < pf <= 1."""
    factor = Decimal(repr(value)) if type(value) in {int, float} else Decimal("NaN")
    if not 0 < factor <= 1:
        raise ValueError
    return factor


def perhaps(parse: Callable[[Any], _Value]) -> Callable[[Any], _Value | None]:
    """Takes null, too."""
    return lambda value: None if value is None else parse(value)


def changes(
    body: Mapping[str, Any], key: str, read: Callable[[Mapping[str, Any]], _Value]
) -> tuple[_Value, ...]:
    """The changes of a request: one by itself, or several in a list under a key."""
    if key not in body:
        return (read(body),)
    only(body, {key})
    rows = field(body, key, _objects, f"a list of 1 to {MOST_CHANGES} objects")
    found = []
    for index, row in enumerate(rows):
        try:
            found.append(read(row))
        except PayloadError as error:
            raise PayloadError(f"{key}[{index}]: {error}") from None
    return tuple(found)


def _objects(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_CHANGES:
        raise TypeError
    if not all(isinstance(row, dict) for row in value):
        raise TypeError
    return value
