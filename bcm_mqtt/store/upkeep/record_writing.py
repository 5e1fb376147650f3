"""Records into the database: what is there already stays as it is.

Records of a panel of which nothing was stored are taken as they are, with all that was
computed of them. A panel that has snapshots of its own gets more of them, and what is
computed of both is computed again.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Insert, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.domain.time import MILLISECOND
from bcm_mqtt.store import tables
from bcm_mqtt.store.bulk import Row, put
from bcm_mqtt.store.database import Repository
from bcm_mqtt.store.intervals.days import ZONE_SETTING
from bcm_mqtt.store.readings.polls import polls
from bcm_mqtt.store.readings.snapshots import insert_snapshots
from bcm_mqtt.store.types import array_text
from bcm_mqtt.store.upkeep.record_view import RecordView
from bcm_mqtt.store.upkeep.records import SNAPSHOTS, Record, RecordTable, Value, of_poles


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of records.

    Attributes:
        new: How many are stored now.
        same: How many were there already.
        different: How many are there with other values, and stay so.
        first_different: Key of one of them.
    """

    new: int = 0
    same: int = 0
    different: int = 0
    first_different: Record = ()

    def __add__(self, other: "Stored") -> "Stored":
        """Of both."""
        return Stored(
            self.new + other.new,
            self.same + other.same,
            self.different + other.different,
            self.first_different or other.first_different,
        )


class Records(Repository):
    """All tables as records; on import, what is there already stays as it is."""

    @contextmanager
    def at_one_moment(self) -> Iterator[RecordView]:
        """The records as they are now, for as long as the context stands."""
        with self._database.reading_one_moment() as connection:
            yield RecordView(connection)

    def known_panels(self) -> frozenset[str]:
        """Panels of which anything is stored that is computed or to be computed from."""
        with self._database.reading() as connection:
            return frozenset(RecordView(connection).panels)

    def store(
        self, table: RecordTable, records: Sequence[Record], known: Collection[str]
    ) -> Stored:
        """Stores records, each once.

        Args:
            table: The table of the records.
            records: With distinct keys.
            known: Panels of which something was stored before.
        """
        with self._database.writing() as connection:
            return _store(connection, table, records, known)

    def store_directories(self, parts: Sequence[tuple[RecordTable, Sequence[Record]]]) -> Stored:
        """Stores panels with what they have; a panel that is there stays as it is.

        Args:
            parts: The panels first; each record begins with its panel.
        """
        stored = Stored()
        with self._database.writing() as connection:
            there = set(connection.execute(select(tables.panel.c.panel)).scalars())
            for table, records in parts:
                missing = [record for record in records if record[0] not in there]
                _insert(connection, table, missing, {})
                stored += Stored(len(missing), len(records) - len(missing))
        return stored

    def use_days_of(self, zone: str) -> None:
        """Has totals by day computed again that are of another zone than this."""
        name, value = tables.setting.c.name, tables.setting.c.value
        other = delete(tables.setting).where(name == ZONE_SETTING, value != zone)
        with self._database.writing() as connection:
            connection.execute(other)


_PoleIds = dict[tuple[Value, Value], int]


def _store(
    connection: Connection, table: RecordTable, records: Sequence[Record], known: Collection[str]
) -> Stored:
    ids = _pole_ids(connection, records) if of_poles(_table(table)) else {}
    there = _stored(connection, table, records, ids)
    missing = [record for record in records if record[: table.key] not in there]
    changed = [record for record in records if there.get(record[: table.key], record) != record]
    if table.name == "snapshots_removed":
        missing = [record for record in missing if not _has_snapshots(connection, record)]
    of_known = [record for record in missing if table.by_panel and record[0] in known]
    if table is SNAPSHOTS:  # what they change is computed again
        insert_snapshots(connection, [_snapshot(table, record) for record in of_known])
        _insert(connection, table, [one for one in missing if one[0] not in known], ids)
    else:
        _insert(connection, table, missing, ids)
    if table.name in {"interval", "device_interval"}:
        put(connection, tables.dirty_day, _days(of_known), replace=False)
    if table.name == "interval":
        put(connection, tables.dirty_profile, _days(missing), replace=False)
    return Stored(
        len(missing),
        len(records) - len(missing) - len(changed),
        len(changed),
        changed[0][: table.key] if changed else (),
    )


def _table(table: RecordTable) -> Table:
    return tables.metadata.tables[table.name]


