"""Loads of a panel's circuits in a month, with what is read of the panel for all of them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.domain.interval.electrical_interval import ElectricalInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.load_profile import LoadProfile
from bcm_mqtt.domain.interval.phase_values import ElectricalIntervals, phase_values
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.usage.calibration.factors import PanelScaling
from bcm_mqtt.domain.usage.uncertainty.accuracy import CompanionClasses, accuracy_of, classes_of
from bcm_mqtt.domain.usage.uncertainty.components import CircuitFacts
from bcm_mqtt.domain.usage.uncertainty.estimate_spread import EstimateSpread, estimate_spreads
from bcm_mqtt.domain.usage.uncertainty.resolution import Levels, PanelSteps, learned_milliwatts
from bcm_mqtt.domain.vee.circuit_load import (
    CircuitLoad,
    Horizon,
    Unvalidated,
    loads_again,
)
from bcm_mqtt.domain.vee.current_energy import microwatt_hours_per_milliamp_ms
from bcm_mqtt.domain.vee.estimate import LikeDays
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.domain.vee.interval_energy import CircuitIntervals, circuit_intervals
from bcm_mqtt.domain.vee.legs import Legs, legs_of
from bcm_mqtt.domain.vee.measured_energy import DeviceIntervals
from bcm_mqtt.domain.vee.panel_registers import NO_REGISTERS, Registers


class PanelReadings(Protocol):
    """What was measured of a panel in a month and around it."""

    def profile(self) -> LoadProfile:
        """Currents of all poles, from a day before the month until a day after it."""

    def earlier_profile(self, poles: tuple[int, ...]) -> LoadProfile | None:
        """Those of some poles before the profile, as far as like days may be.

        None where nothing was measured of the panel before the profile's second day.
        """

    def devices(self, *, earlier: bool) -> DeviceIntervals:
        """What devices measured, of the time of the profile or of the longer one."""

    def electrical(self, *, earlier: bool) -> ElectricalIntervals:
        """What the panel's companions measured, of the same times; empty where it has none."""

    def instruments_of(self, panel: str) -> Sequence[Instrument]:
        """Rows of meters.csv of the panel of a companion."""

    def supply(self) -> Mapping[int, Sequence[ElectricalInterval]]:
        """What the panel's own devices measured of voltage and reactive power, by pole."""

    def registers(self, *, earlier: bool) -> Registers:
        """What their energy registers showed, of the same time."""

    def first(self) -> Mapping[int, datetime]:
        """Start of the first interval ever, by pole."""


@dataclass(frozen=True, slots=True)
class BilledTime:
    """The month that is billed.

    Attributes:
        start: UTC.
        end: UTC.
        zone: Of its days.
        over: Whether it had ended when it was billed. If not, nothing is estimated that
            lies after the panel's last reading.
        present: When it was billed, UTC: time that had not yet come is not missing. None: all has.
        scaling: What circuits add up to that are calibrated to a revenue meter, by panel.
    """

    start: datetime
    end: datetime
    zone: ZoneInfo
    over: bool = True
    present: datetime | None = None
    scaling: Mapping[str, PanelScaling] = field(default_factory=dict, compare=False)
    slots: Slots = field(init=False)

    def __post_init__(self) -> None:
        """Numbers its slots."""
        object.__setattr__(self, "slots", Slots.between(self.start, self.end))


_Known = tuple[CircuitLoad, CircuitFacts]


@dataclass(frozen=True, slots=True)
class _Validated:
    """Loads of circuit versions, from readings as far back as were read for them.

    Attributes:
        parts: What each is made of.
        loads: Of the month.
        wants_earlier: Those that like days before the readings could change.
        like: Calendar of the readings.
        steps: In which the readings of the panel come.
    """

    parts: Mapping[CircuitVersion, Unvalidated]
    loads: Mapping[CircuitVersion, CircuitLoad]
    wants_earlier: Sequence[CircuitVersion]
    like: LikeDays
    steps: PanelSteps


