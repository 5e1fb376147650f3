"""The audit log: entries are only added, and each has the hash of the one before it.

Owns: the rows and their hashes. Does not own: who may change what (`access`).
Invariant: an entry's hash is that of the entry before it and of all that the entry says. Entries
from before there was a chain are what its first entry is chained to.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from bcm_mqtt.domain.site.account import AuditEntry
from bcm_mqtt.domain.time import to_text, whole_ms
from bcm_mqtt.store.database import Database, Repository, lock
from bcm_mqtt.store.tables import audit_entry, setting

_HEAD_SETTING: Final = "last_audit_entry"
"""Hash of the last entry, so that one that is deleted is missed."""
_CHAIN: Final = ("previous_sha256", "sha256")
_ENTRY: Final = [column for column in audit_entry.c if column.name not in {"id", *_CHAIN}]


@dataclass(frozen=True, slots=True)
class ChainedEntry:
    """An entry as it is stored.

    Attributes:
        entry: What it says.
        previous_sha256: Of the entry before it; None of the first.
        sha256: Of that and of the entry, hexadecimal; None of one from before there was a chain.
    """

    entry: AuditEntry
    previous_sha256: str | None
    sha256: str | None


def append(connection: Connection, entry: AuditEntry) -> None:
    """Adds an entry within a transaction, chained to the last one."""
    lock(connection, audit_entry)
    entry = replace(entry, at=whole_ms(entry.at))
    columns = dict(zip((column.name for column in _ENTRY), astuple(entry), strict=True))
    previous = _head(connection) or _unchained(_read(connection, chained=False))
    digest = entry_sha256(previous, entry)
    row = {**columns, "previous_sha256": previous or None, "sha256": digest}
    connection.execute(insert(audit_entry), row)
    connection.execute(delete(setting).where(setting.c.name == _HEAD_SETTING))
    connection.execute(insert(setting), {"name": _HEAD_SETTING, "value": digest})


def entry_sha256(previous: str, entry: AuditEntry) -> str:
    """SHA-256, hexadecimal, of an entry and of the hash of the one before it."""
    return sha256(f"{previous}\n{_text(entry)}".encode("utf-8", "surrogatepass")).hexdigest()


def _text(entry: AuditEntry) -> str:
    """An entry as a JSON array; without a site where it has none, as all had none before 0022."""
    _at, *others, site = astuple(entry)
    others += [site] if site else []
    return json.dumps([to_text(entry.at), *others], ensure_ascii=False, separators=(",", ":"))


def _unchained(stored: Sequence[ChainedEntry]) -> str:
    """What the first entry of a chain is chained to: "" where nothing was entered before it."""
    texts = sorted(_text(one.entry) for one in stored)
    joined = "\n".join(texts)
    return sha256(joined.encode("utf-8", "surrogatepass")).hexdigest() if texts else ""


class AuditLog(Repository):
    """The entries of the log, and whether they are as they were entered."""

    def __init__(self, database: Database, site: str = "") -> None:
        """Takes the source of transactions, and the id of the site in a database of several."""
        super().__init__(database)
        self._site = site

    def add(self, entry: AuditEntry) -> None:
        """Adds an entry."""
        with self._database.writing() as connection:
            append(connection, replace(entry, site=self._site))

    def newest(self, since: datetime | None = None, limit: int | None = None) -> list[AuditEntry]:
        """The newest entries first, at most `limit` of them."""
        newest = audit_entry.c.at.desc(), audit_entry.c.id.desc()
        query = select(*_ENTRY).order_by(*newest).limit(limit)
        if since is not None:
            query = query.where(audit_entry.c.at >= since)
        with self._database.reading() as connection:
            return [AuditEntry(*row) for row in connection.execute(query)]

    def head(self) -> str:
        """Hash of the last entry; "" before the first that is chained."""
        with self._database.reading() as connection:
            return _head(connection)

    def hashes(self) -> frozenset[str]:
        """Of all entries that are chained."""
        query = select(audit_entry.c.sha256).where(audit_entry.c.sha256.is_not(None))
        with self._database.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def faults(self) -> Iterator[str]:
        """What of the log is not as it was entered, a sentence for each."""
        with self._database.reading_one_moment() as connection:
            chain = _read(connection, chained=True)
            begin = _unchained(_read(connection, chained=False))
            head = _head(connection)
        yield from chain_faults(chain, begin, head)


def chain_faults(chain: Sequence[ChainedEntry], begin: str, head: str) -> Iterator[str]:
    """What of chained entries is not as it was entered.

    Args:
        chain: In any order: a copy of a database numbers its rows again.
        begin: What the first entry is chained to.
        head: Hash of the entry that was added last.
    """
    hashes = {one.sha256 for one in chain}
    times = Counter(one.previous_sha256 for one in chain)
    for one in chain:
        place = f"the audit log's entry of {to_text(one.entry.at)} by {one.entry.who}"
        previous = one.previous_sha256 or ""
        if entry_sha256(previous, one.entry) != one.sha256:
            yield f"{place} was changed"
        if previous not in hashes and previous != begin:
            yield f"{place}: what was entered before it was changed or is missing"
        elif times[one.previous_sha256] > 1:
            yield f"{place}: another entry follows the same one"
    if head not in hashes | {""} or (chain and not head):
        yield "the audit log's last entry is missing"


def _read(connection: Connection, *, chained: bool) -> list[ChainedEntry]:
    query = select(*_ENTRY, *(audit_entry.c[name] for name in _CHAIN)).order_by(audit_entry.c.id)
    is_chained = audit_entry.c.sha256.is_not(None)
    rows = connection.execute(query.where(is_chained if chained else ~is_chained))
    return [ChainedEntry(AuditEntry(*row), previous, digest) for *row, previous, digest in rows]


def _head(connection: Connection) -> str:
    query = select(setting.c.value).where(setting.c.name == _HEAD_SETTING)
    return connection.execute(query).scalar() or ""
