"""Intervals read for bills."""

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, select

from bcm_mqtt.domain.interval.device_interval import LONGEST_STEP_MS, DeviceInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Interval
from bcm_mqtt.store.tables import device_interval, interval, pole

_LENGTH = timedelta(milliseconds=INTERVAL_MS)
_LATEST = timedelta(milliseconds=LONGEST_STEP_MS) + _LENGTH


def read_intervals(
    connection: Connection, panel: str, start: datetime, end: datetime
) -> dict[int, list[Interval]]:
    """The intervals of a panel that overlap start <= t < end, by pole and start."""
    columns = [column for column in interval.columns if column.name not in {"pole", "start"}]
    rows = connection.execute(
        select(pole.c.number, interval.c.start, *columns)
        .join_from(interval, pole)
        .where(pole.c.panel == panel, interval.c.start > start - _LENGTH, interval.c.start < end)
        .order_by(interval.c.pole, interval.c.start)
    )
    found = defaultdict[int, list[Interval]](list)
    for row in rows:
        found[row[0]].append(Interval(*row))
    return dict(found)


def read_device_intervals(
    connection: Connection, panel: str, start: datetime, end: datetime
) -> dict[int, list[DeviceInterval]]:
    """What devices measured of start <= t < end, by pole and start.

    Those that overlap it, and those after it whose registers had not been read for so
    long that their energy is partly of this time.
    """
    began = device_interval.c.start
    found = _read(connection, panel, began > start - _LENGTH, began < end)
    late = device_interval.c.energy_ms > INTERVAL_MS
    for number, items in _read(
        connection, panel, late, began >= end, began < end + _LATEST
    ).items():
        if reaching := [item for item in items if _since(item) < end]:
            found[number] += reaching
    return dict(found)


def _since(item: DeviceInterval) -> datetime:
    """About from when on its energy is; the domain knows better."""
    return item.start + _LENGTH - timedelta(milliseconds=item.energy_ms)


def _read(
    connection: Connection, panel: str, *wanted: ColumnElement[bool]
) -> defaultdict[int, list[DeviceInterval]]:
    columns = [column for column in device_interval.columns if column.name != "pole"]
    rows = connection.execute(
        select(pole.c.number, *columns)
        .join_from(device_interval, pole)
        .where(pole.c.panel == panel, *wanted)
        .order_by(device_interval.c.pole, device_interval.c.start)
    )
    found = defaultdict[int, list[DeviceInterval]](list)
    for row in rows:
        found[row[0]].append(DeviceInterval(*row))
    return found
