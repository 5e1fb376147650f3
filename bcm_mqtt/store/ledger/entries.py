"""Signed entries: edits of intervals. They are added, and nothing else.

Whoever got no answer may repeat what he entered: what the last entry of its circuit says already
is not entered once more.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, select

from bcm_mqtt.domain.time import whole_ms
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit, in_force
from bcm_mqtt.errors import InputError
from bcm_mqtt.store.database import Repository, lock
from bcm_mqtt.store.tables import interval_edit


class Entries(Repository):
    """Entries about the intervals of a site; they are where these are."""

    def add(self, entry: IntervalEdit) -> IntervalEdit:
        """Stores an entry; returns it with its number."""
        with self._database.writing() as connection:
            lock(connection, interval_edit)
            return _added(connection, entry)

    def withdraw(self, number: int, author: str, reason: str, made: datetime) -> IntervalEdit:
        """Withdraws an entry, by an entry of the same circuit and time.

        Raises:
            InputError: there is no such entry.
        """
        with self._database.writing() as connection:
            lock(connection, interval_edit)
            query = select(interval_edit).where(interval_edit.c.id == number)
            row = connection.execute(query).one_or_none()
            if row is None:
                raise InputError.of(f"there is no entry {number}")
            entry = replace(
                _entry_of(row),
                action=EditAction.WITHDRAW,
                author=author,
                reason=reason,
                made=made,
                milliwatts=None,
                withdraws=number,
            )
            return _added(connection, entry)

    def in_force(self, panel: str, start: datetime, end: datetime) -> list[IntervalEdit]:
        """The entries that hold for some of a panel's time, in the order of their coming."""
        return in_force(self.all(panel, start, end))

    def accepting(self, panel: str, end: datetime) -> list[IntervalEdit]:
        """The entries in force by which somebody accepts what is found of a panel before `end`.

        However old they are: what they accept may last.
        """
        holding = in_force(self.all(panel, end=end))
        return [entry for entry in holding if entry.action is EditAction.ACCEPT]

    def all(
        self, panel: str | None = None, start: datetime | None = None, end: datetime | None = None
    ) -> list[IntervalEdit]:
        """All entries in the order of their coming, withdrawn ones as well.

        Of a panel and of those that overlap start <= t < end, or of all.
        """
        column = interval_edit.c
        query = select(interval_edit).order_by(column.id)
        if panel is not None:
            query = query.where(column.panel == panel)
        if start is not None:
            query = query.where(column.until > start)
        if end is not None:
            query = query.where(column.since < end)
        with self._database.reading() as connection:
            return [_entry_of(row) for row in connection.execute(query)]

    def last(self) -> int:
        """The number of the last entry; 0 before the first."""
        with self._database.reading() as connection:
            return connection.execute(select(func.max(interval_edit.c.id))).scalar() or 0

    def since(self, number: int) -> list[IntervalEdit]:
        """The entries after that of a number, withdrawals as well."""
        query = select(interval_edit).where(interval_edit.c.id > number)
        with self._database.reading() as connection:
            return [_entry_of(row) for row in connection.execute(query.order_by("id"))]


def _added(connection: Connection, entry: IntervalEdit) -> IntervalEdit:
    """The entry as it was stored; the table is locked."""
    column = interval_edit.c
    of_circuit = column.panel == entry.panel, column.first_pole == entry.first_pole
    newest = select(interval_edit).where(*of_circuit).order_by(column.id.desc()).limit(1)
    if row := connection.execute(newest).first():
        before = _entry_of(row)
        if replace(before, id=entry.id, made=entry.made) == entry:
            return before
    last = connection.execute(select(func.max(interval_edit.c.id))).scalar() or 0
    stored = replace(entry, id=last + 1, made=whole_ms(entry.made))
    values = {
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
        "flag": stored.flag or None,
        "row": stored.row or None,
    }
    connection.execute(insert(interval_edit), values)
    return stored


def _entry_of(row: Row[tuple[object, ...]]) -> IntervalEdit:
    return IntervalEdit(
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
        flag=row.flag or "",
        row=row.row or "",
    )
