"""Energy of a circuit by 15-minute interval, from what was measured of its poles.

What devices measured comes first: their energy registers, else their power. The rest is
calculated from current. Each interval's energy is an integer count of microwatt-hours
(uWh), rounded once, half up: the product of exact sums (mA x ms) with the circuit's factor
as a binary64 number, the same on every machine (IEEE 754). All above is integer sums.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.interval import HALF_MEASURED_MS, INTERVAL_MS
from bcm_mqtt.domain.interval.load_profile import LoadProfile
from bcm_mqtt.domain.interval.phase_values import PhaseValues
from bcm_mqtt.domain.interval.register_power import PowerDifference, against_power
from bcm_mqtt.domain.interval.slots import Flags, Integers, Slots
from bcm_mqtt.domain.reading.register_step import StepKind, most_watts
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.vee.current_energy import current_energy, microwatt_hours_per_milliamp_ms
from bcm_mqtt.domain.vee.estimate import LikeDays
from bcm_mqtt.domain.vee.measured_energy import (
    DeviceIntervals,
    EnergySource,
    Leg,
    Piece,
    by_slot,
    power_pieces,
    register_pieces,
)
from bcm_mqtt.domain.vee.panel_registers import NO_REGISTERS, Registers
from bcm_mqtt.domain.vee.register_energy import (
    PoleStep,
    counted_by_registers,
)
from bcm_mqtt.domain.vee.register_evidence import PoleEvidence

_UTC: Final = ZoneInfo("UTC")
_OFTEN_ENOUGH_MS: Final = 61_000
"""A minute, and some that polls come late."""
_CURRENT: Final = frozenset({EnergySource.CURRENT})
_SOURCES: Final = (None, EnergySource.CURRENT, EnergySource.POWER, EnergySource.REGISTER)
_MEASURED: Final = frozenset({EnergySource.POWER, EnergySource.REGISTER})


@dataclass(frozen=True, slots=True)
class CircuitIntervals:
    """What was measured of a circuit version, by slot.

    Attributes:
        profile: What it is of.
        rows: Of its monitored legs in the profile; none where one was never measured.
        microwatt_hours: int64: energy over the measured time.
        measured_ms: int64: time for which every monitored leg had a reading, 0 to 900,000.
        sources: uint8: index into the energy sources, 0 for none; None where it is all current.
        indicative: Whether current was read less often than once a minute.
        supply: uint8: what is measured of what energy from current was calculated with, bits of
            `Supply`; None on a panel without companions.
        phases: What the companions measured.
        pieces: Of what devices measured, which the energy is spread from.
        register_steps: Of energy registers, those that are not normal or differ from what is
            expected of their time.
        against_power: Days on which a register and the same meter's power differ.
    """

    profile: LoadProfile = field(repr=False)
    rows: Sequence[int]
    microwatt_hours: Integers = field(repr=False)
    measured_ms: Integers = field(repr=False)
    sources: NDArray[np.uint8] | None = field(default=None, repr=False)
    indicative: bool = False
    supply: NDArray[np.uint8] | None = field(default=None, repr=False)
    phases: PhaseValues | None = field(default=None, repr=False)
    pieces: tuple[Piece, ...] = field(default=(), repr=False)
    register_steps: tuple[PoleStep, ...] = ()
    against_power: tuple[PowerDifference, ...] = ()

    @property
    def by_current(self) -> Flags:
        """Which slots' energy is calculated from current, as far as they are measured."""
        if self.sources is None:
            return np.ones(self.slots.count, np.bool_)
        flags: Flags = self.sources == _SOURCES.index(EnergySource.CURRENT)
        return flags

    @property
    def slots(self) -> Slots:
        """The intervals."""
        return self.profile.slots

    def by_device(self, slot: int) -> bool:
        """Whether a slot's energy is what devices measured."""
        return self.sources is not None and _SOURCES[self.sources[slot]] in _MEASURED

    @staticmethod
    def code(source: EnergySource) -> int:
        """What stands for a source in `sources`."""
        return _SOURCES.index(source)

    @property
    def register_events(self) -> Integers | None:
        """How many steps of energy registers were not normal, by slot; None for none."""
        if not self.register_steps:
            return None
        steps = [one.step for one in self.register_steps if one.step.kind is not StepKind.NORMAL]
        slots = np.array([step.end_ms - 1 for step in steps], np.int64) - self.slots.first_ms
        slots //= INTERVAL_MS
        within = slots[(slots >= 0) & (slots < self.slots.count)]
        return np.bincount(within, minlength=self.slots.count) if within.size else None

    def sources_in(self, part: slice) -> frozenset[EnergySource]:
        """Where the energy of some slots is from, of which some is measured."""
        if self.sources is None:
            return _CURRENT
        sources = (_SOURCES[code] for code in np.unique(self.sources[part]))
        return frozenset(source for source in sources if source)


