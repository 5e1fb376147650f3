"""What the store has of a panel's month, read ahead in a thread of its own."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from bcm_mqtt.domain.interval.corrected import (
    corrected_powers,
    corrected_profile,
    corrected_reactive,
    shifted_poles,
)
from bcm_mqtt.domain.interval.electrical_interval import ElectricalInterval
from bcm_mqtt.domain.interval.load_profile import LoadProfile
from bcm_mqtt.domain.interval.phase_values import ElectricalIntervals
from bcm_mqtt.domain.reading.register_step import RegisterScale
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.time import from_ms
from bcm_mqtt.domain.vee.estimate import LIKE_DAY_REACH
from bcm_mqtt.domain.vee.measured_energy import DeviceIntervals
from bcm_mqtt.domain.vee.panel_registers import Registers
from bcm_mqtt.processes import Call
from bcm_mqtt.store import BillingStore

_AROUND = timedelta(hours=12)
"""For the neighbours of a gap at the month's edges."""
_DAY = timedelta(days=1)
_NOT_EARLIER = (("earlier", False),)
CALLED_OF_EACH: Final = (
    *map(Call, ("profile", "first", "edits", "accepting")),
    Call("devices", named=_NOT_EARLIER),
    Call("electrical", named=_NOT_EARLIER),
)
"""What is asked of the readings of every panel, by whoever computes its month."""


class StoredReadings:
    """A panel's readings of one month, as its instruments correct them."""

    def __init__(
        self,
        store: BillingStore,
        directory: Directory,
        start: datetime,
        end: datetime,
        reader: Executor,
        scales: Mapping[int, RegisterScale],
        companions: "CompanionReadings",
    ) -> None:
        """Begins to read.

        Args:
            store: With intervals.
            directory: The panel and its instruments.
            start: Of the month, UTC.
            end: Of the month, UTC.
            reader: Does all reading; of one thread if the store is a moment's.
            scales: How the panel's energy registers count, by pole, as far as that is known.
            companions: What companions measured, of all panels.
        """
        panel = self.panel = directory.panel.id
        self._instruments = directory.instruments
        self._scales = scales
        named = (directory.panel.voltage_from, directory.panel.power_factor_from)
        self._named = {one for one in named if one is not None}
        self._companions = companions
        self._known = reader.submit(companions.directories).result if self._named else dict
        self._store = store
        self._reader = reader
        self._start = start - _AROUND
        self._end = end + _AROUND
        self.profile = reader.submit(self._profile, self._start, self._end).result
        self._registers = reader.submit(store.intervals.registers, panel, self._start, self._end)
        self.edits = reader.submit(
            store.entries.in_force, panel, start - LIKE_DAY_REACH, end
        ).result
        self.clock_faults = reader.submit(store.readings.clock_faults, panel, start, end).result
        self.accepting = reader.submit(store.entries.accepting, panel, end).result
        self.first = reader.submit(store.intervals.first_intervals, panel).result
        since = start - _AROUND - LIKE_DAY_REACH
        by_devices = reader.submit(store.intervals.is_measured, panel, since, self._end)
        self._is_measured = by_devices.result
        self._devices = reader.submit(self._read_devices, self._start)
        self._supply = cache(self._read_supply)
        self._earlier_devices = cache(self._read_earlier_devices)

    def earlier_profile(self, poles: tuple[int, ...]) -> LoadProfile | None:
        """As far before the profile as like days may be; not cached, as it is read once.

        None where nothing was measured of the panel before the profile's second day.
        """
        first = from_ms(self.profile().slots.first_ms)
        if self._begins_after(first + _DAY):
            return None
        earlier = self._reader.submit(self._profile, first - LIKE_DAY_REACH, first, poles)
        return earlier.result()

    def devices(self, *, earlier: bool) -> DeviceIntervals:
        """What devices measured, of the time of the profile or of the longer one."""
        return self._earlier_devices() if earlier else self._devices.result()

    def _begins_after(self, at: datetime) -> bool:
        """Whether nothing was measured of the panel before, as far as like days may be."""
        return min(self.first().values(), default=at) >= at and not self._is_measured()

    def _read_earlier_devices(self) -> DeviceIntervals:
        since = self._start - LIKE_DAY_REACH
        return self._reader.submit(self._read_devices, since).result()

    def _profile(
        self, start: datetime, end: datetime, poles: tuple[int, ...] | None = None
    ) -> LoadProfile:
        stored = self._store.intervals.load_profile(self.panel, start, end, poles)
        return corrected_profile(stored, self._instruments)

    def _read_devices(self, since: datetime) -> DeviceIntervals:
        if not self._is_measured():
            return {}
        intervals = self._store.intervals
        stored = intervals.device_intervals(self.panel, since, self._end)
        supply: Mapping[int, Sequence[ElectricalInterval]] = {}
        if shifted := shifted_poles(self._instruments):
            supply = intervals.electrical_intervals(self.panel, since, self._end, shifted)
        return corrected_powers(stored, self._instruments, supply)

    def electrical(self, *, earlier: bool) -> ElectricalIntervals:
        """What its companions measured, of the time of the profile or of the longer one."""
        since = self._start - LIKE_DAY_REACH if earlier else self._start
        return {one: self._companions.of(one, since, self._end) for one in self._named}

    def instruments_of(self, panel: str) -> Sequence[Instrument]:
        """Rows of meters.csv of the panel of a companion."""
        directory = self._known().get(panel)
        return directory.instruments if directory else ()

    def supply(self) -> Mapping[int, Sequence[ElectricalInterval]]:
        """What the panel's own devices measured of voltage and reactive power, by pole."""
        return self._supply()

    def _read_supply(self) -> Mapping[int, Sequence[ElectricalInterval]]:
        time, rows = (self.panel, self._start, self._end), self._instruments
        intervals = self._store.intervals
        stored = self._reader.submit(intervals.electrical_intervals, *time).result()
        devices: DeviceIntervals = {}
        if shifted_poles(rows):
            devices = self._reader.submit(intervals.device_intervals, *time).result()
        return corrected_reactive(stored, rows, devices)

    def registers(self, *, earlier: bool) -> Registers:
        """What their energy registers showed, of the same time."""
        if not earlier:
            return Registers.of(self._registers.result(), self._instruments, self._scales)
        since = self._start - LIKE_DAY_REACH
        shown = self._reader.submit(self._store.intervals.registers, self.panel, since, self._end)
        return Registers.of(shown.result(), self._instruments, self._scales)


