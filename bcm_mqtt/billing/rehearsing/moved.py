"""A store in which everything was measured some weeks later than it was."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Self, TypeVar

import numpy as np

from bcm_mqtt.domain.interval.device_interval import DeviceInterval
from bcm_mqtt.domain.interval.electrical_interval import ElectricalInterval
from bcm_mqtt.domain.interval.load_profile import LoadProfile
from bcm_mqtt.domain.interval.register_interval import RegisterPast
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.reading.bridge_clock import ClockFault
from bcm_mqtt.domain.time import MILLISECOND
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.store import BillingStore, Database, Entries, Intervals
from bcm_mqtt.store.readings.readings import Readings

_Measured = TypeVar("_Measured", DeviceInterval, ElectricalInterval)


class MovedStore(BillingStore):
    """A moment of a store, with intervals and entries about them a whole number of days later.

    Directories, releases and bills are those of their own time. It is for reading alone; one
    thread at a time may use it.
    """

    def __init__(self, moment: BillingStore, by: timedelta) -> None:
        """Moves what was measured.

        Args:
            moment: Of `BillingStore.at_one_moment`.
            by: Whole days, as load profiles are of whole days (UTC).
        """
        super().__init__(moment.database, moment.ledger)
        self.intervals = _Intervals(moment.database, by)
        self.entries = _Entries(moment.database, by)
        self.readings = _Readings(moment.database, by)

    @contextmanager
    def at_one_moment(self) -> Iterator[Self]:
        """Itself: it is of one moment."""
        yield self


class _Intervals(Intervals):
    def __init__(self, database: Database, by: timedelta) -> None:
        super().__init__(database)
        self._by = by

    def load_profile(
        self, panel: str, start: datetime, end: datetime, poles: Collection[int] | None = None
    ) -> LoadProfile:
        found = super().load_profile(panel, start - self._by, end - self._by, poles)
        slots = Slots(found.slots.first_ms + self._by // MILLISECOND, found.slots.count)
        return replace(found, slots=slots)

    def device_intervals(
        self, panel: str, start: datetime, end: datetime
    ) -> dict[int, list[DeviceInterval]]:
        return self._later(super().device_intervals(panel, start - self._by, end - self._by))

    def electrical_intervals(
        self, panel: str, start: datetime, end: datetime, poles: Collection[int] | None = None
    ) -> dict[int, list[ElectricalInterval]]:
        earlier = start - self._by, end - self._by
        return self._later(super().electrical_intervals(panel, *earlier, poles))

    def registers(self, panel: str, start: datetime, end: datetime) -> dict[int, RegisterPast]:
        by_ms = self._by // MILLISECOND
        # Of a level its first and last reading are times.
        moved = np.array([by_ms, by_ms, 0, 0], np.int64)
        found = super().registers(panel, start - self._by, end - self._by)
        return {
            pole: RegisterPast(past.starts_ms + by_ms, past.levels + moved)
            for pole, past in found.items()
        }

    def first_intervals(self, panel: str) -> dict[int, datetime]:
        return {pole: at + self._by for pole, at in super().first_intervals(panel).items()}

    def _later(self, found: Mapping[int, list[_Measured]]) -> dict[int, list[_Measured]]:
        return {
            pole: [replace(one, start=one.start + self._by) for one in measured]
            for pole, measured in found.items()
        }


class _Entries(Entries):
    def __init__(self, database: Database, by: timedelta) -> None:
        super().__init__(database)
        self._by = by

    def all(
        self, panel: str | None = None, start: datetime | None = None, end: datetime | None = None
    ) -> list[IntervalEdit]:
        earlier = (None if at is None else at - self._by for at in (start, end))
        return [
            replace(one, start=one.start + self._by, end=one.end + self._by)
            for one in super().all(panel, *earlier)
        ]


class _Readings(Readings):
    def __init__(self, database: Database, by: timedelta) -> None:
        super().__init__(database)
        self._by = by

    def clock_faults(self, panel: str, start: datetime, end: datetime) -> list[ClockFault]:
        """None: a clock that was wrong then need not be wrong in a month to come."""
        del panel, start, end
        return []
