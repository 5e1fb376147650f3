"""How the database fares, in figures that cost little to ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from bcm_mqtt.store.tables import dirty_interval, panel, quarantine, snapshot


@dataclass(frozen=True, slots=True)
class StoreState:
    """How the database fares.

    Attributes:
        last: Time of the newest snapshot by panel; none of panels without a directory.
        due: Intervals of panels that wait to be computed.
        quarantined: Messages that could not be stored.
    """

    last: Mapping[str, datetime]
    due: int
    quarantined: int


def read_state(connection: Connection) -> StoreState:
    """How the database fares."""
    newest = (
        select(func.max(snapshot.c.time)).where(snapshot.c.panel == panel.c.panel).scalar_subquery()
    )
    rows = connection.execute(select(panel.c.panel, newest))
    return StoreState(
        last={found: time for found, time in rows if time is not None},
        due=connection.execute(select(func.count()).select_from(dirty_interval)).scalar_one(),
        quarantined=connection.execute(select(func.count()).select_from(quarantine)).scalar_one(),
    )
