"""A history of panels on its way in: snapshots and their intervals, all of it or nothing.

Intervals are computed of what is in hand. Those that something else that is stored has a part in
are left to the roll-up, as is what days add up to.
"""

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import orjson
from sqlalchemy import Connection, select

from bcm_mqtt.domain.interval.held_arrays import HeldArrays, held_arrays
from bcm_mqtt.domain.interval.interval import INTERVAL_MS, hold_ms, touched_intervals
from bcm_mqtt.domain.interval.slots import Flags, Integers
from bcm_mqtt.domain.time import from_ms, to_ms, to_text
from bcm_mqtt.store.bulk import put, put_columns
from bcm_mqtt.store.database import Repository, lock
from bcm_mqtt.store.intervals.interval_rows import pole_ids, starts_computed
from bcm_mqtt.store.readings.polls import polls
from bcm_mqtt.store.readings.snapshots import longest_periods
from bcm_mqtt.store.tables import (
    dirty_day,
    dirty_interval,
    interval,
    poll_period,
    snapshot,
    snapshots_removed,
)

_DAY_MS: Final = 86_400_000
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class HistoryPart:
    """Snapshots of a panel, which follow those of the part before it.

    Attributes:
        panel: Its id.
        times_ms: Of each, ms since the epoch, ascending.
        interval_ms: Poll period of all.
        milliamps: By snapshot and pole; a negative number is no reading.
        lines: Of the file, by snapshot.
        end_ms: Start of the first interval that none of them is of, nor what is before the
            next part; a multiple of 15 minutes.
    """

    panel: str
    times_ms: Integers
    interval_ms: int
    milliamps: Integers
    lines: Integers
    end_ms: int


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A snapshot that cannot be stored because of what is.

    Attributes:
        line: Of the file.
        message: What is stored.
    """

    line: int
    message: str


class HistoryWriting(Repository):
    """Takes other people's history."""

    @contextmanager
    def whole(self) -> Iterator["HistoryWriter"]:
        """A transaction in which parts are stored; recorders wait until it ends."""
        with self._database.writing() as connection:
            lock(connection, snapshot)
            lock(connection, dirty_interval)  # nor is anything rolled up meanwhile
            yield HistoryWriter(connection)

    @contextmanager
    def dry(self) -> Iterator["HistoryWriter"]:
        """As `whole`, to look for contradictions only."""
        with self._database.reading_one_moment() as connection:
            yield HistoryWriter(connection)


