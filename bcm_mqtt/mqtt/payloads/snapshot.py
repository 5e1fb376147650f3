"""The snapshot's payload, both ways."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bcm_mqtt.domain.reading.reading import MOST_MILLIS, MOST_THOUSANDTHS, Snapshot, Thousandths
from bcm_mqtt.domain.time.instants import to_text
from bcm_mqtt.mqtt.payloads.fields import (
    MAX_POLES,
    VERSION,
    encoded,
    field,
    from_to,
    panel_body,
    text,
    time,
)

_LONGEST_INTERVAL_S = 86_400


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """JSON of a snapshot; values in A, W, kWh and V."""
    body: dict[str, Any] = {
        "v": VERSION,
        "panel": snapshot.panel,
        "time": to_text(snapshot.time),
        "seq": snapshot.seq,
        "interval": snapshot.interval_ms / 1000,
        "current": _units(snapshot.current),
    }
    for name in ("power", "energy", "voltage"):
        if (values := getattr(snapshot, name)) is not None:
            body[name] = _units(values)
    if snapshot.errors:
        body["errors"] = {str(unit): reason for unit, reason in snapshot.errors.items()}
    return encoded(body)


def decode_snapshot(payload: bytes, panel: str) -> Snapshot:
    """The snapshot of a payload that arrived on a panel's topic.

    Raises:
        PayloadError: not a snapshot of this panel.
    """
    body = panel_body(payload, panel)
    return Snapshot(
        panel=panel,
        time=field(body, "time", time, "a time such as 2026-11-20T20:15:00.123Z"),
        seq=field(body, "seq", _sequence, "a whole number from 0 on"),
        interval_ms=field(body, "interval", _interval_ms, "seconds above 0, at most a day"),
        current=field(body, "current", _millis, _NUMBERS),
        power=_optional(body, "power", _thousandths),
        energy=_optional(body, "energy", _thousandths),
        voltage=_optional(body, "voltage", _millis),
        errors=field(body, "errors", _errors, "an object of texts by unit id")
        if "errors" in body
        else {},
    )


def _optional(
    body: Mapping[str, Any], name: str, parse: Callable[[Any], Thousandths]
) -> Thousandths | None:
    return None if body.get(name) is None else field(body, name, parse, _NUMBERS)


def _units(values: Thousandths) -> list[float | None]:
    return [None if value is None else value / 1000 for value in values]


def _up_to(most: int) -> Callable[[Any], Thousandths]:
    """Takes lists of numbers and nulls within what the store keeps."""

    def check(values: Any) -> Thousandths:
        if not isinstance(values, list) or not 1 <= len(values) <= MAX_POLES:
            raise TypeError
        # A text or a list times 1000 would be one too, so the types are looked at; NaN and
        # infinity, which some JSON has, do not round.
        if not {*map(type, values)} <= _TYPES:
            raise TypeError
        found = tuple([None if value is None else round(value * 1000) for value in values])
        known = found if None not in found else [value for value in found if value is not None]
        if known and not -most <= min(known) <= max(known) <= most:
            raise ValueError
        return found

    return check


_NUMBERS = "a list of numbers and nulls"
_TYPES = {int, float, type(None)}
_millis = _up_to(MOST_MILLIS)
_thousandths = _up_to(MOST_THOUSANDTHS)
_sequence = from_to(0, 2**63 - 1)


def _interval_ms(value: Any) -> int:
    if type(value) not in {int, float} or not 0 < value <= _LONGEST_INTERVAL_S:
        raise ValueError
    return max(1, timedelta(seconds=value) // timedelta(milliseconds=1))


def _errors(value: Any) -> dict[int, str]:
    return {int(unit): text(reason) for unit, reason in value.items()}
