"""Snapshots as they are read back."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from bcm_mqtt.domain.history.polled import Polls
from bcm_mqtt.domain.interval.interval import INTERVAL_MS, hold_ms
from bcm_mqtt.domain.interval.polls import Polls as PollArrays
from bcm_mqtt.domain.reading.bridge_clock import ClockFault
from bcm_mqtt.domain.reading.clock import out_of_order
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.store.database import Repository
from bcm_mqtt.store.readings.archive_files import stored_files
from bcm_mqtt.store.readings.clocks import faults_in
from bcm_mqtt.store.readings.poll_arrays import read_polls
from bcm_mqtt.store.readings.polls import polls
from bcm_mqtt.store.readings.registers import latest_reading
from bcm_mqtt.store.readings.snapshots import longest_periods, read_snapshots
from bcm_mqtt.store.tables import panel as panel_table
from bcm_mqtt.store.tables import snapshot, snapshots_removed


class Readings(Repository):
    """The snapshots of all panels; nothing is written."""

    def latest(self) -> datetime | None:
        """Time of the latest snapshot of any panel: panel by panel, as their index has it."""
        with self._database.reading() as connection:
            panels = connection.execute(select(panel_table.c.panel)).scalars().all()
            times = [latest_reading(connection, panel) for panel in panels]
        return max((time for time in times if time), default=None)

    def snapshots(self, panel: str, start: datetime, end: datetime) -> list[Snapshot]:
        """The snapshots of start <= t < end, and those before it that can stand in it, by time."""
        with self._database.reading() as connection:
            hold = timedelta(milliseconds=hold_ms(longest_periods(connection).get(panel, 0)))
            return read_snapshots(connection, panel, start - hold, end)

    def standing_snapshots(self, panel: str, start: datetime) -> list[Snapshot]:
        """The snapshots that can stand in the 15 minutes from `start` on, by time."""
        return self.snapshots(panel, start, start + timedelta(milliseconds=INTERVAL_MS))

    def times(self, panel: str, start: datetime, end: datetime) -> Iterator[datetime]:
        """Times of a panel's snapshots of start <= t < end, in order."""
        with self._database.reading() as connection:
            for (time,) in polls(connection, panel, ("time",), start, end, streamed=True):
                yield time

    def poll_arrays(self, panel: str, start: datetime, end: datetime) -> PollArrays:
        """The polls of start <= t < end, and those before it that can stand in it."""
        with self._database.reading() as connection:
            hold = timedelta(milliseconds=hold_ms(longest_periods(connection).get(panel, 0)))
            return read_polls(connection, panel, start - hold, end)

    def clock_backs(self, panel: str, start: datetime, end: datetime) -> list[tuple[datetime, int]]:
        """Where the clock of a bridge ran back: later numbers stand among earlier times.

        A bridge that restarts may count from 1 again: then numbers fall once and stay low. They
        fall and rise again where two stretches of time lie one over the other.

        Returns:
            The first instant of it, and how many snapshots of start <= t < end are out of order.
        """
        with self._database.reading() as connection:
            if stored_files(connection, [panel], start, end):
                rows = polls(
                    connection, panel, ("time", "seq", "source"), start, end, streamed=True
                )
                times = sorted(out_of_order(rows))
                return [(times[0], len(times))] if times else []
            spans = [
                (first, back)
                for source in connection.execute(_sources(panel, start, end)).scalars().all()
                for first, back in connection.execute(_out_of_order(panel, source, start, end))
                if back
            ]
        return [(min(spans)[0], sum(back for _, back in spans))] if spans else []

    def clock_faults(self, panel: str, start: datetime, end: datetime) -> list[ClockFault]:
        """When the clock of a panel's bridge was wrong, by time.

        Those of which any is in start <= t < end, by the right time or by the time that readings
        were stamped with. Of those that `misleads`, readings are not in the order of their times.
        """
        with self._database.reading() as connection:
            return faults_in(connection, panel, start, end)

    def polls(self, panel: str, start: datetime, end: datetime) -> Polls | None:
        """The polls of start <= t < end; None where there is none or some of them were removed."""
        columns = snapshots_removed.c
        removed = select(columns.panel).where(
            columns.panel == panel, columns.since < end, columns.until > start
        )
        counted = select(func.count(), func.max(snapshot.c.interval_ms)).where(
            snapshot.c.panel == panel, snapshot.c.time >= start, snapshot.c.time < end
        )
        with self._database.reading() as connection:
            if connection.execute(removed).first():
                return None
            if stored_files(connection, [panel], start, end):
                rows = polls(connection, panel, ("interval_ms",), start, end, streamed=True)
                lengths = [interval_ms for (interval_ms,) in rows]
                count, longest_ms = len(lengths), max(lengths, default=0)
            else:
                count, longest_ms = connection.execute(counted).one()
        return Polls(count, longest_ms) if count else None


def _sources(panel: str, start: datetime, end: datetime) -> Select[str]:
    within = snapshot.c.panel == panel, snapshot.c.time >= start, snapshot.c.time < end
    return select(snapshot.c.source).where(*within).distinct()


def _out_of_order(panel: str, source: str, start: datetime, end: datetime) -> Select[Any, int]:
    """As `out_of_order`, where all is in SQL: time of the first, and how many there are."""
    rows = (
        select(
            snapshot.c.time,
            snapshot.c.seq,
            func.lag(snapshot.c.seq).over(order_by=snapshot.c.time).label("before"),
            func.lead(snapshot.c.seq).over(order_by=snapshot.c.time).label("after"),
        )
        .where(
            *(snapshot.c.panel == panel, snapshot.c.time >= start, snapshot.c.time < end),
            snapshot.c.source == source,
        )
        .subquery()
    )
    return select(func.min(rows.c.time), func.count()).where(
        rows.c.seq < rows.c.before, rows.c.after >= rows.c.before
    )
