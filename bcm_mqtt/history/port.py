"""What the history is read from: the store, as far as it is needed here."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Protocol

from bcm_mqtt.domain.history.circuit_slots import Extremes
from bcm_mqtt.domain.history.day_totals import DayTotals
from bcm_mqtt.domain.history.polled import Polls
from bcm_mqtt.domain.interval.load_profile import LoadProfile
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.vee.measured_energy import DeviceIntervals


class Past(Protocol):
    """What is stored.

    Everything takes a while, may be asked from any thread, and may raise WorkError.
    """

    def directories(self) -> dict[str, Directory]:
        """The directory of every panel, by panel id."""

    def load_profile(
        self, panel: str, start: datetime, end: datetime, poles: Collection[int] | None = None
    ) -> LoadProfile:
        """Intervals of some poles, of the days (UTC) that overlap start <= t < end."""

    def device_intervals(self, panel: str, start: datetime, end: datetime) -> DeviceIntervals:
        """What devices measured of start <= t < end."""

    def first_intervals(self, panel: str) -> Mapping[int, datetime]:
        """Start of the first interval of each pole."""

    def extremes(
        self, panel: str, start: datetime, end: datetime, poles: Collection[int], every_ms: int
    ) -> Mapping[int, Extremes]:
        """Least and greatest readings of intervals in the same multiple of `every_ms`."""

    def day_totals(self, panel: str, first: date, last: date, poles: Collection[int]) -> DayTotals:
        """Totals of the local days first <= day <= last."""

    def polls(self, panel: str, start: datetime, end: datetime) -> Polls | None:
        """The polls of start <= t < end, None unless all of their snapshots are there."""

    def snapshots(self, panel: str, start: datetime, end: datetime) -> list[Snapshot]:
        """The snapshots that can stand in start <= t < end, by time."""
