"""Snapshots of one panel in a row as a few bytes each, and back to the very same.

A column is one pole's values of one quantity. Each is written as steps from poll to poll, in
units of what all of the quantity's values are multiples of, a byte of all steps after the other,
which zlib then packs. Poles that share a register (voltage by phase) are written once.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.time import from_ms, from_text, to_ms, to_text
from bcm_mqtt.mqtt.payloads import encode_values

_LEVEL: Final = 1
_VERSION: Final = 1
_QUANTITIES: Final = tuple(str(quantity) for quantity in Quantity)
_MOST: Final = 1 << 60
"""Thousandths: steps of twice as much have 62 bits."""
_Numbers = NDArray[np.int64]


def pack(payloads: Sequence[bytes]) -> bytes:
    """The bytes of snapshots of one panel and source.

    Nothing is checked that is not needed to write them: whether `unpack` gives the very
    payloads back is for the caller to see.

    Args:
        payloads: At least one, as published; each has the same quantities of as many poles.

    Raises:
        ValueError: they are no snapshots, or have not.
    """
    try:
        return _packed([orjson.loads(one) for one in payloads])
    except (LookupError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"no snapshots: {error}") from error


def _packed(bodies: Sequence[dict[str, Any]]) -> bytes:
    shape, poles = _shape(bodies[0]), bodies[0].get("poles")
    if any(_shape(one) != shape or one.get("poles") != poles for one in bodies):
        raise ValueError("snapshots of different shapes")
    rows = [
        (to_ms(from_text(one["time"])), one["seq"], round(one["interval"] * 1000)) for one in bodies
    ]
    head: dict[str, Any] = {
        "v": _VERSION,
        "snapshots": len(bodies),
        "shape": shape,
        "errors": {
            str(number): dict(errors)
            for number, one in enumerate(bodies)
            if (errors := one.get("errors"))
        },
        "columns": [],
        **({"poles": poles} if poles else {}),
    }
    parts = [_written(np.array(rows, np.int64), head["columns"])]
    for name, count in shape.items():
        values = np.array([one[name] for one in bodies], np.float64)  # NaN where one is missing
        thousandths = 1000 * values.reshape(len(bodies), count)
        parts += _packed_quantity(thousandths, head["columns"])
    written = orjson.dumps(head)
    return zlib.compress(b"".join([len(written).to_bytes(4), written, *parts]), _LEVEL)


def unpack(packed: bytes, panel: str, source: str) -> list[bytes]:
    """The payloads of `pack`, given what they are of.

    Raises:
        ValueError: the bytes are damaged.
    """
    try:
        body = zlib.decompress(packed)
        length = int.from_bytes(body[:4])
        head = orjson.loads(body[4 : 4 + length])
        if head["v"] != _VERSION:
            raise ValueError("a later version")
        read = _Reader(body[4 + length :], head["columns"], head["snapshots"])
        rows = read.numbers().tolist()
        names = [*head["shape"]]
        columns = [read.quantity() for _ in names]
        errors = head["errors"]
        return [
            encode_values(
                panel,
                to_text(from_ms(ms)),
                seq,
                interval_ms,
                dict(zip(names, values, strict=False)),
                errors.get(str(number), {}),
                source,
                head.get("poles", []),
            )
            for number, ((ms, seq, interval_ms), *values) in enumerate(
                zip(rows, *columns, strict=True)
            )
        ]
    except (zlib.error, LookupError, TypeError, OverflowError) as error:
        raise ValueError(f"a damaged block: {error}") from error


def _shape(body: dict[str, Any]) -> dict[str, int]:
    """Poles by quantity."""
    return {name: len(of) for name in _QUANTITIES if (of := body.get(name)) is not None}


def _packed_quantity(thousandths: NDArray[np.float64], columns: list[Any]) -> Iterator[bytes]:
    known = ~np.isnan(thousandths)
    numbers = np.rint(np.where(known, thousandths, 0))
    if np.abs(numbers).max(initial=0) > _MOST:
        raise ValueError("more than is written")
    if known.all():
        yield _written(numbers.astype(np.int64), columns)
        columns.append(0)  # nothing is missing
        return
    # What is missing is written as what was read before it: no step at all.
    rows = np.where(known, np.arange(len(numbers))[:, None], 0)
    before = np.take_along_axis(numbers, np.maximum.accumulate(rows), 0)
    yield _written(before.astype(np.int64), columns)
    missing = np.packbits(~known).tobytes()
    columns.append(len(missing))
    yield missing


def _written(numbers: _Numbers, columns: list[Any]) -> bytes:
    """A matrix of polls and columns; how it was written is added to `columns`."""
    across = np.ascontiguousarray(numbers.T)
    places: dict[bytes, int] = {}
    which = [places.setdefault(column.tobytes(), len(places)) for column in across]
    if len(places) < len(across):
        across = across[[which.index(place) for place in range(len(places))]]
    divisor = int(np.gcd.reduce(across, axis=None)) or 1
    across = across // divisor
    steps = np.diff(across, axis=1, prepend=0)
    unsigned = ((steps << 1) ^ (steps >> 63)).view(np.uint64)
    width = (int(unsigned.max(initial=0)).bit_length() + 7) // 8
    columns.append([which if len(places) < len(which) else len(which), divisor, width])
    shifts = (np.uint64(8 * place) for place in range(width))
    return b"".join((unsigned >> shift).astype(np.uint8).tobytes() for shift in shifts)


class _Reader:
    """Reads matrices one after the other."""

    def __init__(self, body: bytes, columns: list[Any], rows: int) -> None:
        self._body = body
        self._at = 0
        self._columns = iter(columns)
        self._rows = rows

    def numbers(self) -> _Numbers:
        """The next matrix, by poll and column."""
        places, divisor, width = next(self._columns)
        which = list(range(places)) if isinstance(places, int) else places
        shape = (max(which, default=-1) + 1, self._rows)
        unsigned = np.zeros(shape, np.uint64)
        for place in range(width):
            plane = np.frombuffer(self._taken(shape[0] * shape[1]), np.uint8).reshape(shape)
            unsigned |= plane.astype(np.uint64) << np.uint64(8 * place)
        steps = (unsigned >> np.uint64(1)).view(np.int64) ^ -(unsigned & np.uint64(1)).view(
            np.int64
        )
        numbers: _Numbers = (np.cumsum(steps, axis=1) * divisor)[which].T
        return numbers

    def quantity(self) -> list[list[float]]:
        """The next quantity in its unit, by poll; NaN where a reading is missing."""
        numbers = self.numbers()
        missing = next(self._columns)
        values: NDArray[np.float64] = numbers / 1000
        if missing:
            bits = np.unpackbits(np.frombuffer(self._taken(missing), np.uint8))
            values[bits[: numbers.size].reshape(numbers.shape) == 1] = np.nan
        rows: list[list[float]] = values.tolist()
        return rows

    def _taken(self, length: int) -> bytes:
        taken = self._body[self._at : self._at + length]
        if len(taken) < length:
            raise LookupError("it ends early")
        self._at += length
        return taken
