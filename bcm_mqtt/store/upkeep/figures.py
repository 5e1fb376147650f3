"""What is stored, in figures."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, func, select, text
from sqlalchemy.exc import OperationalError

from bcm_mqtt.domain.interval.coverage import PanelCoverage, ReadTimes
from bcm_mqtt.store.database import Repository
from bcm_mqtt.store.readings.archive_files import Held, held_by_panel
from bcm_mqtt.store.readings.quarantine import REMOVED_SETTING
from bcm_mqtt.store.replica import ReplicaState
from bcm_mqtt.store.tables import (
    dirty_interval,
    interval,
    metadata,
    panel,
    quarantine,
    setting,
    snapshot,
)
from bcm_mqtt.store.upkeep.coverage import ALWAYS, read_coverage


@dataclass(frozen=True, slots=True)
class QuarantinedTopic:
    """What of a topic was not stored.

    Attributes:
        topic: On which it came.
        count: Messages.
        reason: Of one of them.
    """

    topic: str
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class PanelInfo:
    """What is stored of one panel.

    Attributes:
        panel: Its id.
        snapshots: How many.
        first: Time of the first.
        last: Time of the last.
        assigned: Whether a directory of it has come; the circuits of any other are unknown.
    """

    panel: str
    snapshots: int
    first: datetime
    last: datetime
    assigned: bool = False


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What is stored.

    Attributes:
        panels: By id.
        intervals: Rows of single poles.
        dirty: Intervals of panels that wait to be recomputed.
        quarantined: Messages that were not stored, by topic.
        quarantine_removed: How many more there were, which had to go.
    """

    panels: tuple[PanelInfo, ...]
    intervals: int
    dirty: int
    quarantined: tuple[QuarantinedTopic, ...] = ()
    quarantine_removed: int = 0


@dataclass(frozen=True, slots=True)
class StoreState:
    """The health of the database.

    Attributes:
        last: Time of the newest snapshot by panel; none of panels without a directory.
        due: Intervals of panels that wait to be computed.
        quarantined: Messages that could not be stored.
        replica: How far all this may be behind; None where it is the primary's.
    """

    last: Mapping[str, datetime]
    due: int
    quarantined: int
    replica: ReplicaState | None = None


@dataclass(frozen=True, slots=True)
class TableSize:
    """A table with its indices.

    Attributes:
        name: Of the table.
        rows: How many.
        size: Bytes; None where SQLite was built without the means to know.
    """

    name: str
    rows: int
    size: int | None


@dataclass(frozen=True, slots=True)
class DatabaseSize:
    """A database.

    Attributes:
        size: Bytes.
        free: How many of them are free for rows to come, which removed ones have left.
        tables: The largest first.
    """

    size: int
    free: int
    tables: tuple[TableSize, ...]