def circuit_intervals(
    panel: Panel,
    version: CircuitVersion,
    profile: LoadProfile,
    devices: DeviceIntervals = MappingProxyType({}),
    registers: Registers = NO_REGISTERS,
    like: LikeDays | None = None,
    phases: PhaseValues | None = None,
) -> CircuitIntervals:
    """The energy of a circuit version by slot, as if it held all the time.

    Args:
        panel: Gives voltages, default power factor and unmonitored poles.
        version: Any version in service.
        profile: Of the panel.
        devices: What devices measured, of the same time and after it as far as it reaches back.
        registers: What the devices' energy registers showed, as far as that is stored.
        like: Calendar of the profile's slots, for what is expected of a register; None is UTC's.
        phases: What companions measured, of the same time; None where there is none.
    """
    poles = panel.monitored(version.poles)
    rows = profile.rows_of(poles)
    if rows is None:
        nothing = np.zeros(profile.slots.count, np.int64)
        intervals = CircuitIntervals(profile, (), nothing, nothing)
    else:
        energy = current_energy(panel, version, profile, rows, phases)
        intervals = CircuitIntervals(
            profile,
            rows,
            energy.microwatt_hours,
            energy.measured_ms,
            indicative=bool(profile.poll_ms[rows].max() > _OFTEN_ENOUGH_MS),
            supply=energy.supply,
            phases=phases,
        )
    if not devices:
        return intervals
    counted = counted_by_registers(
        registers,
        poles,
        devices,
        most_watts(panel, version),
        _evidence(panel, version, profile, like),
    )
    legs = [counted.legs.get(pole, Leg()) for pole in poles]
    by_register, by_power = register_pieces(legs), power_pieces(legs)
    if by_register or by_power:
        intervals = _with_pieces(intervals, by_register, by_power, _last_read(legs))
    return replace(
        intervals,
        pieces=(*by_register, *by_power),
        register_steps=counted.steps,
        against_power=tuple(
            day for leg in counted.legs.values() for day in against_power(leg.items)
        ),
    )


def _evidence(
    panel: Panel, version: CircuitVersion, profile: LoadProfile, like: LikeDays | None
) -> Callable[[int, Leg], PoleEvidence]:
    """What else is known of the energy of a pole's register."""

    def of(pole: int, leg: Leg) -> PoleEvidence:
        calendar = like or LikeDays.of(profile.slots, _UTC, date.max.toordinal())
        factor = microwatt_hours_per_milliamp_ms(panel, version)
        return PoleEvidence.of(profile, calendar, pole, leg, factor)

    return of


def _last_read(legs: Sequence[Leg]) -> int:
    """Start (ms) of the last interval in which all legs' registers were read; 0 for none."""
    return min(
        next((to_ms(item.start) for item in reversed(leg.items) if item.watt_hours is not None), 0)
        for leg in legs
    )


def _with_pieces(
    intervals: CircuitIntervals,
    by_register: Sequence[Piece],
    by_power: Sequence[Piece],
    last_read_ms: int,
) -> CircuitIntervals:
    """The energy with what devices measured in place of what was calculated for that time.

    Of a slot of which registers counted less than half, power or current say what flowed in the
    rest. Of one of which they counted more, and of the one in which they were read last, nothing
    else counts: what flows until the end of that one they will have counted.
    """
    slots = intervals.slots
    energy, measured_ms = intervals.microwatt_hours, intervals.measured_ms
    sources = (measured_ms > 0).astype(np.uint8)
    if by_power:
        power, power_ms = by_slot(by_power, slots)
        energy = np.where(power_ms, power, energy)
        measured_ms = np.where(power_ms, power_ms, measured_ms)
        sources[power_ms > 0] = _SOURCES.index(EnergySource.POWER)
    if by_register:
        counted, counted_ms = by_slot(by_register, slots)
        counted_ms = np.minimum(counted_ms, INTERVAL_MS)
        taken = counted_ms >= HALF_MEASURED_MS
        taken |= slots.starts_ms == last_read_ms
        rest_ms = np.where(taken, 0, np.maximum(measured_ms - counted_ms, 0))
        energy = counted + energy * rest_ms // np.maximum(measured_ms, 1)
        measured_ms = counted_ms + rest_ms
        sources[measured_ms == 0] = 0
        sources[counted_ms > 0] = _SOURCES.index(EnergySource.REGISTER)
    return CircuitIntervals(
        intervals.profile,
        intervals.rows,
        energy,
        measured_ms,
        sources,
        intervals.indicative and bool((sources == 1).any()),
        intervals.supply,
        intervals.phases,
    )
