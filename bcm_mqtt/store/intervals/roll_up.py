"""Intervals: computed from snapshots for whatever was marked dirty."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, bindparam, delete, func, select, tuple_

from bcm_mqtt.domain.interval.device_interval import (
    DeviceInterval,
    RegisterReading,
    device_intervals,
    device_readings,
    last_registers,
)
from bcm_mqtt.domain.interval.electrical_interval import (
    ElectricalInterval,
    measures_supply,
    supplies,
    supply_readings,
)
from bcm_mqtt.domain.interval.interval import (
    INTERVAL_MS,
    Interval,
    currents,
    hold_ms,
    touched_intervals,
)
from bcm_mqtt.domain.interval.polls import Readings
from bcm_mqtt.domain.interval.register_interval import RegisterInterval, registers
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.store.bulk import Row, put
from bcm_mqtt.store.database import Repository
from bcm_mqtt.store.intervals.days import Making, count_days, roll_up_days
from bcm_mqtt.store.intervals.interval_rows import INTERVAL_TABLES, pole_ids, starts_computed
from bcm_mqtt.store.intervals.register_intervals import register_rows
from bcm_mqtt.store.readings.archive_files import held_by_panel
from bcm_mqtt.store.readings.poll_arrays import read_polls
from bcm_mqtt.store.readings.polls import polls
from bcm_mqtt.store.readings.registers import last_registers_before
from bcm_mqtt.store.readings.snapshots import Mark, longest_periods, without_removed
from bcm_mqtt.store.tables import (
    device_interval,
    dirty_day,
    dirty_interval,
    electrical_interval,
    interval,
    register_interval,
    snapshot,
)

_LENGTH = timedelta(milliseconds=INTERVAL_MS)
_LONGEST_RUN = 16
"""So many intervals' snapshots of a panel are in memory at a time."""
_Item = Interval | DeviceInterval | ElectricalInterval | RegisterInterval
_VALUES: Final[Mapping[Table, Callable[[object], Row]]] = {
    table: attrgetter(*table.columns.keys()[2:])
    for table in (interval, device_interval, electrical_interval)
}
"""What an interval's columns are called, its fields are."""


class RollUp(Repository):
    """Computes what is marked: each call a part of it, in a transaction."""

    def intervals(self, limit: int = 1000) -> int:
        """Recomputes up to `limit` dirty intervals of panels, oldest first, and clears their marks.

        Those whose snapshots were removed stay as they are.

        Returns:
            How many marks were cleared.
        """
        with self._database.writing() as connection:
            marked = _take_marks(connection, limit)
            dirty = without_removed(connection, marked)
            if dirty:
                _compute(connection, dirty)
            return len(marked)

    def days(
        self,
        zone: ZoneInfo,
        limit: int = 100,
        today: date = date.max,
        making: Making | None = None,
    ) -> int:
        """Sums up days of panels whose intervals changed, at most `limit`; returns how many.

        Load profiles are made of those before `today` (UTC). `making` makes them by connections
        of its own, such as `DayMaker`s in other processes.
        """
        with self._database.writing() as connection:
            return roll_up_days(connection, zone, limit, today, making)

    def count_days(self, today: date = date.max) -> int:
        """How many days of panels before `today` are due."""
        with self._database.reading() as connection:
            return count_days(connection, today)

    def mark_all(self) -> int:
        """Marks every interval that snapshots touch, and what else was computed of their time.

        Intervals from before a panel's first snapshot stay as they are: their snapshots are
        gone, and nothing could be computed of them.

        Returns:
            How many are marked now.
        """
        with self._database.writing() as connection:
            there = connection.execute(select(snapshot.c.panel).distinct()).scalars()
            panels = sorted({*there, *held_by_panel(connection)})
            for panel in panels:
                put(connection, dirty_interval, list(_touched(connection, panel)), replace=False)
            return connection.execute(select(func.count()).select_from(dirty_interval)).scalar_one()


