"""The log of what was changed on the page: entries are added, and nothing else."""

from dataclasses import astuple
from datetime import datetime

from sqlalchemy import Connection, insert, select

from bcm_mqtt.domain.site.account import AuditEntry
from bcm_mqtt.domain.time.instants import whole_ms
from bcm_mqtt.store.accounts.tables import audit_entry

_COLUMNS = [column for column in audit_entry.c if column.name != "id"]


def add_entry(connection: Connection, entry: AuditEntry) -> None:
    """Adds an entry."""
    row = dict(zip((column.name for column in _COLUMNS), astuple(entry), strict=True))
    connection.execute(insert(audit_entry), {**row, "at": whole_ms(entry.at)})


def read_entries(
    connection: Connection, since: datetime | None = None, limit: int | None = None
) -> list[AuditEntry]:
    """The newest entries first, at most `limit` of them."""
    newest = audit_entry.c.at.desc(), audit_entry.c.id.desc()
    query = select(*_COLUMNS).order_by(*newest).limit(limit)
    if since is not None:
        query = query.where(audit_entry.c.at >= since)
    return [AuditEntry(*row) for row in connection.execute(query)]