class PanelLoads:
    """Loads of circuit versions, with what is read of the panel for all of them."""

    def __init__(
        self,
        directory: Directory,
        readings: PanelReadings,
        time: BilledTime,
        edits: tuple[IntervalEdit, ...],
    ) -> None:
        self._panel = directory.panel
        self._instruments = directory.instruments
        self._readings = readings
        self._time = time
        self._edits = edits
        self._companions = CompanionClasses.of(
            self._panel, readings.instruments_of, time.start, time.end
        )
        self._end_ms = self._end()
        self._last_day = time.end.astimezone(time.zone).toordinal()  # the first after the month

    def measured_poles(self) -> tuple[int, ...]:
        """All poles that were measured in the month."""
        profile = self._readings.profile()
        part = self._time.slots.within(profile.slots)
        longest = profile.covered_ms[:, part].max(axis=1, initial=0)
        by_current = {pole for pole, ms in zip(profile.poles, longest, strict=True) if ms}
        return tuple(sorted(by_current | self._readings.devices(earlier=False).keys()))

    def of_all(self, versions: Iterable[CircuitVersion]) -> dict[CircuitVersion, _Known]:
        """The load of each version, with what its uncertainty is made from."""
        each = (self._known(*one) for one in self._each(versions))
        return {version: known for of in each for version, known in of.items()}

    def loads_of(self, versions: Iterable[CircuitVersion]) -> dict[CircuitVersion, CircuitLoad]:
        """The load of each version alone."""
        return {
            version: validated.loads[version]
            for validated, final in self._each(versions)
            for version in final
        }

    def _each(
        self, versions: Iterable[CircuitVersion]
    ) -> Iterator[tuple[_Validated, Collection[CircuitVersion]]]:
        """Loads, and of which versions they are final."""
        profile = self._readings.profile()
        validated = self._validated(list(versions), profile, {}, earlier=False)
        yield validated, validated.loads.keys() - set(validated.wants_earlier)
        if again := validated.wants_earlier:
            poles = tuple(sorted({pole for version in again for pole in version.poles}))
            if earlier := self._readings.earlier_profile(poles):
                longer = earlier.before(profile, poles)
                validated = self._validated(again, longer, validated.loads, earlier=True)
            else:
                validated = self._alone(validated, again, profile.step_of(poles))
            yield validated, set(again)

    def legs(self, load: CircuitLoad, version: CircuitVersion, *, assigned: bool) -> Legs | None:
        """What its wiring is judged by: of a line-neutral load by current alone, nothing."""
        devices = self._readings.devices(earlier=False)
        by_current = version.connection in {Connection.LINE_LINE, Connection.DELTA}
        if assigned and not by_current and not devices.keys() & set(version.poles):
            return None
        supply = self._readings.supply() if devices else {}
        measured = load.intervals, devices, self._time.slots, supply
        return legs_of(self._panel, version, *measured, self._instruments)

    def _validated(
        self,
        versions: Sequence[CircuitVersion],
        profile: LoadProfile,
        loads: Mapping[CircuitVersion, CircuitLoad],
        *,
        earlier: bool,
    ) -> _Validated:
        """The loads of versions, some of which may be known by a shorter profile."""
        devices = self._readings.devices(earlier=earlier)
        registers = self._readings.registers(earlier=earlier) if devices else NO_REGISTERS
        like = LikeDays.of(profile.slots, self._time.zone, self._last_day)
        electrical = self._readings.electrical(earlier=earlier)
        phases = phase_values(self._panel, electrical, profile.slots)
        parts = [
            self._unvalidated(
                version,
                circuit_intervals(self._panel, version, profile, devices, registers, like, phases),
            )
            for version in versions
        ]
        shorter = [loads.get(version) for version in versions]
        made = loads_again(parts, shorter, self._time.slots, like)
        milliwatts = learned_milliwatts(part.intervals for part in parts)
        steps = PanelSteps(self._panel, profile.step_milliamps, milliwatts, registers)
        return _Validated(
            dict(zip(versions, parts, strict=True)),
            {version: load for version, (load, _) in zip(versions, made, strict=True)},
            [version for version, (_, wants) in zip(versions, made, strict=True) if wants],
            like,
            steps,
        )

    def _alone(
        self, validated: _Validated, versions: Sequence[CircuitVersion], step: int
    ) -> _Validated:
        """Some versions as they were validated, with the steps that they alone show."""
        parts = {version: validated.parts[version] for version in versions}
        milliwatts = learned_milliwatts(part.intervals for part in parts.values())
        steps = PanelSteps(self._panel, step, milliwatts, validated.steps.registers)
        loads = {version: validated.loads[version] for version in versions}
        return _Validated(parts, loads, (), validated.like, steps)

    def _known(
        self, validated: _Validated, versions: Collection[CircuitVersion]
    ) -> dict[CircuitVersion, _Known]:
        """Some of the loads that were validated, with what their uncertainty is made from."""
        loads = {one: load for one, load in validated.loads.items() if one in versions}
        parts = [validated.parts[version] for version in loads]
        spreads = estimate_spreads(parts, list(loads.values()), validated.like)
        return {
            version: (load, self._facts(version, load, validated.steps, spread))
            for (version, load), spread in zip(loads.items(), spreads, strict=True)
        }

    def _facts(
        self, version: CircuitVersion, load: CircuitLoad, steps: PanelSteps, spread: EstimateSpread
    ) -> CircuitFacts:
        factor = microwatt_hours_per_milliamp_ms(self._panel, version)
        profile, rows, missed = load.intervals.profile, list(load.intervals.rows), None
        if rows:
            # Legs carry the same current: what one misses the others miss as well.
            variance = profile.sampling_variance[rows]
            missed = np.sqrt(variance).sum(axis=0) * factor
        poles = self._panel.monitored(version.poles)
        classes = classes_of(self._instruments, poles, self._time.start, self._time.end)
        own = steps.of(poles, classes.multiplier)
        return CircuitFacts(
            f"{self._panel.id}:{version.first_pole}",
            accuracy_of(self._panel, version, classes, self._companions),
            own,
            [Levels.of(profile, row, own.milliamps) for row in rows if own.milliamps],
            spread,
            factor,
            missed,
        )

    def _unvalidated(self, version: CircuitVersion, intervals: CircuitIntervals) -> Unvalidated:
        slots = intervals.slots
        before = self._time.slots.within(slots).start
        begin = 0
        if not intervals.measured_ms[:before].any():
            begin = self._begin(version, slots)
        first_ms = slots.first_ms
        horizon = Horizon(begin, (self._end_ms - first_ms) // INTERVAL_MS, self._present(first_ms))
        edits = [edit for edit in self._edits if edit.first_pole == version.first_pole]
        return Unvalidated(intervals, horizon, edits)

    def _present(self, first_ms: int) -> int | None:
        """The slot that goes on, of a month that is not over."""
        if self._time.over or self._time.present is None:
            return None
        return (to_ms(self._time.present) - first_ms) // INTERVAL_MS

    def _begin(self, version: CircuitVersion, slots: Slots) -> int:
        """The slot after the circuit's first reading."""
        first = self._readings.first()
        begun = [first[pole] for pole in self._panel.monitored(version.poles) if pole in first]
        if not begun:
            return slots.count
        # Of its first interval it is unknown what was before the first reading.
        return max(0, (to_ms(max(begun)) - slots.first_ms) // INTERVAL_MS + 1)

    def _end(self) -> int:
        """Up to when time is estimated, ms since the epoch."""
        if self._time.over:
            return self._time.slots.end_ms
        profile = self._readings.profile()
        last = np.flatnonzero(profile.covered_ms.any(axis=0))
        # The last interval still goes on.
        return profile.slots.first_ms + (int(last[-1]) if last.size else 0) * INTERVAL_MS
