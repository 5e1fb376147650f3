"""Energy registers across snapshots: what a pole read last, and what a late reading changes."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from bcm_mqtt.domain.interval.device_interval import LONGEST_STEP_MS, RegisterReading
from bcm_mqtt.domain.interval.interval import interval_start_ms
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import MILLISECOND, to_ms
from bcm_mqtt.store.readings.archive_files import held_by_panel
from bcm_mqtt.store.readings.polls import polls
from bcm_mqtt.store.tables import snapshot

_REGISTERS = ("time", "energy")
_FURTHEST = timedelta(milliseconds=LONGEST_STEP_MS)


def last_registers_before(
    connection: Connection, panel: str, time: datetime, poles: Collection[int]
) -> dict[int, RegisterReading]:
    """The last reading of each of the poles before an instant, of those that have one."""
    rows = polls(
        connection,
        panel,
        _REGISTERS,
        time - _FURTHEST,
        time,
        having="energy",
        newest_first=True,
        streamed=True,
    )
    readings: dict[int, RegisterReading] = {}
    missing = set(poles)
    with closing(rows):
        for at, energy in rows:
            for pole in [pole for pole in missing if _at(energy, pole) is not None]:
                readings[pole] = RegisterReading(to_ms(at), energy[pole - 1])
                missing.remove(pole)
            if not missing:
                break
    return readings


def latest_reading(connection: Connection, panel: str) -> datetime | None:
    """Time of a panel's latest snapshot."""
    latest: datetime | None = connection.execute(
        select(func.max(snapshot.c.time)).where(snapshot.c.panel == panel)
    ).scalar()
    held = held_by_panel(connection, panel).get(panel)
    return max(latest or held.last, held.last) if held else latest


def intervals_read_next(
    connection: Connection, panel: str, items: Sequence[Snapshot]
) -> Iterator[int]:
    """Starts (ms) of the intervals that hold each pole's first reading after one of these.

    What a register counted there is the difference to one of these, once they are stored.
    """
    given = {item.time for item in items}
    last = max(given)
    end = last + _FURTHEST + MILLISECOND
    rows = polls(connection, panel, _REGISTERS, min(given), end, having="energy", streamed=True)
    waiting: set[int] = set()
    with closing(rows):
        for at, energy in rows:
            read = {pole for pole, value in enumerate(energy, start=1) if value is not None}
            if read & waiting:
                yield interval_start_ms(to_ms(at))
                waiting -= read
            if at in given:
                waiting |= read
            elif at > last and not waiting:
                break


def _at(energy: Sequence[int | None], pole: int) -> int | None:
    return energy[pole - 1] if pole <= len(energy) else None
