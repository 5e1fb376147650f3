"""Finds where the clock of a bridge ran back: later numbers stand among earlier times."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from bcm_mqtt.store.tables import snapshot


def clock_backs(
    connection: Connection, panel: str, start: datetime, end: datetime
) -> list[tuple[datetime, int]]:
    """The first instant of it and how many snapshots of start <= t < end lie out of order.

    A bridge that starts anew may count from 1 again: then numbers fall once and stay low. They
    fall and rise again where two stretches of time lie one over the other.
    """
    rows = (
        select(
            snapshot.c.time,
            snapshot.c.seq,
            func.lag(snapshot.c.seq).over(order_by=snapshot.c.time).label("before"),
            func.lead(snapshot.c.seq).over(order_by=snapshot.c.time).label("after"),
        )
        .where(snapshot.c.panel == panel, snapshot.c.time >= start, snapshot.c.time < end)
        .subquery()
    )
    query = select(func.min(rows.c.time), func.count()).where(
        rows.c.seq < rows.c.before, rows.c.after >= rows.c.before
    )
    first, count = connection.execute(query).one()
    return [(first, count)] if count else []