def _take_marks(connection: Connection, limit: int) -> list[Mark]:
    """Clears the oldest marks first: a snapshot that is stored from here on marks again."""
    marks = (dirty_interval.c.panel, dirty_interval.c.start)
    oldest = (
        select(*marks)
        .order_by(dirty_interval.c.start, dirty_interval.c.panel)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = delete(dirty_interval).where(tuple_(*marks).in_(oldest)).returning(*marks)
    return sorted(map(tuple, connection.execute(taken)))


def _compute(connection: Connection, dirty: list[Mark]) -> None:
    longest = longest_periods(connection)
    computed = [
        _computed(connection, panel, run, hold_ms(longest.get(panel, 0)))
        for panel, group in groupby(dirty, key=itemgetter(0))
        for run in _runs([start for _, start in group])
    ]
    _store(connection, computed)
    days = {(panel, str(start.date())) for panel, start in dirty}
    put(connection, dirty_day, sorted(days), replace=False)


@dataclass(frozen=True, slots=True)
class _Computed:
    """Intervals of a panel from `starts` on, which follow one another without a gap."""

    panel: str
    starts: list[datetime]
    items: Mapping[Table, Sequence[_Item]]
    """By table; a table that is not there has none of the panel's at that time."""
    poles: int
    """Of the panel, as far as it was read."""


def _runs(starts: list[datetime]) -> Iterator[list[datetime]]:
    """Sorted starts grouped into runs without a gap, which one query can serve."""
    for _, keyed in groupby(enumerate(starts), key=lambda pair: pair[1] - pair[0] * _LENGTH):
        run = [start for _, start in keyed]
        for first in range(0, len(run), _LONGEST_RUN):
            yield run[first : first + _LONGEST_RUN]


def _computed(connection: Connection, panel: str, starts: list[datetime], hold: int) -> _Computed:
    first, end = starts[0], starts[-1] + _LENGTH
    # The last snapshot before it need not be the only one that holds into it: a pole that
    # it did not read still has an earlier reading.
    read = read_polls(connection, panel, first - timedelta(milliseconds=hold), end)
    if not read.measured:
        return _Computed(panel, starts, dict.fromkeys(INTERVAL_TABLES, ()), poles=0)
    current, (power, energy) = read.readings(Quantity.CURRENT), device_readings(read)
    supply = supply_readings(read)
    items: dict[Table, list[_Item]] = {interval: []}
    if read.measured.keys() & {Quantity.POWER, Quantity.ENERGY}:
        items |= {device_interval: [], register_interval: []}
    if measures_supply(read):
        items[electrical_interval] = []
    before = _registers_before(connection, panel, energy, to_ms(first))
    # Each interval is given those of the ones before it that could stand in it; the domain
    # takes what does.
    lookback = 2 * int(read.interval_ms.max())
    for begin in map(to_ms, starts):
        since = begin - lookback
        items[interval] += currents(current.since(since), begin)
        if device_interval in items:
            shown = energy.since(since)
            items[device_interval] += device_intervals(power.since(since), shown, begin, before)
            items[register_interval] += registers(shown, begin)
            before |= last_registers(shown.before(begin + INTERVAL_MS))
        if electrical_interval in items:
            of_supply = (one.since(since) for one in supply)
            items[electrical_interval] += supplies(of_supply, begin)
    return _Computed(panel, starts, items, read.poles)


def _registers_before(
    connection: Connection, panel: str, energy: Readings, begin_ms: int
) -> dict[int, RegisterReading]:
    """The last readings before the first interval, of the poles that are read from then on."""
    known = last_registers(energy.before(begin_ms))
    if missing := last_registers(energy.since(begin_ms)).keys() - known.keys():
        known |= last_registers_before(connection, panel, from_ms(begin_ms), missing)
    return known


def _store(connection: Connection, computed: list[_Computed]) -> None:
    poles = defaultdict[str, int](int)
    for item in computed:
        poles[item.panel] = max(poles[item.panel], item.poles)
    ids = pole_ids(connection, poles)
    for table in INTERVAL_TABLES:
        rows: list[Row] = []
        gone: list[tuple[int, datetime]] = []
        for part in computed:
            if (items := part.items.get(table)) is not None:
                known = ids[part.panel]
                rows += _rows(table, known, items, connection.dialect.name)
                gone += _not_covered(known, part.starts, items)
        put(connection, table, rows, replace=True)
        _delete(connection, table, gone)


def _rows(
    table: Table, ids: Mapping[int, int], items: Sequence[Any], dialect: str
) -> Iterator[Row]:
    if table is register_interval:
        return register_rows(ids, items, dialect)
    values = _VALUES[table]
    return ((ids[one.pole], to_ms(one.start), *values(one)) for one in items)


def _not_covered(
    ids: Mapping[int, int],
    starts: Collection[datetime],
    items: Collection[_Item],
) -> Iterator[tuple[int, datetime]]:
    """Intervals that may have been computed once and are not covered any more.

    A late snapshot ends the hold of the one before it, which may have covered them.
    """
    if len(items) < len(ids) * len(starts):  # else all are covered, as nearly always
        covered = {(item.pole, item.start) for item in items}
        yield from (
            (row_id, start)
            for number, row_id in ids.items()
            for start in starts
            if (number, start) not in covered
        )


def _delete(connection: Connection, table: Table, keys: list[tuple[int, datetime]]) -> None:
    if keys:
        connection.execute(
            delete(table).where(
                table.c.pole == bindparam("gone_pole"), table.c.start == bindparam("gone_start")
            ),
            [{"gone_pole": pole_id, "gone_start": start} for pole_id, start in keys],
        )


def _touched(connection: Connection, panel: str) -> Iterator[Row]:
    rows = polls(connection, panel, ("time", "interval_ms"), streamed=True)
    starts = set[int]()
    first = None
    for time, interval_ms in rows:
        first = first or time
        starts.update(touched_intervals(to_ms(time), interval_ms))
    if first:
        starts.update(starts_computed(connection, panel, first))
    return ((panel, start) for start in sorted(starts))