class CompanionReadings:
    """What companions measured, read once for all panels that have the same one."""

    def __init__(self, store: BillingStore, reader: Executor) -> None:
        """Reads nothing yet."""
        self._store = store
        self._reader = reader
        self.of = cache(self._of)
        self.directories = cache(store.directories.all)

    def _of(
        self, companion: Companion, start: datetime, end: datetime
    ) -> Mapping[int, Sequence[ElectricalInterval]]:
        """Of its poles, each by start."""
        read = self._store.intervals.electrical_intervals
        return self._reader.submit(read, companion.panel, start, end, companion.poles).result()


@contextmanager
def readings_ahead(
    store: BillingStore,
    directories: Iterable[Directory],
    start: datetime,
    end: datetime,
    scales: Mapping[str, Mapping[int, RegisterScale]],
) -> Iterator[Iterator[StoredReadings]]:
    """Readings of each panel, to be used in the context; while one is worked on, the next is read.

    Args:
        store: With intervals.
        directories: Of the panels.
        start: UTC.
        end: UTC.
        scales: How energy registers count, by panel and pole.
    """
    with ThreadPoolExecutor(1, "readings") as reader:
        companions = CompanionReadings(store, reader)

        def panels() -> Iterator[StoredReadings]:
            coming = deque[StoredReadings]()
            for directory in directories:
                of_panel = scales.get(directory.panel.id, {})
                coming.append(
                    StoredReadings(store, directory, start, end, reader, of_panel, companions)
                )
                if len(coming) > 1:
                    yield coming.popleft()
            yield from coming

        yield panels()
