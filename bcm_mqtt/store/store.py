"""The store as the rest of the program sees it."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import TextIO
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.history.circuit_slots import Extremes
from bcm_mqtt.domain.history.day_totals import DayTotals
from bcm_mqtt.domain.history.polled import Polls
from bcm_mqtt.domain.interval.device_interval import DeviceInterval
from bcm_mqtt.domain.interval.interval import Interval
from bcm_mqtt.domain.interval.load_profile import LoadProfile
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.store import directories, schema
from bcm_mqtt.store.claim import claim
from bcm_mqtt.store.database import clear_errors
from bcm_mqtt.store.directories import Revision
from bcm_mqtt.store.intervals import days, load_profiles, looking_back, rebuild
from bcm_mqtt.store.intervals import intervals as stored_intervals
from bcm_mqtt.store.intervals import roll_up as intervals
from bcm_mqtt.store.ledger.ledger import Ledger
from bcm_mqtt.store.readings import clock_backs, partitions, quarantine, registers, snapshots
from bcm_mqtt.store.readings.quarantine import Quarantined
from bcm_mqtt.store.upkeep import info, state
from bcm_mqtt.store.upkeep.info import StoreInfo
from bcm_mqtt.store.upkeep.state import StoreState


class Store(Ledger):
    """One database."""

    def __init__(self, url: str) -> None:
        """Does not touch the database yet: see `ensure_schema`.

        Raises:
            InputError: not the URL of a supported database.
        """
        super().__init__(url)
        self._claim: TextIO | None = None

    def claim(self) -> None:
        """Makes this the only recorder's; see `claim.claim`.

        Raises:
            WorkError: another one has it.
        """
        self._claim = claim(self._engine)

    def ensure_schema(self) -> None:
        """Makes the tables of an empty database.

        Raises:
            WorkError: another schema version, or no connection.
        """
        with clear_errors():
            schema.ensure(self._engine)

    def upgrade_schema(self) -> None:
        """Brings the schema to this version.

        Raises:
            WorkError: it failed; the database is as it was.
        """
        with clear_errors():
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

    def prepare_months(self, now: datetime) -> list[str]:
        """Makes partitions ahead of time; see `partitions.prepare_months`."""
        with self._write() as connection:
            return partitions.prepare_months(connection, now)

    def contradicting(self, items: Sequence[Snapshot]) -> list[Snapshot]:
        """Those that are not what is stored of their panel and time."""
        with self._read() as connection:
            return snapshots.contradicting(connection, items)

    def latest_reading(self) -> datetime | None:
        """Time of the latest snapshot of any panel."""
        with self._read() as connection:
            return registers.latest_of_all(connection)

    def standing_snapshots(self, panel: str, start: datetime) -> list[Snapshot]:
        """The snapshots of a panel that can stand in the 15 minutes from `start` on, by time."""
        with self._read() as connection:
            return snapshots.standing_snapshots(connection, panel, start)

    def roll_up(self, limit: int = 1000) -> int:
        """Recomputes dirty intervals, at most `limit`; returns how many."""
        with self._write() as connection:
            return intervals.roll_up(connection, limit)

    def roll_up_days(self, zone: ZoneInfo, limit: int = 100) -> int:
        """Sums up days of panels whose intervals changed, at most `limit`; returns how many."""
        with self._write() as connection:
            return days.roll_up_days(connection, zone, limit)

    def mark_all_dirty(self) -> int:
        """Marks every interval of which there are snapshots to be recomputed; returns how many."""
        with self._write() as connection:
            return rebuild.mark_all_dirty(connection)

    def keep(
        self, items: Sequence[Quarantined], limit: int = quarantine.DEFAULT_QUARANTINE_LIMIT
    ) -> int:
        """Keeps messages that were not stored, within a limit; see `quarantine.keep`."""
        with self._write() as connection:
            return quarantine.keep(connection, items, limit)

    def quarantined(self) -> list[Quarantined]:
        """The messages that were not stored, in the order of their coming."""
        with self._read() as connection:
            return quarantine.read(connection)

    def release(self, item: Quarantined) -> None:
        """Forgets a quarantined message, because it is stored now."""
        with self._write() as connection:
            quarantine.release(connection, item)

    def revisions(self, panel: str | None = None) -> list[Revision]:
        """The directories that arrived, of one panel or all, in the order of their coming."""
        with self._read() as connection:
            return directories.read_revisions(connection, panel)

    def directories(self) -> dict[str, Directory]:
        """The directory of every panel, by panel id."""
        with self._read() as connection:
            return directories.read_directories(connection)

    def pole_intervals(
        self, panel: str, start: datetime, end: datetime
    ) -> dict[int, list[Interval]]:
        """The intervals of a panel that overlap start <= t < end, by pole, by start."""
        with self._read() as connection:
            return stored_intervals.read_intervals(connection, panel, start, end)

    def load_profile(
        self, panel: str, start: datetime, end: datetime, poles: Collection[int] | None = None
    ) -> LoadProfile:
        """The intervals of a panel as arrays, of the days (UTC) that overlap start <= t < end.

        Args:
            panel: Its id.
            start: UTC.
            end: UTC.
            poles: Which, or None for all.
        """
        with self._one_moment() as connection:
            return load_profiles.read_profile(connection, panel, start, end, poles)

    def first_intervals(self, panel: str) -> dict[int, datetime]:
        """Start of the first interval of each of a panel's poles that has any."""
        with self._read() as connection:
            return load_profiles.first_intervals(connection, panel)

    def device_intervals(
        self, panel: str, start: datetime, end: datetime
    ) -> dict[int, list[DeviceInterval]]:
        """What a panel's devices measured of start <= t < end, by pole, by start."""
        with self._read() as connection:
            return stored_intervals.read_device_intervals(connection, panel, start, end)

    def extremes(
        self, panel: str, start: datetime, end: datetime, poles: Collection[int], every_ms: int
    ) -> dict[int, Extremes]:
        """Least and greatest readings of start <= t < end; see `looking_back.read_extremes`."""
        with self._read() as connection:
            return looking_back.read_extremes(connection, panel, start, end, poles, every_ms)

    def day_totals(self, panel: str, first: date, last: date, poles: Collection[int]) -> DayTotals:
        """Totals of the local days first <= day <= last."""
        with self._read() as connection:
            return looking_back.read_day_totals(connection, panel, first, last, poles)

    def polls(self, panel: str, start: datetime, end: datetime) -> Polls | None:
        """How often a panel was polled in start <= t < end; see `looking_back.read_polls`."""
        with self._read() as connection:
            return looking_back.read_polls(connection, panel, start, end)

    def snapshots(self, panel: str, start: datetime, end: datetime) -> list[Snapshot]:
        """The snapshots that can stand in start <= t < end, by time."""
        with self._read() as connection:
            return looking_back.snapshots_of(connection, panel, start, end)

    def clock_backs(self, panel: str, start: datetime, end: datetime) -> list[tuple[datetime, int]]:
        """Where a panel's snapshots lie out of order; see `clock_backs.clock_backs`."""
        with self._read() as connection:
            return clock_backs.clock_backs(connection, panel, start, end)

    def dirty_intervals(self, start: datetime, end: datetime) -> int:
        """How many intervals of panels of start <= t < end wait to be computed."""
        with self._read() as connection:
            return intervals.count_dirty(connection, start, end)

    def info(self) -> StoreInfo:
        """What is stored."""
        with self._read() as connection:
            return info.read_info(connection)

    def state(self) -> StoreState:
        """How it fares, which is told at little cost."""
        with self._read() as connection:
            return state.read_state(connection)

    def close(self) -> None:
        """Closes the connections, and gives back what was claimed."""
        super().close()
        if self._claim:
            self._claim.close()
