"""What the outbox remembers besides snapshots: recorders, what was lost, its own running time."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Final

from bcm_mqtt.bridge.outbox.recorders import Recorder, Recorders
from bcm_mqtt.domain.reading.stored import LostSpan, Series
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.mqtt.payloads import name_of

_SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS lost (
        panel TEXT NOT NULL, source TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
        snapshots INTEGER NOT NULL, cause TEXT NOT NULL, PRIMARY KEY (panel, source, first)
    );
    CREATE TABLE IF NOT EXISTS recorder (
        name TEXT PRIMARY KEY, slot INTEGER NOT NULL, boot TEXT NOT NULL, commits INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS database (slot INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS commits (name TEXT, commits INTEGER, at_s REAL);
    CREATE TABLE IF NOT EXISTS figure (name TEXT PRIMARY KEY, value REAL NOT NULL);
"""


class DamagedError(OSError):
    """The file is not what it was written as."""


_DAMAGE: Final = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_MISMATCH}
)


@contextmanager
def clear_errors() -> Iterator[None]:
    """What SQLite raises, as OSError or DamagedError."""
    try:
        yield
    except sqlite3.Error as error:
        damaged = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in _DAMAGE
        raise (DamagedError if damaged else OSError)(str(error)) from error


@contextmanager
def as_written() -> Iterator[None]:
    """While a file is read: what was never written to it is damage, too."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        raise DamagedError(f"it has what was never written: {error}") from error


def check_tables(database: sqlite3.Connection, schema: str) -> None:
    """Compares the tables with those of a new file.

    Raises:
        DamagedError: they are of another kind.
    """
    with closing(sqlite3.connect(":memory:")) as new:
        new.executescript(schema)
        expected = _columns(new)
    found = _columns(database)
    if other := [name for name, columns in expected.items() if found.get(name) != columns]:
        raise DamagedError(f"tables of another kind: {', '.join(other)}")


def _columns(database: sqlite3.Connection) -> dict[str, list[str]]:
    tables: dict[str, list[str]] = {}
    for table, column in database.execute(
        "SELECT one.name, two.name FROM sqlite_schema AS one, pragma_table_info(one.name) AS two "
        "WHERE one.type = 'table' ORDER BY one.name, two.cid"
    ):
        tables.setdefault(table, []).append(column)
    return tables


class Memory:
    """Tables of a few rows; whoever writes has begun a transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Makes the tables where they are not there."""
        self._database = database
        database.executescript(_SCHEMA)
        check_tables(database, _SCHEMA)

    def earlier_messages(self) -> list[tuple[Series, int, bytes]]:
        """What an earlier release left, which knew topics only."""
        with clear_errors():
            tables = self._database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'message'")
            if not tables.fetchone():
                return []
            rows = self._database.execute("SELECT topic, payload FROM message ORDER BY id")
            found = []
            for topic, payload in rows:
                name = name_of(payload, topic.split("/")[-2] if "/" in topic else "")
                if name:
                    found.append((name.series, to_ms(name.time), bytes(payload)))
            return found

    def forget_earlier_messages(self) -> None:
        """They are entries now; within a transaction."""
        self._database.execute("DROP TABLE IF EXISTS message")

    def read_recorders(self, recorders: Recorders) -> None:
        """Adds those that the last run knew."""
        with clear_errors():
            recorders.databases |= dict(self._database.execute("SELECT slot, name FROM database"))
            for name, slot, boots, commits in self._database.execute("SELECT * FROM recorder"):
                if slot in recorders.databases:
                    boot, *earlier = boots.split(" ")
                    known = Recorder(name, slot, boot, commits, earlier=tuple(earlier))
                    recorders.known[name] = known
            for name, commits, at_s in self._database.execute(
                "SELECT name, commits, at_s FROM commits ORDER BY at_s"
            ):
                if name in recorders.known:
                    recorders.known[name].log.append((commits, at_s))

    def write_recorders(self, recorders: Recorders) -> None:
        """Stores them; within a transaction."""
        execute = self._database.execute
        known = list(recorders.known.values())
        execute("DELETE FROM database")
        execute("DELETE FROM recorder")
        self._database.executemany(
            "INSERT INTO database VALUES (?, ?)", recorders.databases.items()
        )
        rows = [
            (one.name, one.slot, " ".join((one.boot, *one.earlier)), one.commits) for one in known
        ]
        self._database.executemany("INSERT INTO recorder VALUES (?, ?, ?, ?)", rows)
        for one in known:
            newest = execute("SELECT max(at_s) FROM commits WHERE name = ?", (one.name,))
            [(at_s,)] = newest.fetchall()
            new = [(one.name, *entry) for entry in one.log if at_s is None or entry[1] > at_s]
            self._database.executemany("INSERT INTO commits VALUES (?, ?, ?)", new)

    def figure(self, name: str) -> float:
        """A number that is remembered; 0 if it is not."""
        with clear_errors():
            row = self._database.execute("SELECT value FROM figure WHERE name = ?", (name,))
            return float((row.fetchone() or (0,))[0])

    def set_figure(self, name: str, value: float) -> None:
        """Remembers a number; within a transaction."""
        self._database.execute("INSERT OR REPLACE INTO figure VALUES (?, ?)", (name, value))

    def set_lost(self, spans: Iterable[LostSpan]) -> None:
        """Stores what was lost; within a transaction."""
        self._database.execute("DELETE FROM lost")
        rows = [
            (one.panel, one.source, to_ms(one.first), to_ms(one.last), one.snapshots, one.cause)
            for one in spans
        ]
        self._database.executemany("INSERT OR REPLACE INTO lost VALUES (?, ?, ?, ?, ?, ?)", rows)

    def lost(self) -> list[LostSpan]:
        """What was lost, in the order of its being noticed."""
        with clear_errors():
            rows = self._database.execute("SELECT * FROM lost ORDER BY rowid").fetchall()
        return [
            LostSpan(panel, source, from_ms(first), from_ms(last), snapshots, cause)
            for panel, source, first, last, snapshots, cause in rows
        ]