class Figures(Repository):
    """What is stored, in figures; nothing is written."""

    def info(self) -> StoreInfo:
        """What is stored."""
        query = (
            select(
                snapshot.c.panel,
                func.count(),
                func.min(snapshot.c.time),
                func.max(snapshot.c.time),
                snapshot.c.panel.in_(select(panel.c.panel)),
            )
            .group_by(snapshot.c.panel)
            .order_by(snapshot.c.panel)
        )
        with self._database.reading() as connection:
            in_sql = {row.panel: PanelInfo(*row) for row in connection.execute(query)}
            return StoreInfo(
                panels=_with_archived(connection, in_sql),
                intervals=_count(connection, interval),
                dirty=_count(connection, dirty_interval),
                quarantined=_count_by_topic(connection),
                quarantine_removed=_count_removed(connection),
            )

    def state(self) -> StoreState:
        """The health of the database, in figures that cost little."""
        newest = (
            select(func.max(snapshot.c.time))
            .where(snapshot.c.panel == panel.c.panel)
            .scalar_subquery()
        )
        replica = self._database.replica_state()
        with self._database.reading() as connection:
            rows = connection.execute(select(panel.c.panel, newest))
            archived = held_by_panel(connection)
            times = [
                (name, [at for at in (time, _last(archived.get(name))) if at is not None])
                for name, time in rows
            ]
            return StoreState(
                last={name: max(known) for name, known in times if known},
                due=_count(connection, dirty_interval),
                quarantined=_count(connection, quarantine),
                replica=replica,
            )

    def sizes(self) -> DatabaseSize:
        """The sizes of all tables; the whole of a SQLite database is read, which takes its time."""
        with self._database.reading() as connection:
            if connection.dialect.name == "postgresql":
                size, free = connection.execute(text(_DATABASE)).scalar_one(), 0
                sizes = dict(map(tuple, connection.execute(text(_RELATIONS))))
            else:
                page, pages, unused = (
                    connection.execute(text(f"PRAGMA {name}")).scalar_one()
                    for name in ("page_size", "page_count", "freelist_count")
                )
                size, free = page * pages, page * unused
                sizes = _sqlite_sizes(connection)
            tables = [
                TableSize(
                    name,
                    _count(connection, table),
                    sizes.get(name),
                )
                for name, table in metadata.tables.items()
            ]
            tables.sort(key=lambda table: (-(table.size or 0), -table.rows, table.name))
            return DatabaseSize(size, free, tuple(tables))

    def coverage(
        self,
        zone: ZoneInfo,
        first_day: date,
        now: datetime,
        reads: Mapping[str, ReadTimes] = ALWAYS,
    ) -> list[PanelCoverage]:
        """How much of each panel's time is stored; see `coverage.read_coverage`."""
        with self._database.reading() as connection:
            return list(read_coverage(connection, zone, first_day, now, reads))


def _with_archived(
    connection: Connection, in_sql: Mapping[str, PanelInfo]
) -> tuple[PanelInfo, ...]:
    archived = held_by_panel(connection)
    assigned = set(connection.execute(select(panel.c.panel)).scalars())
    panels = dict(in_sql)
    for name, held in archived.items():
        there = panels.get(name) or PanelInfo(name, 0, held.first, held.last, name in assigned)
        panels[name] = replace(
            there,
            snapshots=there.snapshots + held.rows,
            first=min(there.first, held.first),
            last=max(there.last, held.last),
        )
    return tuple(panels[name] for name in sorted(panels))


def _last(held: Held | None) -> datetime | None:
    return held.last if held else None


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _count_by_topic(connection: Connection) -> tuple[QuarantinedTopic, ...]:
    """How many there are of each topic, by topic."""
    rows = connection.execute(
        select(quarantine.c.topic, func.count(), func.max(quarantine.c.reason))
        .group_by(quarantine.c.topic)
        .order_by(quarantine.c.topic)
    )
    return tuple(QuarantinedTopic(*row) for row in rows)


def _count_removed(connection: Connection) -> int:
    """How many went because there were too many, since the database was made."""
    value = connection.execute(
        select(setting.c.value).where(setting.c.name == REMOVED_SETTING)
    ).scalar()
    return int(value or 0)


def _sqlite_sizes(connection: Connection) -> dict[str, int]:
    sizes = defaultdict[str, int](int)
    try:
        for name, size in connection.execute(text(_PAGES)):
            sizes[name] += size
    except OperationalError:  # dbstat is an option of SQLite's, which most builds have
        return {}
    return sizes


_DATABASE = "SELECT pg_database_size(current_database())"
_RELATIONS = """
    SELECT c.relname, sum(pg_total_relation_size(t.relid))::bigint
    FROM pg_class AS c, pg_partition_tree(c.oid) AS t
    WHERE c.relkind = 'p' AND c.relnamespace = current_schema()::regnamespace
    GROUP BY c.relname
    UNION ALL
    SELECT c.relname, pg_total_relation_size(c.oid)
    FROM pg_class AS c
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
"""
_PAGES = """
    SELECT m.tbl_name, s.pgsize FROM dbstat AS s JOIN sqlite_master AS m ON m.name = s.name
    WHERE s.aggregate = TRUE
"""
