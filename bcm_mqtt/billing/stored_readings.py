"""What the store has of a panel's month, read once and only as far as it is needed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache

from bcm_mqtt.domain.estimate import LIKE_DAY_REACH
from bcm_mqtt.domain.instants import from_ms
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

    def longer_profile(self, poles: tuple[int, ...]) -> LoadProfile:
        """From as far before the month as like days may be; not kept, as it is asked for once."""
        profile = self.profile()
        first = from_ms(profile.slots.first_ms)
        earlier = self._store.load_profile(self._panel, first - LIKE_DAY_REACH, first, poles)
        return earlier.before(profile, poles)

    def _profile(self) -> LoadProfile:
        return self._store.load_profile(self._panel, self._start - _AROUND, self._end)

    def _devices(self, *, earlier: bool) -> DeviceIntervals:
        since = self._start - _AROUND - (LIKE_DAY_REACH if earlier else timedelta())
        return self._store.device_intervals(self._panel, since, self._end)

    def _first(self) -> Mapping[int, datetime]:
        return self._store.first_intervals(self._panel)
