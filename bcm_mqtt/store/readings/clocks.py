"""When the clocks of bridges were wrong, as the recorder's heartbeat check found it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select

from bcm_mqtt.domain.reading.bridge_clock import ClockFault, ClockFaultKind
from bcm_mqtt.domain.time import MILLISECOND
from bcm_mqtt.store.database import Repository
from bcm_mqtt.store.tables import clock_fault


class Clocks(Repository):
    """Faults of bridges' clocks; one that goes on is stored again with its new end."""

    def add(self, faults: Sequence[ClockFault]) -> None:
        """Stores faults; one that is stored already gets its new end and offset."""
        column = clock_fault.c
        with self._database.writing() as connection:
            for fault in faults:
                same = and_(
                    column.panel == fault.panel,
                    column.kind == fault.kind.value,
                    column.against == fault.against,
                    column.since == fault.since,
                )
                connection.execute(delete(clock_fault).where(same))
                connection.execute(insert(clock_fault), _row(fault))

    def ahead_of(self, now: datetime) -> timedelta | None:
        """How far the database's clock is ahead of a clock; None where it is the same host's.

        Args:
            now: By that clock, in this moment, UTC.
        """
        if not self._database.is_postgresql:
            return None
        with self._database.reading() as connection:
            at: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return at - now


def faults_in(
    connection: Connection, panel: str, start: datetime, end: datetime
) -> list[ClockFault]:
    """A panel's faults that overlap start <= t < end by either clock, by time."""
    column = clock_fault.c
    query = select(clock_fault).where(
        column.panel == panel,
        or_(
            and_(column.since < end, column.until >= start),
            and_(column.stamped_since < end, column.stamped_until >= start),
        ),
    )
    return [_fault(row) for row in connection.execute(query.order_by(column.since))]


def _row(fault: ClockFault) -> dict[str, object]:
    return {
        "panel": fault.panel,
        "kind": fault.kind.value,
        "against": fault.against,
        "since": fault.since,
        "until": fault.until,
        "stamped_since": fault.stamped_since,
        "stamped_until": fault.stamped_until,
        "bridge": fault.bridge,
        "offset_ms": round(fault.offset / MILLISECOND),
    }


def _fault(row: Row[Any]) -> ClockFault:
    return ClockFault(
        panel=row.panel,
        kind=ClockFaultKind(row.kind),
        since=row.since,
        until=row.until,
        stamped_since=row.stamped_since,
        stamped_until=row.stamped_until,
        bridge=row.bridge,
        offset=row.offset_ms * MILLISECOND,
        against=row.against,
    )
