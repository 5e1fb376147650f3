"""Directories: every revision that arrived, and the circuits and instruments that hold now.

Owns: revisions, panels, circuit versions and instruments in SQL. Does not own: what a directory
means (domain), its payload (mqtt). Invariant: an equal payload is no new revision; a revision is
never changed.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, delete, func, insert, select

from bcm_mqtt.domain.site.circuit import CircuitVersion, poles_text
from bcm_mqtt.domain.site.circuit_field import FIELDS, Choice, Factor, Kind, PoleList, Value
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.instrument_field import FIELDS as INSTRUMENT_FIELDS
from bcm_mqtt.domain.site.panel import Connection as CircuitConnection
from bcm_mqtt.domain.site.panel import Panel, Service
from bcm_mqtt.store.database import Repository, lock
from bcm_mqtt.store.tables import circuit_version, directory_revision, instrument, panel


@dataclass(frozen=True, slots=True)
class Revision:
    """A directory that differed from the one before, as it arrived.

    Attributes:
        panel: Its id.
        received: When, UTC.
        sha256: Of the payload, hexadecimal.
        payload: JSON.
    """

    panel: str
    received: datetime
    sha256: str
    payload: str


class Directories(Repository):
    """The directories of all panels."""

    def add(self, directory: Directory, payload: bytes, received: datetime) -> bool:
        """Stores a revision and makes its versions the ones that hold.

        Args:
            directory: Decoded payload.
            payload: As it arrived; equal payloads are one revision.
            received: When it arrived, UTC.

        Returns:
            Whether it differed from the panel's latest revision.
        """
        digest = sha256(payload).hexdigest()
        panel_id = directory.panel.id
        latest = (
            select(directory_revision.c.sha256)
            .where(directory_revision.c.panel == panel_id)
            .order_by(directory_revision.c.id.desc())
            .limit(1)
        )
        revision = {
            "panel": panel_id,
            "received": received,
            "sha256": digest,
            "payload": payload.decode(),
        }
        with self._database.writing() as connection:
            if connection.execute(latest).scalar() == digest:
                return False
            lock(connection, directory_revision)  # of several recorders each gets the same
            if connection.execute(latest).scalar() == digest:
                return False
            connection.execute(insert(directory_revision), revision)
            connection.execute(delete(circuit_version).where(circuit_version.c.panel == panel_id))
            connection.execute(delete(instrument).where(instrument.c.panel == panel_id))
            connection.execute(delete(panel).where(panel.c.panel == panel_id))
            connection.execute(insert(panel), _panel_row(directory.panel))
            if directory.versions:
                connection.execute(
                    insert(circuit_version),
                    [_version_row(panel_id, version) for version in directory.versions],
                )
            if directory.instruments:
                connection.execute(
                    insert(instrument),
                    [
                        _instrument_row(panel_id, number, row)
                        for number, row in enumerate(directory.instruments, start=1)
                    ],
                )
        return True

    def all(self) -> dict[str, Directory]:
        """The directory of every panel, by panel id."""
        columns = circuit_version.c
        in_order = select(circuit_version).order_by(
            columns.panel, columns.first_pole, columns.valid_from
        )
        versions = defaultdict[str, list[CircuitVersion]](list)
        with self._database.reading() as connection:
            for row in connection.execute(in_order):
                values = {one: _value(one.kind, getattr(row, one.attribute)) for one in FIELDS}
                versions[row.panel].append(CircuitVersion.of(values, row.valid_from))
            instruments = defaultdict[str, list[Instrument]](list)
            numbered = instrument.c.panel, instrument.c.number
            for row in connection.execute(select(instrument).order_by(*numbered)):
                instruments[row.panel].append(_instrument(row))
            panels = connection.execute(select(panel).order_by(panel.c.panel))
            return {
                row.panel: Directory(
                    _panel(row), tuple(versions[row.panel]), tuple(instruments[row.panel])
                )
                for row in panels
            }

    def last_revision(self) -> int:
        """The number of the revision that came last, of any panel; 0 before the first."""
        with self._database.reading() as connection:
            return connection.execute(select(func.max(directory_revision.c.id))).scalar() or 0

    def revised_since(self, revision: int) -> list[str]:
        """The panels of which a revision came after that of a number."""
        columns = directory_revision.c
        query = select(columns.panel).where(columns.id > revision).distinct()
        with self._database.reading() as connection:
            return list(connection.execute(query.order_by(columns.panel)).scalars())

    def revisions(self, of: str | None = None) -> list[Revision]:
        """The directories that arrived, of one panel or all, in the order of their coming."""
        columns = directory_revision.c
        query = select(columns.panel, columns.received, columns.sha256, columns.payload)
        if of is not None:
            query = query.where(columns.panel == of)
        with self._database.reading() as connection:
            return [Revision(*row) for row in connection.execute(query.order_by(columns.id))]


def _panel(row: Row[tuple[object, ...]]) -> Panel:
    return Panel(
        id=row.panel,
        name=row.name,
        service=Service.parse(row.service),
        pole_count=row.poles,
        main_rating=row.main_rating,
        power_factor=Decimal(row.power_factor),
        feed=row.feed,
        redundant_with=row.redundant_with,
        unmonitored=frozenset(json.loads(row.unmonitored)),
        voltage_from=Companion.parse(row.voltage_from) if row.voltage_from else None,
        power_factor_from=Companion.parse(row.power_factor_from) if row.power_factor_from else None,
        states_unity=bool(row.states_unity),
        current_step=None if row.current_step is None else Decimal(row.current_step),
        power_step=None if row.power_step is None else Decimal(row.power_step),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def _panel_row(item: Panel) -> dict[str, object]:
    return {
        "panel": item.id,
        "name": item.name,
        "service": item.service.name,
        "poles": item.pole_count,
        "main_rating": item.main_rating,
        "power_factor": str(item.power_factor),
        "feed": item.feed,
        "redundant_with": item.redundant_with,
        "unmonitored": json.dumps(sorted(item.unmonitored)),
        "voltage_from": str(item.voltage_from) if item.voltage_from else None,
        "power_factor_from": str(item.power_factor_from) if item.power_factor_from else None,
        "states_unity": int(item.states_unity) or None,
        "current_step": None if item.current_step is None else f"{item.current_step:f}",
        "power_step": None if item.power_step is None else f"{item.power_step:f}",
        "valid_from": item.valid_from,
        "valid_to": item.valid_to,
    }


def _version_row(panel_id: str, version: CircuitVersion) -> dict[str, object]:
    return {
        "panel": panel_id,
        "first_pole": version.first_pole,
        "valid_from": version.valid_from,
        **{item.attribute: _column(version.value(item)) for item in FIELDS},
    }


def _instrument(row: Row[tuple[object, ...]]) -> Instrument:
    values = {item: item.stored(getattr(row, item.name)) for item in INSTRUMENT_FIELDS}
    poles = tuple(map(int, row.poles.split("+")))
    return Instrument.of(poles, row.unit_id, row.valid_from, values)


def _instrument_row(panel_id: str, number: int, item: Instrument) -> dict[str, object]:
    return {
        "panel": panel_id,
        "number": number,
        "unit_id": item.unit_id,
        "poles": poles_text(item.poles),
        "valid_from": item.valid_from,
        **item.texts(),
    }


def _column(value: Value) -> str | int | None:
    """What a column holds of a field's value; `_value` reads it."""
    if isinstance(value, tuple):
        return poles_text(value)
    return value if value is None or isinstance(value, int) else str(value)


def _value(kind: Kind, column: Any) -> Value:  # noqa: ANN401 - whatever the column holds
    match kind:
        case PoleList():
            return tuple(map(int, column.split("+")))
        case Choice():
            return CircuitConnection(column)
        case Factor() if column is not None:
            return Decimal(column)
    value: Value = column
    return value