class HistoryWriter:
    """Takes the parts of each panel by time, panel by panel."""

    def __init__(self, connection: Connection) -> None:
        """Takes a connection within a transaction."""
        self._connection = connection
        self._longest = longest_periods(connection)
        self._before: HistoryPart | None = None
        self._follows_new = False

    def check(self, part: HistoryPart) -> list[Contradiction]:
        """What is stored that a part does not go with; to be called before the part is added.

        A reading of the one among those of the other would stand for a moment only, and both
        would be billed in turn.
        """
        if self._before and self._before.panel == part.panel:
            self._follow(self._before)
        else:
            self._start(part)
        self._before = part
        self._look(part)
        different = (
            Contradiction(
                int(part.lines[at]), f"{part.panel} has other values of {_text(part, at)} already"
            )
            for at in self._different
        )
        return [*self._removed(part), *self._among(part), *different]

    def add(self, part: HistoryPart) -> int:
        """Stores of a part that was checked what is not stored yet; returns how much."""
        new = np.ones(len(part.times_ms), np.bool_)
        new[self._same] = False
        is_new = bool(new.any())
        if is_new:
            self._insert(part, new)
        if is_new or self._follows_new:  # what was new before may hold into the time of this
            self._compute(part)
        self._follows_new = is_new
        return int(new.sum())

    def _start(self, part: HistoryPart) -> None:
        """Begins with a panel."""
        first = int(part.times_ms[0])
        longest = max(part.interval_ms, self._longest.get(part.panel, 0))
        self._begin_ms = first // INTERVAL_MS * INTERVAL_MS
        self._looked_until = min(self._begin_ms, first - hold_ms(longest))
        self._earlier = part.times_ms[:0], part.milliamps[:0]
        self._others = np.zeros((2, 0), np.int64)
        self._said_removed = set[int]()
        self._said_among = False
        self._follows_new = False

    def _follow(self, before: HistoryPart) -> None:
        """Goes on with a panel: with what holds into the time that a part is of."""
        self._begin_ms = self._looked_until = before.end_ms
        holds = before.times_ms + hold_ms(before.interval_ms) > before.end_ms
        self._earlier = before.times_ms[holds], before.milliamps[holds]

    def _look(self, part: HistoryPart) -> None:
        """Finds what is stored of the time of a part."""
        rows = polls(
            self._connection,
            part.panel,
            ("time", "source", "interval_ms", "seq", "current", "power", "energy"),
            from_ms(self._looked_until),
            from_ms(part.end_ms),
            streamed=True,
        )
        others, periods = array("q"), array("q")
        self._same, self._different = list[int](), list[int]()
        for time, source, interval_ms, *values in rows:
            time_ms = to_ms(time)
            at = int(np.searchsorted(part.times_ms, time_ms))
            if source or at == len(part.times_ms) or part.times_ms[at] != time_ms:
                others.append(time_ms)
                periods.append(interval_ms)
            elif values == [0, _thousandths(part.milliamps[at]), None, None]:
                self._same.append(at)
            else:
                self._different.append(at)
        holding = self._others[:, self._others[0] + self._others[1] * 3 // 2 > self._begin_ms]
        self._others = np.concatenate((holding, np.array([others, periods], np.int64)), axis=1)

    def _removed(self, part: HistoryPart) -> Iterator[Contradiction]:
        columns = snapshots_removed.c
        spans = self._connection.execute(
            select(columns.since, columns.until)
            .where(
                columns.panel == part.panel,
                columns.since <= from_ms(int(part.times_ms[-1])),
                columns.until > from_ms(int(part.times_ms[0])),
            )
            .order_by(columns.since)
        )
        for since, until in spans:
            at = int(np.searchsorted(part.times_ms, to_ms(since)))
            within = at < len(part.times_ms) and part.times_ms[at] < to_ms(until)
            if within and to_ms(since) not in self._said_removed:
                self._said_removed.add(to_ms(since))  # all of its time are
                said = f"its snapshots until {to_text(until)} were removed as too old"
                yield Contradiction(int(part.lines[at]), f"{part.panel}: {said}")

    def _among(self, part: HistoryPart) -> Iterator[Contradiction]:
        """The first snapshot of the recorder's; there are thousands more."""
        times = self._others[0]
        before = np.searchsorted(part.times_ms, times, "right") - 1
        own = part.times_ms[before]
        stands = (before >= 0) & (own < times) & (times < own + part.interval_ms)
        if stands.any() and not self._said_among:
            self._said_among = True
            first = int(np.argmax(stands))
            said = f"has a snapshot of {to_text(from_ms(int(times[first])))} already"
            line = int(part.lines[before[first]])
            yield Contradiction(line, f"{part.panel} {said}, while this stands")

    def _insert(self, part: HistoryPart, new: Flags) -> None:
        is_postgresql = self._connection.dialect.name == "postgresql"
        count = int(new.sum())
        columns = {
            "panel": [part.panel] * count,
            "time": part.times_ms[new].tolist(),
            "seq": [0] * count,
            "interval_ms": [part.interval_ms] * count,
            "current": _array_texts(part.milliamps[new], postgresql=is_postgresql),
        }
        put_columns(self._connection, snapshot, columns)
        put(self._connection, poll_period, [(part.panel, part.interval_ms)], replace=False)

    def _compute(self, part: HistoryPart) -> None:
        times = np.concatenate((self._earlier[0], part.times_ms))
        milliamps = np.concatenate((self._earlier[1], part.milliamps))
        until = times + hold_ms(part.interval_ms)
        held = held_arrays(times, until, milliamps, milliamps >= 0, self._begin_ms, part.end_ms)
        if marked := self._marked(part, np.unique(held.start_ms)):
            held = _without(held, marked)
            marks = [(part.panel, start) for start in sorted(marked)]
            put(self._connection, dirty_interval, marks, replace=False)
        ids = pole_ids(self._connection, {part.panel: milliamps.shape[1]})[part.panel]
        by_pole = np.array([0, *(ids[pole] for pole in range(1, milliamps.shape[1] + 1))])
        pole, *columns = held.columns()
        names = interval.columns.keys()
        put_columns(
            self._connection,
            interval,
            {
                name: column.tolist()
                for name, column in zip(names, (by_pole[pole], *columns), strict=True)
            },
        )
        days = np.unique(held.start_ms // _DAY_MS) + _EPOCH_DAY
        put(
            self._connection,
            dirty_day,
            [(part.panel, str(date.fromordinal(day))) for day in days.tolist()],
            replace=False,
        )

    def _marked(self, part: HistoryPart, own: Integers) -> set[int]:
        """Starts of intervals, among others of its own, that this history is not alone in."""
        span = from_ms(self._begin_ms), from_ms(part.end_ms)
        computed = starts_computed(self._connection, part.panel, *span)
        marked = set(computed) & set(own.tolist())
        times, periods = self._others
        reach = hold_ms(max(part.interval_ms, int(periods.max(initial=0))))
        near = np.searchsorted(part.times_ms, times + reach) > np.searchsorted(
            part.times_ms, times - reach
        )
        for time_ms, interval_ms in zip(times[near].tolist(), periods[near].tolist(), strict=True):
            marked.update(touched_intervals(time_ms, max(interval_ms, part.interval_ms)))
        return marked


def _without(held: HeldArrays, starts: set[int]) -> HeldArrays:
    stays = ~np.isin(held.start_ms, list(starts))
    return HeldArrays(*(column[stays] for column in held.columns()))


def _text(part: HistoryPart, at: int) -> str:
    return to_text(from_ms(int(part.times_ms[at])))


def _thousandths(row: Integers) -> tuple[int | None, ...]:
    return tuple(value if value >= 0 else None for value in row.tolist())


def _array_texts(milliamps: Integers, *, postgresql: bool) -> Sequence[str]:
    """Each row as `array_text` writes it."""
    rows = np.where(milliamps < 0, -1, milliamps)
    written = orjson.dumps(rows, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    written = written.replace("-1", "NULL" if postgresql else "null")
    begin, end = "{}" if postgresql else "[]"
    return [f"{begin}{row}{end}" for row in written[2:-2].split("],[")]