def _pole_ids(connection: Connection, records: Sequence[Record]) -> _PoleIds:
    """Row ids by panel and number; makes those that are missing."""
    keys = {(record[0], record[1]) for record in records}
    pole = tables.pole
    query = select(pole.c.panel, pole.c.number, pole.c.id).where(
        pole.c.panel.in_({panel for panel, _ in keys})
    )
    ids = {(panel, number): row_id for panel, number, row_id in connection.execute(query)}
    if missing := keys - ids.keys():
        rows = [{"panel": panel, "number": number} for panel, number in sorted(missing, key=str)]
        connection.execute(_insert_new(connection, pole), rows)
        ids = {(panel, number): row_id for panel, number, row_id in connection.execute(query)}
    return ids


def _stored(
    connection: Connection, table: RecordTable, records: Sequence[Record], ids: _PoleIds
) -> dict[Record, Record]:
    """The records that are stored of the same keys, by key."""
    if table is SNAPSHOTS:
        return _stored_polls(connection, records)
    source = _table(table)
    stored: dict[Record, Record] = {}
    place = table.last_key
    last = source.c[table.fields[place].name]
    others = [at for at in range(table.key) if at != place]
    for prefix, group in groupby(records, key=lambda record: tuple(record[at] for at in others)):
        keys = [record[place] for record in group]
        if ids:
            known, fields = prefix, table.fields[2:]
            chosen = [source.c.pole == ids[prefix[0], prefix[1]]]
        else:
            known, fields = (), table.fields
            chosen = [
                source.c[table.fields[at].name] == value
                for at, value in zip(others, prefix, strict=True)
            ]
        rows = connection.execute(
            select(*(source.c[field.name] for field in fields)).where(*chosen, last.in_(keys))
        )
        for row in rows:
            record = (*known, *row)
            stored[record[: table.key]] = record
    return stored


def _stored_polls(connection: Connection, records: Sequence[Record]) -> dict[Record, Record]:
    """Those of the times of some snapshots, in SQL and in the archive."""
    columns = [field.name for field in SNAPSHOTS.fields if field.name != "panel"]
    times = defaultdict[str, list[datetime]](list)
    for panel, time, *_ in records:
        if isinstance(time, datetime):
            times[str(panel)].append(time)
    stored = dict[Record, Record]()
    for panel, of_panel in times.items():
        rows = polls(connection, panel, columns, min(of_panel), max(of_panel) + MILLISECOND)
        stored |= {(panel, *row)[: SNAPSHOTS.key]: (panel, *row) for row in rows}
    return stored


def _days(intervals: Sequence[Record]) -> list[Row]:
    """Panels and days of intervals, each once."""
    days = {
        (str(panel), str(start.date()))
        for panel, _, start, *_ in intervals
        if isinstance(start, datetime)
    }
    return list[Row](sorted(days))


def _has_snapshots(connection: Connection, record: Record) -> bool:
    """Whether there are snapshots of a panel where another database has removed its own."""
    panel, since, until = record
    if not isinstance(since, datetime) or not isinstance(until, datetime):
        return False
    with closing(polls(connection, str(panel), ("time",), since, until, streamed=True)) as there:
        return next(there, None) is not None


def _snapshot(table: RecordTable, record: Record) -> Snapshot:
    """The columns have the names of its fields."""
    values: dict[str, Any] = {
        field.name: value for field, value in zip(table.fields, record, strict=True)
    }
    reasons = json.loads(values["errors"] or "{}")
    return Snapshot(**values | {"errors": {int(unit): why for unit, why in reasons.items()}})


def _insert(
    connection: Connection, table: RecordTable, records: Sequence[Record], ids: _PoleIds
) -> None:
    if not records:
        return
    dialect = connection.dialect.name
    names = [field.name for field in table.fields]
    rows = []
    for record in records:
        values = [_array(value, dialect) if isinstance(value, tuple) else value for value in record]
        row: dict[str, object] = dict(zip(names, values, strict=True))
        if ids:
            row["pole"] = ids[record[0], record[1]]
            del row["panel"]
        rows.append(row)
    connection.execute(_insert_new(connection, _table(table)), rows)


def _array(values: Thousandths, dialect: str) -> list[int | None] | str | None:
    return list(values) if dialect == "postgresql" else array_text(values, dialect)


def _insert_new(connection: Connection, table: Table) -> Insert:
    """Somebody else may have stored one of the rows a moment ago."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new: Insert = dialect.insert(table).on_conflict_do_nothing()
    return new
