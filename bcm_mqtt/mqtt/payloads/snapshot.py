"""The snapshot's payload, both ways: values in the quantities' units, the interval in seconds."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

import orjson

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.domain.time import MILLISECOND
from bcm_mqtt.mqtt.payloads.codec import Codec, Form
from bcm_mqtt.mqtt.payloads.fields import (
    MAX_POLES,
    VERSION,
    PayloadError,
    from_to,
    panel_body,
    text,
    time,
)

_LONGEST_INTERVAL_S = 86_400
_LONGEST_SOURCE = 64
_EXPECTED_VALUES = "a list of numbers and nulls"
_TYPES = {int, float, type(None)}


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """JSON of a snapshot; by orjson, which writes its numbers as the other messages have them."""
    return orjson.dumps({"v": VERSION, **_SNAPSHOT.body(snapshot)})


def encode_values(
    panel: str,
    time_text: str,
    seq: int,
    interval_ms: int,
    values: Mapping[str, Sequence[float]],
    errors: Mapping[str, str],
    source: str,
    poles: Sequence[int] = (),
) -> bytes:
    """The very bytes of `encode_snapshot`, where values need not become a snapshot first.

    Args:
        panel: Panel id.
        time_text: Of the poll, as payloads have it.
        seq: Its number.
        interval_ms: In ms.
        values: By quantity, in their order and unit; NaN where a reading is missing.
        errors: Reason by unit id.
        source: Of the readings, or "".
        poles: That the poll reads, where it does not read all.
    """
    body = {
        "v": VERSION,
        "panel": panel,
        "time": time_text,
        "seq": seq,
        "interval": interval_ms / 1000,
        **values,
    }
    if errors:
        body["errors"] = errors
    if source:
        body["source"] = source
    if poles:
        body["poles"] = poles
    return orjson.dumps(body)  # NaN is null


def decode_snapshot(payload: bytes, panel: str) -> Snapshot:
    """The snapshot of a payload that arrived on a panel's topic.

    Raises:
        PayloadError: not a snapshot of this panel.
    """
    snapshot = _SNAPSHOT.read(panel_body(payload, panel))
    if not snapshot.current and not snapshot.poles:  # of one of several it may be absent
        raise PayloadError(f"current: expected {_EXPECTED_VALUES}, but it is missing")
    return snapshot


def _units(values: Thousandths | None) -> list[float | None] | None:
    if values is None:
        return None
    return [None if value is None else value / 1000 for value in values]


def _values(quantity: Quantity) -> Form:
    """A list of numbers and nulls within what the store keeps."""
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

    return Form(_EXPECTED_VALUES, check, _units)


def _poles(value: Any) -> tuple[int, ...]:
    if not value or {*map(type, value)} != {int}:
        raise TypeError
    if not 1 <= min(value) <= max(value) <= MAX_POLES or len({*value}) < len(value):
        raise ValueError
    return tuple(value)


def interval_ms(value: Any) -> int:
    """A poll period in ms, of its seconds.

    Raises:
        ValueError: it is none.
    """
    if type(value) not in {int, float} or not 0 < value <= _LONGEST_INTERVAL_S:
        raise ValueError
    return _in_ms(value)


@lru_cache(maxsize=64)
def _in_ms(seconds: float) -> int:
    """Whole ms, at least one; a panel says the same with each poll."""
    return max(1, timedelta(seconds=seconds) // MILLISECOND)


number_of_poll: Final = from_to(0, 2**63 - 1)
"""Takes the number of a poll."""


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
    seq=Form("a whole number from 0 on", number_of_poll),
    interval_ms=Form(
        "seconds above 0, at most a day", interval_ms, lambda ms: ms / 1000, "interval"
    ),
    **{quantity.value: _values(quantity) for quantity in Quantity},
    errors=Form(
        "an object of texts by unit id",
        _errors,
        lambda errors: {str(unit): reason for unit, reason in errors.items()},
    ),
    source=Form(f"a text of at most {_LONGEST_SOURCE} characters", _source),
    poles=Form(f"a list of poles from 1 to {MAX_POLES}", _poles, list),
)
