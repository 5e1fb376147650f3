"""Every JSON payload, both ways.

Version 1. A reader refuses a version it does not know instead of guessing; unknown keys
of a known version are passed over, so that fields can be added.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from reprlib import repr as short_repr
from typing import Any, TypeVar

from bcm_mqtt.domain.circuit import CircuitVersion
from bcm_mqtt.domain.connection import Connection
from bcm_mqtt.domain.directory import Directory, pole_conflicts, version_problems
from bcm_mqtt.domain.instants import EPOCH, from_text, to_text
from bcm_mqtt.domain.panel import Panel
from bcm_mqtt.domain.reading import MOST_THOUSANDTHS, Snapshot, Thousandths
from bcm_mqtt.domain.service import Service
from bcm_mqtt.errors import BcmError

VERSION = 1
MAX_POLES = 512
_MAX_BREAKER_POLES = 3
_LONGEST_INTERVAL_S = 86_400
_LAST_TIME = datetime(9999, 1, 1, tzinfo=UTC)
_Value = TypeVar("_Value")


class PayloadError(BcmError):
    """A payload that is not what its topic promises; the text says what was expected."""


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
    return _encoded(body)


def decode_snapshot(payload: bytes, panel: str) -> Snapshot:
    """The snapshot of a payload that arrived on a panel's topic.

    Raises:
        PayloadError: not a snapshot of this panel.
    """
    body = _body(payload, panel)
    return Snapshot(
        panel=panel,
        time=_field(body, "time", _time, "a time such as 2026-11-20T20:15:00.123Z"),
        seq=_field(body, "seq", _sequence, "a whole number from 0 on"),
        interval_ms=_field(body, "interval", _interval_ms, "seconds above 0, at most a day"),
        current=_field(body, "current", _thousandths, "a list of numbers and nulls"),
        power=_optional(body, "power"),
        energy=_optional(body, "energy"),
        voltage=_optional(body, "voltage"),
        errors=_field(body, "errors", _errors, "an object of texts by unit id")
        if "errors" in body
        else {},
    )


def encode_directory(directory: Directory) -> bytes:
    """JSON of a directory; equal directories give equal bytes."""
    panel = directory.panel
    return _encoded(
        {
            "v": VERSION,
            "panel": panel.id,
            "name": panel.name,
            "service": panel.service.name,
            "poles": panel.pole_count,
            "main_rating": panel.main_rating,
            "power_factor": float(panel.power_factor),
            "feed": panel.feed,
            "redundant_with": panel.redundant_with,
            "unmonitored": sorted(panel.unmonitored),
            "circuits": [
                {
                    "poles": list(version.poles),
                    "description": version.description,
                    "customer": version.customer,
                    "rating": version.rating_amps,
                    "connection": version.connection.value,
                    "power_factor": None
                    if version.power_factor is None
                    else float(version.power_factor),
                    "valid_from": to_text(version.valid_from),
                }
                for version in sorted(
                    directory.versions, key=lambda version: (version.poles, version.valid_from)
                )
            ],
        }
    )


def decode_directory(payload: bytes, panel: str) -> Directory:
    """The directory of a payload that arrived on a panel's topic.

    Raises:
        PayloadError: not a directory of this panel.
    """
    body = _body(payload, panel)
    directory = Directory(
        panel=Panel(
            id=panel,
            name=_field(body, "name", _text, "a text"),
            service=_field(body, "service", Service.parse, "a service such as 120/208"),
            pole_count=_field(body, "poles", _pole, "a number of poles"),
            main_rating=_field(body, "main_rating", _perhaps(_rating), "amps or null"),
            power_factor=_field(body, "power_factor", _power_factor, "a number"),
            feed=_field(body, "feed", _text, "a text"),
            redundant_with=_field(body, "redundant_with", _text, "a text"),
            unmonitored=frozenset(_field(body, "unmonitored", _poles, "a list of poles")),
        ),
        versions=_field(body, "circuits", _versions, "a list of circuit versions"),
    )
    # What a bridge has checked already; nobody else's mistake may get into the store.
    for problem in _contradictions(directory):
        raise PayloadError(f"circuits: {problem}")
    return directory


def encode_info(info: Mapping[str, Any]) -> bytes:
    """JSON of the bridge's info."""
    return _encoded({"v": VERSION, **info})


def number(value: float, decimals: int) -> bytes:
    """A plain number as per-circuit topics carry it, without needless digits; never -0."""
    return f"{value:z.{decimals}f}".encode()


