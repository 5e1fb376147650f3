"""The store as those see it who look after its data."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from bcm_mqtt.domain.retention import MonthSpan
from bcm_mqtt.store import interval_removal, partition_removal, snapshot_removal
from bcm_mqtt.store.snapshot_removal import Removal
from bcm_mqtt.store.store import Store

_AT_A_TIME = 2000
"""Snapshots per transaction: the recorder waits for one, which is some tens of milliseconds."""
_POLES_AT_A_TIME = 8


class Upkeep(Store):
    """A database to be looked after; each step is a transaction of its own."""

    def oldest_snapshot(self) -> datetime | None:
        """Its time."""
        with self._read() as connection:
            return snapshot_removal.oldest_snapshot(connection)

    def oldest_interval(self) -> datetime | None:
        """Its start."""
        with self._read() as connection:
            return interval_removal.oldest_interval(connection)

    def count_snapshots(self, span: MonthSpan) -> int:
        """How many there are of it."""
        with self._read() as connection:
            return snapshot_removal.count_snapshots(connection, span.start, span.end)

    def remove_snapshots(self, spans: Sequence[MonthSpan], now: datetime) -> Iterator[Removal]:
        """Removes snapshots of spans that may go, step by step, as the caller goes on.

        PostgreSQL drops months (UTC) that lie in them whole, and nothing else.
        """
        if self.is_postgresql:
            self.prepare_months(now)  # what has no partition yet gets one
            with self._read() as connection:
                months = list(partition_removal.removable_partitions(connection, spans))
            for month in months:
                with self._write() as connection:
                    step = partition_removal.drop_partition(connection, month)
                yield step
            return
        with self._read() as connection:
            panels = snapshot_removal.panels_with_snapshots(connection)
        for span in spans:
            for panel in panels:
                begin = span.start
                while begin < span.end:
                    with self._write() as connection:
                        step = snapshot_removal.remove_some(
                            connection, panel, (span.start, span.end), begin, _AT_A_TIME
                        )
                    yield step
                    begin = span.end if step.waits else step.end

    def remove_intervals(self, spans: Sequence[MonthSpan]) -> Iterator[Removal]:
        """Removes intervals of spans that may go, step by step, as the caller goes on."""
        with self._read() as connection:
            poles = list(interval_removal.poles_by_panel(connection))
        for span in spans:
            for panel, rows in groupby(poles, key=itemgetter(0)):
                ids = [row_id for _, row_id in rows]
                for first in range(0, len(ids), _POLES_AT_A_TIME):
                    some = ids[first : first + _POLES_AT_A_TIME]
                    with self._write() as connection:
                        step = interval_removal.remove_of_panel(
                            connection, panel, some, span.start, span.end
                        )
                    yield step

    @property
    def is_postgresql(self) -> bool:
        """Or SQLite."""
        return self._engine.dialect.name == "postgresql"
