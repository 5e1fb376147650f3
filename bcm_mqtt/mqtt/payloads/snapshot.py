"""The snapshot's payload, both ways: values in the quantities' units, the interval in seconds."""

from datetime import timedelta
from typing import Any

import orjson

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.mqtt.payloads.codec import Codec, Form
from bcm_mqtt.mqtt.payloads.fields import MAX_POLES, VERSION, from_to, panel_body, text, time

_LONGEST_INTERVAL_S = 86_400
_LONGEST_SOURCE = 64
_TYPES = {int, float, type(None)}


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """JSON of a snapshot; by orjson, which writes its numbers as the other messages have them."""
    return orjson.dumps({"v": VERSION, **_SNAPSHOT.body(snapshot)})


def decode_snapshot(payload: bytes, panel: str) -> Snapshot:
    """The snapshot of a payload that arrived on a panel's topic.

    Raises:
        PayloadError: not a snapshot of this panel.
    """
    return _SNAPSHOT.read(panel_body(payload, panel))


def _units(values: Thousandths | None) -> list[float | None] | None:
    if values is None:
        return None
    return [None if value is None else value / 1000 for value in values]


def _values(quantity: Quantity) -> Form:
    """A list of numbers and nulls within what the store keeps; a current is never missing."""
    optional, most = quantity is not Quantity.CURRENT, quantity.most

    def check(values: Any) -> Thousandths | None:
        if values is None and optional:
            return None
        if not isinstance(values, list) or not 1 <= len(values) <= MAX_POLES:
            raise TypeError
        # A text or a list times 1000 would be one too, so the types are looked at; NaN and
        # infinity, which some JSON has, do not round.
        if not {*map(type, values)} <= _TYPES:
            raise TypeError
        scaled = tuple([None if value is None else round(value * 1000) for value in values])
        known = scaled if None not in scaled else [value for value in scaled if value is not None]
        if known and not -most <= min(known) <= max(known) <= most:
            raise ValueError
        return scaled

    return Form("a list of numbers and nulls", check, _units)


def _interval_ms(value: Any) -> int:
    if type(value) not in {int, float} or not 0 < value <= _LONGEST_INTERVAL_S:
        raise ValueError
    return max(1, timedelta(seconds=value) // timedelta(milliseconds=1))


def _source(value: Any) -> str:
    if len(value) > _LONGEST_SOURCE:
        raise ValueError
    return text(value)


def _errors(value: Any) -> dict[int, str]:
    return {int(unit): text(reason) for unit, reason in value.items()}


_SNAPSHOT = Codec(
    Snapshot,
    brief=True,
    time=Form("a time such as 2026-11-20T20:15:00.123Z", time),
    seq=Form("a whole number from 0 on", from_to(0, 2**63 - 1)),
    interval_ms=Form(
        "seconds above 0, at most a day", _interval_ms, lambda ms: ms / 1000, "interval"
    ),
    **{quantity.value: _values(quantity) for quantity in Quantity},
    errors=Form(
        "an object of texts by unit id",
        _errors,
        lambda errors: {str(unit): reason for unit, reason in errors.items()},
    ),
    source=Form(f"a text of at most {_LONGEST_SOURCE} characters", _source),
)
