"""What is computed from readings: intervals and days equal a rebuild, and bills conserve."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from chaos.world import World

_COMPUTED = (
    *("interval", "device_interval", "electrical_interval", "register_interval"),
    *("day_total", "load_profile"),
)


def rebuilt(world: World) -> Iterator[str]:
    """Intervals, days and bills equal those of a rebuild, and bills conserve."""
    from bcm_mqtt.store import BillingStore  # noqa: PLC0415

    copy = world.folder / "rebuilt.db"
    _compute(f"sqlite:///{world.database}", all_of_it=False)
    with (
        closing(sqlite3.connect(world.database)) as original,
        closing(sqlite3.connect(copy)) as database,
    ):
        original.backup(database)
        for table in _COMPUTED:
            database.execute(f"DELETE FROM {table}")
        database.commit()
    _compute(f"sqlite:///{copy}", all_of_it=True)
    for table in _COMPUTED:
        one, other = _rows_of(world.database, table), _rows_of(copy, table)
        if one != other:
            differ, missing = len(one - other), len(other - one)
            yield f"{table}: {differ} rows differ from a rebuild, {missing} missing"
    with (
        closing(BillingStore(f"sqlite:///{world.database}")) as store,
        closing(BillingStore(f"sqlite:///{copy}")) as again,
    ):
        yield from _bills(world, store, again)


def _compute(url: str, *, all_of_it: bool) -> None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    from bcm_mqtt.store import RecordingStore  # noqa: PLC0415

    with closing(RecordingStore(url)) as store:
        store.database.ensure_schema()
        if all_of_it:
            store.roll_up.mark_all()
        while store.roll_up.intervals(5000):
            pass
        while store.roll_up.days(ZoneInfo("America/New_York"), 1000):
            pass


def _rows_of(database: Path, table: str) -> set[Any]:
    with closing(sqlite3.connect(database)) as connection:
        return set(connection.execute(f"SELECT * FROM {table}"))


def _bills(world: World, store: Any, again: Any) -> Iterator[str]:
    """Bills are those of the rebuild; what their slots sum up to is the month's energy."""
    from bcm_mqtt.billing.month import bill_month  # noqa: PLC0415
    from bcm_mqtt.config import load  # noqa: PLC0415
    from bcm_mqtt.domain.time import Month  # noqa: PLC0415

    settings = load(world.bridge.config)
    now = world.machines["desk"].now()
    month, other = (
        bill_month(one, settings.terms, Month(now.year, now.month), now) for one in (store, again)
    )
    world.counts["bills"] += len(month.bills)
    if repr(month) != repr(other) or _slots(month) != _slots(other):
        yield "bills differ from those of a rebuild"
    for bill in month.bills:
        hours = int(bill.load.microwatt_hours.sum()) if bill.load else 0
        slots = Decimal(hours) / 1_000_000_000
        if abs(slots - bill.kwh) > Decimal("0.0005") * len(bill.usage):
            yield f"bill of {bill.customer.id}: {bill.kwh} kWh, its slots {slots:.4f}"


def _slots(month: Any) -> list[Any]:
    return [bill.load.microwatt_hours.tolist() if bill.load else None for bill in month.bills]
