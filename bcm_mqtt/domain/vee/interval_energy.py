"""Energy of a circuit by 15-minute interval, from what was measured of its poles.

What devices measured comes first: their energy registers, else their power. The rest is
calculated from current. Each interval's energy is an integer count of microwatt-hours
(uWh), rounded once, half up: the product of exact sums (mA x ms) with the circuit's factor
as a binary64 number, the same on every machine (IEEE 754). All above is integer sums.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import sqrt
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.device_interval import DeviceInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.load_profile import LoadProfile
from bcm_mqtt.domain.interval.slots import Integers, Slots
from bcm_mqtt.domain.reading.power import watts_per_amp
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.reading.register_step import StepKind, most_watts
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection, Panel, Service
from bcm_mqtt.domain.vee.estimate import LikeDays
from bcm_mqtt.domain.vee.measured_energy import (
    MILLIWATT_MS_PER_MICROWATT_HOUR,
    DeviceIntervals,
    EnergySource,
    Piece,
    measured,
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
_FLAT_TRIANGLE_AMPS: Final = 1e-9  # as in `domain.power`


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
        pieces: Of what devices measured, which the energy is spread from.
        register_steps: Of energy registers, those that are not normal or differ from what is
            expected of their time.
    """

    profile: LoadProfile = field(repr=False)
    rows: Sequence[int]
    microwatt_hours: Integers = field(repr=False)
    measured_ms: Integers = field(repr=False)
    sources: NDArray[np.uint8] | None = field(default=None, repr=False)
    indicative: bool = False
    pieces: tuple[Piece, ...] = field(default=(), repr=False)
    register_steps: tuple[PoleStep, ...] = ()

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
) -> CircuitIntervals:
    """The energy of a circuit version by slot, as if it held all the time.

    Args:
        panel: Gives voltages, default power factor and unmonitored poles.
        version: Any version in service.
        profile: Of the panel.
        devices: What devices measured, of the same time and after it as far as it reaches back.
        registers: What the devices' energy registers showed, as far as that is stored.
        like: Calendar of the profile's slots, for what is expected of a register; None is UTC's.
    """
    poles = panel.monitored(version.poles)
    rows = profile.rows_of(poles)
    if rows is None:
        nothing = np.zeros(profile.slots.count, np.int64)
        intervals = CircuitIntervals(profile, (), nothing, nothing)
    else:
        factor = microwatt_hours_per_milliamp_ms(panel, version)
        if version.connection is Connection.DELTA and len(rows) == version.connection.pole_count:
            energy, joint = _delta(profile, rows, panel, version, factor)
        else:
            amount, joint = _joint(profile, rows)
            energy = _whole(amount * factor)
        intervals = CircuitIntervals(
            profile,
            rows,
            energy,
            joint,
            indicative=bool(profile.poll_ms[rows].max() > _OFTEN_ENOUGH_MS),
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
    by_device = measured([counted.devices.get(pole, ()) for pole in poles])
    if by_device.pieces:
        intervals = _with_pieces(intervals, by_device.pieces, by_device.taken)
    return replace(intervals, pieces=by_device.pieces, register_steps=counted.steps)


def _evidence(
    panel: Panel, version: CircuitVersion, profile: LoadProfile, like: LikeDays | None
) -> Callable[[int, Sequence[DeviceInterval]], PoleEvidence]:
    """What else is known of the energy of a pole's register."""

    def of(pole: int, items: Sequence[DeviceInterval]) -> PoleEvidence:
        calendar = like or LikeDays.of(profile.slots, _UTC, date.max.toordinal())
        factor = microwatt_hours_per_milliamp_ms(panel, version)
        return PoleEvidence.of(profile, calendar, pole, items, factor)

    return of


def microwatt_hours_per_milliamp_ms(panel: Panel, version: CircuitVersion) -> float:
    """The circuit's factor: W per A of the sum of its monitored legs, / 3600 (delta: as wye)."""
    return _factor(
        version.connection,
        panel.service,
        version.power_factor_on(panel),
        max(1, len(panel.monitored(version.poles))),
        len(version.poles),
    )


@lru_cache(maxsize=1024)
def _factor(
    connection: Connection, service: Service, power_factor: Decimal, monitored: int, poles: int
) -> float:
    factor = watts_per_amp(connection, service, power_factor, monitored)
    # A lone pole of a line-line load is one of its legs, and the other is counted by itself.
    factor *= Fraction(poles, connection.pole_count)
    return float(factor / MILLIWATT_MS_PER_MICROWATT_HOUR)


def _whole(amounts: NDArray[np.floating[Any]]) -> Integers:
    """Rounded half up."""
    wholes: Integers = np.floor(amounts + 0.5).astype(np.int64)
    return wholes


def _joint(profile: LoadProfile, rows: Sequence[int]) -> tuple[Integers, Integers]:
    """Sum of the legs' mA x ms over the time that all of them cover, and that time.

    A leg that was covered for longer contributes its mean over the joint time: when in
    the interval it was uncovered is not stored.
    """
    if len(rows) == 1:
        return profile.milliamp_ms[rows[0]], profile.covered_ms[rows[0]]
    covered = profile.covered_ms[rows]
    amounts = over_joint_time(profile.milliamp_ms[rows], covered)
    return amounts.sum(axis=0), covered.min(axis=0)


def over_joint_time(amounts: Integers, covered: Integers) -> Integers:
    """Sums (mA x ms, legs first) over the time that all legs cover: of the longer ones a share."""
    joint = covered.min(axis=0)
    if (covered == joint).all():
        return amounts
    shared: Integers = np.where(
        covered == joint, amounts, amounts * joint // np.maximum(covered, 1)
    )
    return shared


def _delta(
    profile: LoadProfile, rows: list[int], panel: Panel, version: CircuitVersion, as_wye: float
) -> tuple[Integers, Integers]:
    """Delta power is not linear in the currents: it is taken of the interval's mean currents."""
    covered = profile.covered_ms[rows]
    joint = covered.min(axis=0)
    amps = profile.milliamp_ms[rows] / np.maximum(covered, 1) / PER_UNIT
    half = amps.sum(axis=0) / 2
    area = np.sqrt(np.maximum(0.0, half * (half - amps[0]) * (half - amps[1]) * (half - amps[2])))
    squares = (amps * amps).sum(axis=0)
    volt_amps = panel.service.v_ll * np.sqrt(squares / 2 + 2 * sqrt(3) * area)
    watts = volt_amps * float(version.power_factor_on(panel))
    triangle = amps.max(axis=0) <= half + _FLAT_TRIANGLE_AMPS
    per_watt_ms = PER_UNIT / MILLIWATT_MS_PER_MICROWATT_HOUR
    wye = half * 2 * PER_UNIT * joint * as_wye
    return _whole(np.where(triangle, watts * joint * per_watt_ms, wye)), joint


def _with_pieces(
    intervals: CircuitIntervals, pieces: Iterable[Piece], taken: Iterable[int]
) -> CircuitIntervals:
    """The energy with what devices measured in place of what was calculated for that time."""
    slots = intervals.slots
    energy, measured_ms = intervals.microwatt_hours.copy(), intervals.measured_ms.copy()
    gone = [(start - slots.first_ms) // INTERVAL_MS for start in taken]
    gone = [slot for slot in gone if 0 <= slot < slots.count]
    energy[gone] = 0
    measured_ms[gone] = 0
    sources = (measured_ms > 0).astype(np.uint8)
    for piece in pieces:
        for slot, part, share_ms in piece.spread(slots):
            energy[slot] += part
            measured_ms[slot] += share_ms
            sources[slot] = _SOURCES.index(piece.source)
    return CircuitIntervals(
        intervals.profile,
        intervals.rows,
        energy,
        # A piece may reach a little into an interval that was measured by itself.
        np.minimum(measured_ms, INTERVAL_MS),
        sources,
        intervals.indicative and bool((sources == 1).any()),
    )
