"""Snapshots in and out, the intervals they make dirty, and the spans whose snapshots were removed.

The intervals of a removed span are final: one that was computed again of what is left, or of a
snapshot that comes late, would lose what the removed ones had said.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from sqlalchemy import Connection, func, insert, select, update

from bcm_mqtt.archive import Row
from bcm_mqtt.domain.interval.interval import hold_ms
from bcm_mqtt.domain.interval.touched import Poll, touched_by
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import MILLISECOND, to_ms
from bcm_mqtt.store.bulk import Row as TableRow
from bcm_mqtt.store.bulk import add, put
from bcm_mqtt.store.database import Repository
from bcm_mqtt.store.readings.archive_files import ArchiveFile, archive_of, stored_files
from bcm_mqtt.store.readings.partitions import prepare_months
from bcm_mqtt.store.readings.polls import archived_names, polls
from bcm_mqtt.store.readings.receipts import count_commit
from bcm_mqtt.store.readings.registers import intervals_read_next
from bcm_mqtt.store.tables import dirty_interval, poll_period, snapshot, snapshots_removed
from bcm_mqtt.store.types import array_text

_MADE_OF: Final = (
    "time",
    "seq",
    "interval_ms",
    "current",
    "power",
    "energy",
    "voltage",
    "power_factor",
    "reactive_power",
)
"""In the order of a snapshot's fields: what intervals are made of."""
_MAKE: Final[Callable[..., Snapshot]] = Snapshot
_VALUES: Final = attrgetter(*Quantity)


def insert_snapshots(connection: Connection, snapshots: Sequence[Snapshot]) -> int:
    """Stores snapshots once each and marks the intervals they can change.

    A snapshot is identified by panel, source and time: a second delivery changes nothing, also
    where the first has moved to the archive.

    Returns:
        How many were new.

    Raises:
        ArchiveError: some are of archived times, and the archive cannot be read now.
    """
    archived = _archived_since(connection, snapshots)
    if archived:
        there = archived_names(connection, [_name(item) for item in snapshots], archived)
        snapshots = [item for item in snapshots if _name(item) not in there]
    if not snapshots:
        return 0
    dialect = connection.dialect.name
    by_panel = defaultdict[str, list[Snapshot]](list)
    for item in snapshots:
        by_panel[item.panel].append(item)
    late = {
        panel
        for panel, items in by_panel.items()
        if _are_late(connection, panel, items, {file.panel for file in archived})
    }
    stored = add(connection, snapshot, [_row(item, dialect) for item in snapshots])
    periods = {(item.panel, item.interval_ms) for item in snapshots}
    put(connection, poll_period, sorted(periods), replace=False)
    longest = longest_periods(connection)
    touched = {
        (panel, start)
        for panel, items in by_panel.items()
        for start in touched_by(
            [Poll(to_ms(item.time), item.interval_ms) for item in items],
            _outlasting(connection, panel, items, longest[panel]),
        )
    }
    touched |= {
        (panel, start)
        for panel in late
        for start in intervals_read_next(connection, panel, by_panel[panel])
    }
    put(connection, dirty_interval, sorted(touched), replace=False)
    return stored


def put_back(connection: Connection, panel: str, rows: Iterable[Row]) -> None:
    """Polls of the archive into SQL, where nothing is to be computed of them.

    Args:
        connection: Within a transaction.
        panel: Its id.
        rows: With all columns of the archive.
    """
    dialect = connection.dialect.name
    again: list[TableRow] = [
        (
            *(panel, to_ms(time), seq, interval_ms),
            *(array_text(values, dialect) for values in row[-len(Quantity) :]),
            *(errors, source),
        )
        for row in rows
        for time, source, seq, interval_ms, errors in [row[: -len(Quantity)]]
    ]
    add(connection, snapshot, again)


def _row(item: Snapshot, dialect: str) -> TableRow:
    return (
        *(item.panel, to_ms(item.time), item.seq, item.interval_ms),
        *[
            None if values is None else array_text(values, dialect)
            for values in _VALUES(item)  # few of which most panels measure
        ],
        json.dumps(dict(item.errors)) if item.errors else None,
        item.source,
    )


def _archived_since(connection: Connection, snapshots: Sequence[Snapshot]) -> list[ArchiveFile]:
    """Files with polls of their panels from the first of them on; nearly always there is none."""
    if archive_of(connection) is None or not snapshots:
        return []
    panels = {item.panel for item in snapshots}
    return stored_files(connection, panels, min(item.time for item in snapshots))


