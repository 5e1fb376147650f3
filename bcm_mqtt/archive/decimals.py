"""Thousandths as decimal numbers in a column of Parquet, which any program reads in their unit.

A column has as many decimals as its values need: amperes of a meter that reads to 0.1 A have one.
Differences of their thousandths are multiples of 100, each 7 bits longer, and once they are packed
zstd does not see it: a file would be a third larger.
"""

from collections.abc import Iterable, Sequence
from math import gcd
from typing import Any, Final

import numpy as np

from bcm_mqtt.archive.installed import load_arrow

DIGITS: Final = 18
"""Most that Parquet stores as 64 bits; amounts of `MOST_THOUSANDTHS` have 14."""
_MOST: Final = 3


def decimals_of(values: Iterable[int | None]) -> int:
    """As many as these thousandths need: 0 to 3."""
    step = gcd(*filter(None, values))
    return next(decimals for decimals in range(_MOST + 1) if step % _last(decimals) == 0)


def scale_of(of: Any) -> int:  # noqa: ANN401
    """Decimals of a column's type; TypeError where it is none of decimal numbers."""
    pyarrow, _ = load_arrow()
    if not pyarrow.types.is_decimal(of):
        message = f"expected decimal numbers, not {of}"
        raise TypeError(message)
    return int(of.scale)


def decimal_column(values: Sequence[int | None], of: Any) -> Any:  # noqa: ANN401
    """Thousandths as a column; `of` is its type, which has as many decimals as they need."""
    pyarrow, _ = load_arrow()
    given = pyarrow.array(values, pyarrow.int64())
    words: Any = np.empty((len(values), 2), np.int64)  # a decimal of pyarrow's has 128 bits
    words[:, 0] = given.fill_null(0).to_numpy() // _last(of.scale)
    words[:, 1] = words[:, 0] >> 63
    buffers = [given.buffers()[0], pyarrow.py_buffer(words)]
    return pyarrow.Array.from_buffers(of, len(values), buffers)


def thousandths(column: Any) -> Any:  # noqa: ANN401
    """The integers of a column of decimals, as a column."""
    pyarrow, _ = load_arrow()
    last = _last(scale_of(column.type))
    parts = []
    for part in column.chunks:
        there, words = part.buffers()
        first = np.frombuffer(words, np.int64)[::2] * last
        buffers = [there, pyarrow.py_buffer(first)]
        parts.append(
            pyarrow.Array.from_buffers(pyarrow.int64(), len(part), buffers, offset=part.offset)
        )
    return pyarrow.chunked_array(parts, pyarrow.int64())


def _last(decimals: int) -> int:
    """Thousandths of the last of so many decimals."""
    return int(10 ** (_MOST - decimals))
