"""Polls of one panel as arrays, which intervals are computed from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.domain.time import to_ms

Integers = NDArray[np.int64]
MISSING: Final = -(2**63)
"""In an array, of a pole that a poll did not read."""


class Readings(NamedTuple):
    """One quantity of all poles of a panel, by time, at most one reading of a pole per instant.

    Attributes:
        times_ms: int64, readings: since the epoch.
        until_ms: int64, readings: when each stands no more, even if no other comes.
        values: int64, readings x poles: thousandths, or MISSING.
    """

    times_ms: Integers
    until_ms: Integers
    values: Integers

    def since(self, begin_ms: int) -> "Readings":
        """Those of begin <= t."""
        return self._chosen(slice(int(np.searchsorted(self.times_ms, begin_ms)), None))

    def before(self, end_ms: int) -> "Readings":
        """Those of t < end."""
        return self._chosen(slice(int(np.searchsorted(self.times_ms, end_ms))))

    def _chosen(self, rows: slice) -> "Readings":
        return Readings(self.times_ms[rows], self.until_ms[rows], self.values[rows])

    def read_together(self) -> Iterator["tuple[Integers, Readings]"]:
        """Poles (from 1) with all of their readings, grouped by the polls that read them.

        Nearly always that is one group, because a poll reads all poles.
        """
        known = self.values != MISSING
        if known.all():
            if len(known):
                yield np.arange(1, known.shape[1] + 1), self
            return
        groups: dict[bytes, list[int]] = {}
        for pole, read in enumerate(np.packbits(known, axis=0).T):
            groups.setdefault(read.tobytes(), []).append(pole)
        for columns in groups.values():
            rows = known[:, columns[0]]
            if rows.any():
                values = self.values[rows][:, columns]
                yield (
                    np.array(columns) + 1,
                    Readings(self.times_ms[rows], self.until_ms[rows], values),
                )


_NO_TIMES: Final = np.zeros(0, np.int64)
NO_READINGS: Final = Readings(_NO_TIMES, _NO_TIMES, np.zeros((0, 0), np.int64))


class Measured(NamedTuple):
    """What polls brought of one quantity.

    Attributes:
        rows: int64, which of the polls brought it.
        values: int64, those polls x poles: thousandths, or MISSING.
    """

    rows: Integers
    values: Integers


@dataclass(frozen=True, slots=True)
class Polls:
    """Polls of one panel, by time; several sources may have polled it at one instant.

    Attributes:
        times_ms: int64, since the epoch.
        interval_ms: int64, poll period of each.
        measured: By quantity; one that no poll brought is not there.
    """

    times_ms: Integers
    interval_ms: Integers
    measured: Mapping[Quantity, Measured]

    @classmethod
    def of(cls, snapshots: Iterable[Snapshot]) -> Self:
        """Of the snapshots of one panel, in any order."""
        by_time = sorted(snapshots, key=lambda one: one.time)
        rows = {quantity: [one.values(quantity) for one in by_time] for quantity in Quantity}
        return cls(
            np.array([to_ms(one.time) for one in by_time], np.int64),
            np.array([one.interval_ms for one in by_time], np.int64),
            {quantity: _measured(values) for quantity, values in rows.items() if any(values)},
        )

    def readings(self, of: Quantity) -> Readings:
        """One quantity; of polls of a pole at one instant, the last one's that read it."""
        measured = self.measured.get(of)
        if measured is None:
            return NO_READINGS
        rows, values = measured
        times = self.times_ms[rows]
        if (times[1:] == times[:-1]).any():
            values = _once(times, values)
        return Readings(times, times + self.interval_ms[rows] * 3 // 2, values)

    @property
    def poles(self) -> int:
        """Of the panel, as far as it was read."""
        return max((one.values.shape[1] for one in self.measured.values()), default=0)


def _once(times: Integers, values: Integers) -> Integers:
    """The values without those that are read again at the very same instant."""
    values = values.copy()
    for later in range(1, len(times)):
        for at in range(later - 1, -1, -1):
            if times[at] != times[later]:
                break
            values[at, values[later] != MISSING] = MISSING
    return values


def _measured(rows: list[Thousandths | None]) -> Measured:
    """Of one quantity by poll; a panel may have had fewer poles once."""
    brought = [row for row in rows if row]
    values = np.full((len(brought), max(map(len, brought))), MISSING)
    for at, row in enumerate(brought):
        values[at, : len(row)] = [MISSING if value is None else value for value in row]
    return Measured(np.flatnonzero([bool(row) for row in rows]), values)
