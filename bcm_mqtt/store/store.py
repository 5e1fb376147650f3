"""The store as the rest of the program sees it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from bcm_mqtt.domain.directory import Directory
from bcm_mqtt.domain.interval import Interval
from bcm_mqtt.domain.reading import Snapshot
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import directories, intervals, schema, snapshots
from bcm_mqtt.store.engine import open_engine, writing
from bcm_mqtt.store.tables import dirty_interval, interval, snapshot


@dataclass(frozen=True, slots=True)
class PanelInfo:
    """What is stored of one panel."""

    panel: str
    snapshots: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What is stored.

    Attributes:
        panels: By id.
        intervals: Rows of single poles.
        dirty: Intervals of panels that wait to be recomputed.
    """

    panels: tuple[PanelInfo, ...]
    intervals: int
    dirty: int


class Store:
    """One database."""

    def __init__(self, url: str) -> None:
        """Does not touch the database yet: see `ensure_schema`.

        Raises:
            InputError: not the URL of a supported database.
        """
        self._engine = open_engine(url)
        self._writing = writing(self._engine)

    def ensure_schema(self) -> None:
        """Makes the tables of an empty database.

        Raises:
            WorkError: another schema version, or no connection.
        """
        with _clear_errors():
            schema.ensure(self._engine)

    def upgrade_schema(self) -> None:
        """Brings the schema to this version.

        Raises:
            WorkError: it failed; the database is as it was.
        """
        with _clear_errors():
            schema.upgrade(self._engine)

    def add_snapshots(self, items: Sequence[Snapshot]) -> int:
        """Stores snapshots, each once, and marks their intervals to be recomputed.

        Returns:
            How many were new.
        """
        with self._write() as connection:
            return snapshots.insert_snapshots(connection, items)

    def add_directory(self, directory: Directory, payload: bytes, received: datetime) -> bool:
        """Stores a directory; see `directories.store_directory`."""
        with self._write() as connection:
            return directories.store_directory(connection, directory, payload, received)

    def roll_up(self, limit: int = 1000) -> int:
        """Recomputes dirty intervals, at most `limit`; returns how many."""
        with self._write() as connection:
            return intervals.roll_up(connection, limit)

    def directories(self) -> dict[str, Directory]:
        """The directory of every panel, by panel id."""
        with self._read() as connection:
            return directories.read_directories(connection)

    def pole_intervals(
        self, panel: str, start: datetime, end: datetime
    ) -> dict[int, list[Interval]]:
        """The intervals of a panel that overlap start <= t < end, by pole, by start."""
        with self._read() as connection:
            return intervals.read_intervals(connection, panel, start, end)

    def info(self) -> StoreInfo:
        """What is stored."""
        with self._read() as connection:
            rows = connection.execute(
                select(
                    snapshot.c.panel,
                    func.count(),
                    func.min(snapshot.c.time),
                    func.max(snapshot.c.time),
                )
                .group_by(snapshot.c.panel)
                .order_by(snapshot.c.panel)
            )
            return StoreInfo(
                panels=tuple(PanelInfo(*row) for row in rows),
                intervals=connection.execute(
                    select(func.count()).select_from(interval)
                ).scalar_one(),
                dirty=connection.execute(
                    select(func.count()).select_from(dirty_interval)
                ).scalar_one(),
            )

    def close(self) -> None:
        """Closes the connections."""
        self._engine.dispose()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with _clear_errors(), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with _clear_errors(), self._engine.connect() as connection:
            yield connection


@contextmanager
def _clear_errors() -> Iterator[None]:
    """The database's complaint in one line, without SQL and parameters."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise WorkError(f"database: {reason}") from error
