"""What is stored, in figures."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, func, select

from bcm_mqtt.store.readings.quarantine import QuarantinedTopic, count_by_topic, count_removed
from bcm_mqtt.store.tables import dirty_interval, interval, panel, snapshot


@dataclass(frozen=True, slots=True)
class PanelInfo:
    """What is stored of one panel.

    Attributes:
        panel: Its id.
        snapshots: How many.
        first: Time of the first.
        last: Time of the last.
        assigned: Whether a directory of it has come; of any other nobody knows the circuits.
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


def read_info(connection: Connection) -> StoreInfo:
    """What is stored."""
    rows = connection.execute(
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
    return StoreInfo(
        panels=tuple(PanelInfo(*row) for row in rows),
        intervals=_count(connection, interval),
        dirty=_count(connection, dirty_interval),
        quarantined=count_by_topic(connection),
        quarantine_removed=count_removed(connection),
    )


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
