"""What the store has of a panel's month, read once and only as far as it is needed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache

from bcm_mqtt.domain.estimate import LIKE_DAY_REACH
from bcm_mqtt.domain.load_profile import LoadProfile
from bcm_mqtt.domain.measured_energy import DeviceIntervals
from bcm_mqtt.store import Store

_AROUND = timedelta(hours=12)
"""For the neighbours of a gap at the month's edges."""


class StoredReadings:
    """A panel's readings of one month."""

    def __init__(self, store: Store, panel: str, start: datetime, end: datetime) -> None:
        """Reads nothing yet.

        Args:
            store: With intervals.
            panel: Panel id.
            start: Of the month, UTC.
            end: Of the month, UTC.
        """
        self._store = store
        self._panel = panel
        self._start = start
        self._end = end + _AROUND
        self.profile = cache(self._profile)
        self.devices = cache(self._devices)
        self.first = cache(self._first)

    def _since(self, earlier: bool) -> datetime:  # noqa: FBT001 - for those below
        return self._start - (LIKE_DAY_REACH if earlier else timedelta()) - _AROUND

    def _profile(self, *, earlier: bool) -> LoadProfile:
        return self._store.load_profile(self._panel, self._since(earlier), self._end)

    def _devices(self, *, earlier: bool) -> DeviceIntervals:
        return self._store.device_intervals(self._panel, self._since(earlier), self._end)

    def _first(self) -> Mapping[int, datetime]:
        return self._store.first_intervals(self._panel)
