"""What the cells of other people's history say; each distinct one is read once.

Each function takes a cell without space around it and raises ValueError that says what was
expected.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.domain.interval.slots import Integers
from bcm_mqtt.domain.number import decimal_of
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.time import EPOCH, MILLISECOND, only_instant, to_ms
from bcm_mqtt.exchange.csv_blocks import Column

NONE: Final = -1
"""Stands for no reading."""
WRONG: Final = -2
"""Stands for a cell that is refused."""
_MOST_AMPS: Final = 10_000
_MOST_REMEMBERED: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be understood.

    Attributes:
        zone: Of times without an offset.
        time_format: As strptime has it; "" is ISO 8601.
        interval: How long a reading stands: until the next one, at most half as long again.
    """

    zone: ZoneInfo
    time_format: str
    interval: timedelta

    def time_ms(self, cell: str, now: datetime) -> int:
        """The instant of a time, until now."""
        form = self.time_format
        try:
            # Without an offset it is a local time, of which there may be two.
            at = datetime.strptime(cell, form) if form else datetime.fromisoformat(cell)  # noqa: DTZ007
        except ValueError:
            expected = form or "ISO 8601 such as 2026-03-08T01:15 or 2026-03-08 01:15:00-05:00"
            message = f"time {cell!r}: expected {expected}"
            raise ValueError(message) from None
        try:
            instant = at.astimezone(UTC) if at.tzinfo else only_instant(at, self.zone)
        except OverflowError:
            instant = EPOCH - MILLISECOND
        if not EPOCH <= instant <= now:
            message = f"time {cell!r}: expected one from 1970 until now"
            raise ValueError(message)
        return to_ms(instant)


def pole_of(cell: str, most: int) -> int:
    """The number of a pole, from 1."""
    if cell.isascii() and cell.isdecimal() and 1 <= int(cell) <= most:
        return int(cell)
    message = f"pole {cell!r}: expected 1 to {most}"
    raise ValueError(message)


def milliamps_of(cell: str) -> int:
    """Rounded to mA, the resolution of all that is stored; NONE of an empty cell."""
    if not cell:
        return NONE
    message = f"amps {cell!r}: expected a number from 0 to {_MOST_AMPS} such as 12.3"
    try:
        amps = decimal_of(cell)
    except ValueError:
        raise ValueError(message) from None
    if not 0 <= amps <= _MOST_AMPS:
        raise ValueError(message)
    return int((amps * PER_UNIT).to_integral_value(ROUND_HALF_UP))


class Known(dict[str, int]):
    """What cells of a kind say, WRONG of one that is refused."""

    def __init__(self, read: Callable[[str], int]) -> None:
        """Takes what reads a cell."""
        super().__init__()
        self._read = read

    def __missing__(self, cell: str) -> int:
        """Reads a cell that it has not met."""
        try:
            value = self._read(cell.strip())
        except ValueError:
            value = WRONG
        self[cell] = value
        return value

    def of(self, column: Column) -> Integers:
        """By row of a column."""
        if len(self) > _MOST_REMEMBERED:
            self.clear()
        values = np.fromiter(map(self.__getitem__, column.cells), np.int64, len(column.cells))
        return values[column.codes]
