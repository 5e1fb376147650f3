"""Signed entries: edits of intervals, and releases of bills. They are added, and nothing else."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Table, func, insert, select, text

from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.time.instants import whole_ms
from bcm_mqtt.domain.time.month import Month
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.errors import InputError
from bcm_mqtt.store.tables import bill_release, interval_edit


def lock(connection: Connection, table: Table) -> None:
    """Lets nobody else add to a table until the transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


def add_edit(connection: Connection, entry: IntervalEdit) -> IntervalEdit:
    """Stores an entry; gives it back with its number."""
    lock(connection, interval_edit)
    last = connection.execute(select(func.max(interval_edit.c.id))).scalar() or 0
    stored = replace(entry, id=last + 1, made=whole_ms(entry.made))
    row = {
        "id": stored.id,
        "panel": stored.panel,
        "first_pole": stored.first_pole,
        "since": stored.start,
        "until": stored.end,
        "action": stored.action.value,
        "author": stored.author,
        "reason": stored.reason,
        "made": stored.made,
        "milliwatts": stored.milliwatts,
        "withdraws": stored.withdraws,
    }
    connection.execute(insert(interval_edit), row)
    return stored


def withdraw_edit(
    connection: Connection, number: int, author: str, reason: str, made: datetime
) -> IntervalEdit:
    """Takes an entry back, by an entry of the same circuit and time.

    Raises:
        InputError: there is no such entry.
    """
    taken = next((one for one in read_entries(connection) if one.id == number), None)
    if taken is None:
        raise InputError.of(f"there is no entry {number}")
    entry = replace(
        taken,
        action=EditAction.WITHDRAW,
        author=author,
        reason=reason,
        made=made,
        milliwatts=None,
        withdraws=number,
    )
    return add_edit(connection, entry)


def read_entries(
    connection: Connection,
    panel: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> list[IntervalEdit]:
    """All entries in the order of their coming, of a panel and a time or of all."""
    column = interval_edit.c
    query = select(interval_edit).order_by(column.id)
    if panel is not None:
        query = query.where(column.panel == panel)
    if start is not None:
        query = query.where(column.until > start)
    if end is not None:
        query = query.where(column.since < end)
    return [
        IntervalEdit(
            panel=row.panel,
            first_pole=row.first_pole,
            start=row.since,
            end=row.until,
            action=EditAction(row.action),
            author=row.author,
            reason=row.reason,
            made=row.made,
            milliwatts=row.milliwatts,
            id=row.id,
            withdraws=row.withdraws,
        )
        for row in connection.execute(query)
    ]


def add_release(connection: Connection, release: BillRelease) -> None:
    """Stores a release."""
    row = {
        "month": str(release.month),
        "customer": release.customer,
        "made": release.made,
        "author": release.author,
        "reason": release.reason,
    }
    connection.execute(insert(bill_release), row)


def read_releases(connection: Connection, month: Month) -> list[BillRelease]:
    """Those of a month, in the order of their coming."""
    column = bill_release.c
    rows = connection.execute(
        select(bill_release)
        .where(column.month == str(month))
        .order_by(column.made, column.customer)
    )
    return [BillRelease(month, row.customer, row.author, row.reason, row.made) for row in rows]