def _encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def _body(payload: bytes, panel: str) -> dict[str, Any]:
    try:
        body = json.loads(payload.decode())  # of bytes json takes UTF-16 and broken UTF-8, too
    except (ValueError, RecursionError):
        raise PayloadError(f"not JSON: {payload[:40]!r}") from None
    if not isinstance(body, dict):
        raise PayloadError(f"expected a JSON object, not {type(body).__name__}")
    version, named = body.get("v"), body.get("panel")
    if type(version) is not int or version != VERSION:
        raise PayloadError(f"v: expected {VERSION}, not {_shown(version)}")
    if named != panel:
        raise PayloadError(f"panel: expected {panel!r} as in the topic, not {_shown(named)}")
    return body


def _field(
    body: Mapping[str, Any], name: str, parse: Callable[[Any], _Value], expected: str
) -> _Value:
    if name not in body:
        raise PayloadError(f"{name}: expected {expected}, but it is missing")
    try:
        return parse(body[name])
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, InvalidOperation):
        raise PayloadError(f"{name}: expected {expected}, not {_shown(body[name])}") from None


def _shown(value: Any) -> str:
    """A value for a message, however long or deeply nested it is."""
    shown = short_repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "…"


def _optional(body: Mapping[str, Any], name: str) -> Thousandths | None:
    if body.get(name) is None:
        return None
    return _field(body, name, _thousandths, "a list of numbers and nulls")


def _units(values: Thousandths) -> list[float | None]:
    return [None if value is None else value / 1000 for value in values]


def _thousandths(values: Any) -> Thousandths:
    if not isinstance(values, list) or not 1 <= len(values) <= MAX_POLES:
        raise TypeError
    # A text or a list times 1000 would be one too, so the types are looked at; NaN and
    # infinity, which json accepts, do not round.
    if not {type(value) for value in values} <= {int, float, type(None)}:
        raise TypeError
    found = tuple([None if value is None else round(value * 1000) for value in values])
    if any(value is not None and abs(value) > MOST_THOUSANDTHS for value in found):
        raise ValueError
    return found


def _time(value: Any) -> datetime:
    time = from_text(value)
    if not EPOCH <= time < _LAST_TIME:
        raise ValueError
    return time


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _from_to(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if not low <= _whole(value) <= high:
            raise ValueError
        return _whole(value)

    return check


_sequence = _from_to(0, 2**63 - 1)
_rating = _from_to(1, 2**31 - 1)
_pole = _from_to(1, MAX_POLES)


def _interval_ms(value: Any) -> int:
    if type(value) not in {int, float} or not 0 < value <= _LONGEST_INTERVAL_S:
        raise ValueError
    return max(1, timedelta(seconds=value) // timedelta(milliseconds=1))


def _errors(value: Any) -> dict[int, str]:
    return {int(unit): _text(reason) for unit, reason in value.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    # JSON can escape a NUL and half a surrogate pair, which no database takes.
    if b"\0" in value.encode():
        raise ValueError
    return value


def _poles(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(map(_pole, value))


def _power_factor(value: Any) -> Decimal:
    factor = Decimal(repr(value)) if type(value) in {int, float} else Decimal("NaN")
    if not 0 < factor <= 1:
        raise ValueError
    return factor


def _perhaps(parse: Callable[[Any], _Value]) -> Callable[[Any], _Value | None]:
    return lambda value: None if value is None else parse(value)


def _versions(rows: Any) -> tuple[CircuitVersion, ...]:
    if not isinstance(rows, list):
        raise TypeError
    return tuple(_version(row) for row in rows)


def _version(row: Mapping[str, Any]) -> CircuitVersion:
    poles = _poles(row["poles"])
    if not 1 <= len(poles) <= _MAX_BREAKER_POLES:
        raise ValueError
    return CircuitVersion(
        poles=poles,
        description=_text(row["description"]),
        customer=_text(row["customer"]),
        rating_amps=_perhaps(_rating)(row["rating"]),
        connection=Connection(row["connection"]),
        power_factor=_perhaps(_power_factor)(row["power_factor"]),
        valid_from=from_text(row["valid_from"]),
    )


def _contradictions(directory: Directory) -> Iterator[str]:
    for version in directory.versions:
        yield from version_problems(version, directory.panel)
    for _, _, reason in pole_conflicts(directory.versions):
        yield reason
