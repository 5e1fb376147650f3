"""Removes files of the archive, whole, once all of their snapshots are past their retention."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, update

from bcm_mqtt.archive import COLUMNS
from bcm_mqtt.domain.interval.retention import MonthSpan
from bcm_mqtt.domain.time import MILLISECOND
from bcm_mqtt.store.readings.archive_files import ArchiveFile, FileState, stored_files
from bcm_mqtt.store.readings.polls import polls
from bcm_mqtt.store.readings.snapshots import make_final, put_back
from bcm_mqtt.store.tables import archive_file
from bcm_mqtt.store.upkeep.snapshot_removal import (
    Removal,
    last_register_readings,
    last_touched,
    panels_with_snapshots,
    start_of,
    what_waits,
    without_spans,
)


def removable_files(connection: Connection, spans: Sequence[MonthSpan]) -> list[ArchiveFile]:
    """Those all of whose snapshots are of spans that may go, by panel and time."""
    stored = stored_files(connection, panels_with_snapshots(connection))
    return [file for file in stored if not any(without_spans(_span(file), spans))]


def drop_file(connection: Connection, file: ArchiveFile, now: datetime) -> Removal:
    """Has nobody read a file any more; what later intervals need of it goes back into SQL.

    Args:
        connection: Within a transaction.
        file: That may go.
        now: UTC; the file itself is removed later, see `archiving`.
    """
    panel, (start, end) = file.panel, _span(file)
    until = last_touched(connection, panel, start, end)
    if until is None:
        return Removal(panel, start, end, 0)
    if waits := what_waits(connection, panel, start, until):
        return Removal(panel, start, end, 0, waits)
    times = last_register_readings(connection, panel, start, end)
    readings = [
        row
        for time in sorted(times)
        for row in polls(connection, panel, COLUMNS, time, time + MILLISECOND)
    ]
    whole = update(archive_file).where(
        archive_file.c.name == file.name, archive_file.c.state == FileState.STORED.value
    )
    values = {"state": FileState.REPLACED.value, "changed": now}
    if not connection.execute(whole.values(**values)).rowcount:  # somebody merged or removed it
        return Removal(panel, start, end, 0)
    put_back(connection, panel, readings)
    make_final(connection, panel, start_of(start), until)
    return Removal(panel, start, end, file.rows - len(readings))


def _span(file: ArchiveFile) -> tuple[datetime, datetime]:
    return file.first, file.last + MILLISECOND
