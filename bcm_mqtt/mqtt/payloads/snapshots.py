"""Many snapshots at once: their values are scaled and checked as arrays.

A Python call for each value is most of what a payload costs. Plain payloads, nearly all of them,
have numbers with a point only, and neither errors, a source nor poles; every other is read by
itself.
Where a value is beyond its limits, all are read so: what is said of a payload is the same.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any, Final, NamedTuple

import numpy as np

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import PER_UNIT, Snapshot
from bcm_mqtt.mqtt.payloads.fields import MAX_POLES, PayloadError, panel_body, time
from bcm_mqtt.mqtt.payloads.snapshot import decode_snapshot, interval_ms, number_of_poll

_QUANTITIES: Final = tuple(Quantity)
_FLOATS: Final = {float}
_NOT_AS_PROMISED: Final = (LookupError, TypeError, ValueError, AttributeError, OverflowError)


class _Plain(NamedTuple):
    """A payload whose values are still to be scaled, in their quantities' units."""

    panel: str
    time: datetime
    seq: int
    interval_ms: int
    values: dict[Quantity, list[float]]


def decode_snapshots(arrived: Sequence[tuple[bytes, str]]) -> list[Snapshot | PayloadError]:
    """The snapshots of payloads that arrived on panels' topics.

    Args:
        arrived: Payload and panel of each.

    Returns:
        For each its snapshot, or what is wrong with it: what `decode_snapshot` gives or raises.
    """
    read = [_plain(payload, panel) for payload, panel in arrived]
    scaled: dict[Quantity, Iterator[int]] = {}
    for quantity in _QUANTITIES:
        lists = [one.values[quantity] for one in read if one and quantity in one.values]
        if lists:
            with np.errstate(over="ignore"):  # it is beyond the limit then
                thousandths = np.rint(np.array(list(chain.from_iterable(lists))) * PER_UNIT)
            if np.abs(thousandths).max() > quantity.most:
                return [_decoded(*one) for one in arrived]
            scaled[quantity] = iter(thousandths.astype(np.int64).tolist())
    return [
        _snapshot(plain, scaled) if plain else _decoded(*one)
        for plain, one in zip(read, arrived, strict=True)
    ]


def _snapshot(plain: _Plain, scaled: dict[Quantity, Iterator[int]]) -> Snapshot:
    values: dict[str, Any] = {
        quantity: tuple(islice(scaled[quantity], len(of))) for quantity, of in plain.values.items()
    }
    return Snapshot(plain.panel, plain.time, plain.seq, plain.interval_ms, **values)


def _decoded(payload: bytes, panel: str) -> Snapshot | PayloadError:
    try:
        return decode_snapshot(payload, panel)
    except PayloadError as error:
        return error


def _plain(payload: bytes, panel: str) -> _Plain | None:
    """A plain payload; None of any other, whatever is wrong with it."""
    try:
        body = panel_body(payload, panel)
        if "errors" in body or "source" in body or "poles" in body:
            return None
        values = {quantity: body[quantity] for quantity in _QUANTITIES if quantity in body}
        if Quantity.CURRENT not in values or not all(map(_is_plain, values.values())):
            return None
        return _Plain(
            panel,
            time(body["time"]),
            number_of_poll(body["seq"]),
            interval_ms(body["interval"]),
            values,
        )
    except (PayloadError, *_NOT_AS_PROMISED):
        return None


def _is_plain(values: Any) -> bool:
    return (
        type(values) is list and 1 <= len(values) <= MAX_POLES and {*map(type, values)} == _FLOATS
    )
