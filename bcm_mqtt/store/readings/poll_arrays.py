"""Polls as they are read for intervals: straight into arrays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import orjson
from sqlalchemy import Connection, Select, Text, bindparam, cast, select, type_coerce

from bcm_mqtt.domain.interval.polls import MISSING, Measured, Polls
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.store.readings.archive_files import stored_files
from bcm_mqtt.store.readings.snapshots import read_snapshots
from bcm_mqtt.store.tables import snapshot
from bcm_mqtt.store.types import ms_of

_QUANTITIES: Final = (
    *(Quantity.CURRENT, Quantity.POWER, Quantity.ENERGY),
    *(Quantity.VOLTAGE, Quantity.POWER_FACTOR, Quantity.REACTIVE_POWER),
)
"""Of which intervals are made."""


def read_polls(connection: Connection, panel: str, start: datetime, end: datetime) -> Polls:
    """The polls of a panel in start <= t < end, with what intervals are made of."""
    query = _POLLS[connection.dialect.name]
    rows = connection.execute(query, {"panel": panel, "since": start, "until": end}).all()
    # After the rows in SQL: what is moved between two statements is in both then, not in none.
    if stored_files(connection, [panel], start, end):
        return Polls.of(read_snapshots(connection, panel, start, end))
    columns = tuple(zip(*rows, strict=True)) or ((),) * (2 + len(_QUANTITIES))
    return Polls(
        np.array(columns[0], np.int64),
        np.array(columns[1], np.int64),
        {
            quantity: measured
            for quantity, written in zip(_QUANTITIES, columns[2:], strict=True)
            if (measured := _measured(written)) is not None
        },
    )


def _measured(written: Sequence[str | None]) -> Measured | None:
    """Of arrays as a database writes them: `[1,null]` or `{1,NULL}`."""
    brought = [(at, text[1:-1]) for at, text in enumerate(written) if text and len(text) > 2]
    if not brought:
        return None
    rows, texts = zip(*brought, strict=True)
    joined = f"[{','.join(texts)}]".replace("null", _MISSING).replace("NULL", _MISSING)
    values = np.array(orjson.loads(joined), np.int64)
    widths = [text.count(",") + 1 for text in texts]
    if len(set(widths)) == 1:
        return Measured(np.array(rows), values.reshape(len(rows), widths[0]))
    padded = np.full((len(rows), max(widths)), MISSING)  # a panel had fewer poles once
    padded[np.arange(max(widths)) < np.array(widths)[:, None]] = values
    return Measured(np.array(rows), padded)


_MISSING: Final = str(MISSING)


def _polls(dialect: str) -> Select[Any]:
    as_text = cast if dialect == "postgresql" else type_coerce
    return (
        select(
            *(ms_of(snapshot.c.time, dialect), snapshot.c.interval_ms),
            *(as_text(snapshot.c[quantity], Text) for quantity in _QUANTITIES),
        )
        .where(
            snapshot.c.panel == bindparam("panel"),
            snapshot.c.time >= bindparam("since"),
            snapshot.c.time < bindparam("until"),
        )
        .order_by(snapshot.c.time)
    )


_POLLS: Final = {dialect: _polls(dialect) for dialect in ("sqlite", "postgresql")}
