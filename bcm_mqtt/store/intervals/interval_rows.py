"""The rows of intervals: which poles they are of, and of which times there are any."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.store.tables import (
    device_interval,
    electrical_interval,
    interval,
    pole,
    register_interval,
)

INTERVAL_TABLES: Final = (interval, device_interval, electrical_interval, register_interval)


def pole_ids(connection: Connection, poles: Mapping[str, int]) -> dict[str, dict[int, int]]:
    """Row ids by panel and pole number; makes those that are missing.

    Args:
        connection: Within a transaction.
        poles: How many each panel has, at least.
    """
    query = select(pole.c.panel, pole.c.number, pole.c.id).where(pole.c.panel.in_(poles))
    known = defaultdict[str, dict[int, int]](dict)

    def read() -> None:
        for panel, number, row_id in connection.execute(query):
            known[panel][number] = row_id

    read()
    needed = {(panel, number) for panel, most in poles.items() for number in range(1, most + 1)}
    if missing := sorted(key for key in needed if key[1] not in known[key[0]]):
        insert = {
            "sqlite": "INSERT INTO pole (panel, number) VALUES (?, ?) ON CONFLICT DO NOTHING",
            "postgresql": "INSERT INTO pole (panel, number) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        }
        connection.exec_driver_sql(insert[connection.dialect.name], missing)
        read()
    return known


def starts_computed(
    connection: Connection, panel: str, begin: datetime, end: datetime | None = None
) -> Iterator[int]:
    """Starts (ms) of a panel's intervals in begin <= start < end, if it has an end.

    Of every kind of interval, and those of several kinds more than once.
    """
    for table in INTERVAL_TABLES:
        starts = select(table.c.start).distinct().join_from(table, pole)
        starts = starts.where(pole.c.panel == panel, table.c.start >= begin)
        if end:
            starts = starts.where(table.c.start < end)
        yield from map(to_ms, connection.execute(starts).scalars())
