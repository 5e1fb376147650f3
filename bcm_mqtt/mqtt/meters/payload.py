"""Values in the payloads of devices, which may be anything."""

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Final

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.time import from_text
from bcm_mqtt.profiles.mqtt import MessageValue, ValuePath

LARGEST: Final = 65_536
"""Bytes of a payload that is read: what devices publish has a few hundred."""
_LONGEST_SHOWN: Final = 40
_NOTHING: Final = frozenset({"", "nan", "none", "null", "unavailable", "unknown"})
_LONGEST_NUMBER: Final = 64
_IN_MS: Final = 100_000_000_000
"""A Unix time beyond that is in ms: in s it would be in the year 5138."""
ABSENT: Final = object()


class UnreadableError(ValueError):
    """What is wrong with a payload, or a value in it, in a few words."""


def decoded(payload: bytes, *, is_json: bool) -> object:
    """JSON as Python has it, or the text of a plain payload.

    Raises:
        UnreadableError: it is too large, no text or no JSON.
    """
    if len(payload) > LARGEST:
        message = f"a message of {len(payload):,} bytes, more than {LARGEST:,}, is not read"
        raise UnreadableError(message)
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise UnreadableError("a message is not text") from None
    if not is_json:
        return text.strip()
    try:
        found: object = json.loads(text, parse_constant=lambda _: None)
    except RecursionError:
        raise UnreadableError("a message is nested too deeply") from None
    except ValueError:
        raise UnreadableError(f"a message is not JSON: {shown(text)}") from None
    return found


def at(data: object, paths: tuple[ValuePath, ...]) -> object:
    """What is at the first of paths that is there; ABSENT where none is."""
    for path in paths:
        found = data
        for key in path:
            if isinstance(found, dict) and key in found:
                found = found[key]
            elif isinstance(found, list) and key.isdecimal() and int(key) < len(found):
                found = found[int(key)]
            else:
                break
        else:
            return found
    return ABSENT


def amount(value: object, declared: MessageValue) -> int | None:
    """Thousandths of the quantity's unit; None where the device says that it has none.

    Raises:
        UnreadableError: it is no number, or one that cannot be.
    """
    quantity = declared.quantity
    if value is None or (isinstance(value, str) and value.strip().lower() in _NOTHING):
        return None
    number = _number(value, quantity)
    thousandths = round(number * declared.scale * PER_UNIT)
    if abs(thousandths) > quantity.most or (quantity is Quantity.ENERGY and thousandths < 0):
        message = f"{quantity.label} of {shown(value)} cannot be"
        raise UnreadableError(message)
    return thousandths


def time_stamp(value: object) -> datetime | None:
    """An instant: Unix time in s or ms, or ISO 8601 with an offset; None of anything else."""
    try:
        if isinstance(value, str):
            return from_text(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if value > _IN_MS else value
            return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        pass
    return None


def shown(value: object) -> str:
    """The beginning of something that somebody published, fit for a line."""
    text = value[: _LONGEST_SHOWN + 1] if isinstance(value, str) else _spelt(value)
    cut = text[:_LONGEST_SHOWN]
    plain = "".join(letter if letter.isprintable() else "?" for letter in cut)
    return repr(plain + ("..." if len(text) > _LONGEST_SHOWN else ""))


def _spelt(value: object) -> str:
    """In words, what may be of any size."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    try:
        return str(value)
    except ValueError:  # a whole number of thousands of digits
        return "a very long number"


def _number(value: object, quantity: Quantity) -> Decimal:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            spelt = str(value).strip()
            number = Decimal(spelt) if len(spelt) <= _LONGEST_NUMBER else Decimal("inf")
            if number.is_finite() and isfinite(float(number)):
                return number
        except (InvalidOperation, ValueError):
            pass
    message = f"{quantity.label}: expected a number, not {shown(value)}"
    raise UnreadableError(message)