def _name(item: Snapshot) -> tuple[str, datetime, str]:
    return item.panel, item.time, item.source


def _are_late(
    connection: Connection, panel: str, items: Sequence[Snapshot], archived: Collection[str]
) -> bool:
    """Whether energy registers were read among them before what is stored already.

    Of the panels in `archived`, the archive has later ones.
    """
    times = [item.time for item in items if item.energy]
    if not times:
        return False
    latest: datetime | None = connection.execute(
        select(func.max(snapshot.c.time)).where(snapshot.c.panel == panel)
    ).scalar()
    return panel in archived or (latest is not None and latest > min(times))


def longest_periods(connection: Connection) -> dict[str, int]:
    """The longest poll period (ms) that each panel ever had."""
    rows = connection.execute(
        select(poll_period.c.panel, func.max(poll_period.c.interval_ms)).group_by(
            poll_period.c.panel
        )
    )
    return dict(map(tuple, rows))


def _outlasting(
    connection: Connection, panel: str, items: Sequence[Snapshot], longest_ms: int
) -> list[Poll]:
    """The snapshots that can stand longer than one of these."""
    shortest = min(item.interval_ms for item in items)
    if longest_ms <= shortest:  # nearly always: polls were never slower
        return []
    times = [item.time for item in items]
    held_from = min(times) - timedelta(milliseconds=hold_ms(longest_ms))
    columns = ("time", "interval_ms")
    since = held_from + MILLISECOND
    rows = polls(
        connection, panel, columns, since, max(times), having="interval_ms", above=shortest
    )
    return [Poll(to_ms(time), interval_ms) for time, interval_ms in rows]


def read_snapshots(
    connection: Connection, panel: str, start: datetime, end: datetime
) -> list[Snapshot]:
    """The snapshots of a panel in start <= t < end, by time, with what intervals are made of."""
    rows = polls(connection, panel, ("source", *_MADE_OF), start, end)
    return [_MAKE(panel, *row, source=source) for source, *row in rows]


class Arrivals(Repository):
    """Snapshots on their way in."""

    def add(self, items: Sequence[Snapshot], recorder: str = "") -> int:
        """Stores snapshots, each once, and marks their intervals to be recomputed.

        Args:
            items: To store.
            recorder: Whose commits are counted; "" for who reports none.

        Returns:
            How many were new.
        """
        with self._database.writing() as connection:
            stored = insert_snapshots(connection, items)
            if recorder:  # last, because recorders that share wait for one another's row
                count_commit(connection, recorder)
            return stored

    def contradicting(self, items: Iterable[Snapshot]) -> list[Snapshot]:
        """Those that differ from what is stored under their name: a clock ran back."""
        columns = ("source", "seq", "current", "power", "energy")
        others = []
        with self._database.reading() as connection:
            for item in items:
                end = item.time + MILLISECOND
                rows = polls(connection, item.panel, columns, item.time, end)
                values = item.seq, item.current, item.power, item.energy
                if any(
                    source == item.source and tuple(stored) != values for source, *stored in rows
                ):
                    others.append(item)
        return others

    def prepare_months(
        self, now: datetime, spans: Iterable[tuple[datetime, datetime]] = ()
    ) -> list[str]:
        """Makes partitions ahead of time on PostgreSQL; returns the names of the new ones.

        Also those of times that are going to be stored.
        """
        with self._database.writing() as connection:
            return prepare_months(connection, now, spans)


Mark = tuple[str, datetime]
"""A panel and the start of an interval."""


def without_removed(connection: Connection, marks: list[Mark]) -> list[Mark]:
    """The marks of intervals that may be computed again."""
    if not marks:
        return marks
    starts = [start for _, start in marks]
    spans = connection.execute(
        select(snapshots_removed).where(
            snapshots_removed.c.since <= max(starts), snapshots_removed.c.until > min(starts)
        )
    ).all()
    return [
        (panel, start)
        for panel, start in marks
        if not any(of == panel and since <= start < until for of, since, until in spans)
    ]


def make_final(connection: Connection, panel: str, since: datetime, until: datetime) -> None:
    """Notes that intervals of a panel that start in since <= t < until are final."""
    key = {"panel": panel, "since": since}
    noted = connection.execute(select(snapshots_removed.c.until).filter_by(**key)).scalar()
    if noted is None:
        connection.execute(insert(snapshots_removed), {**key, "until": until})
    elif noted < until:
        connection.execute(update(snapshots_removed).filter_by(**key), {"until": until})
