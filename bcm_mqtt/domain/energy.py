"""Energy of a circuit over a span of time, from the intervals of its poles.

What devices measured comes first: their energy registers, else their power. The rest is
calculated from current.

Every interval contributes an integer; where a span cuts an interval it takes the share
of its time, as a Fraction. So the parts of a cut always add up to the whole, exactly,
wherever a month, a rate or a customer changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from bcm_mqtt.domain.circuit import CircuitVersion
from bcm_mqtt.domain.connection import Connection
from bcm_mqtt.domain.instants import to_ms
from bcm_mqtt.domain.interval import INTERVAL_MS, Interval
from bcm_mqtt.domain.measured_energy import (
    DeviceIntervals,
    EnergySource,
    Measured,
    Piece,
    measured,
)
from bcm_mqtt.domain.panel import Panel
from bcm_mqtt.domain.power import real_power, watts_per_amp

_MILLIWATT_MS_PER_KWH = 3_600_000 * 1_000 * 1_000


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy of one circuit over a span.

    Attributes:
        kwh: Exact sum over the measured time.
        measured_ms: Time for which every monitored leg had a reading.
        span_ms: Length of the span; the rest of it is missing, not zero.
        sources: Where it is from.
        register_events: Falls and jumps of energy registers in the span.
    """

    kwh: Fraction
    measured_ms: Fraction
    span_ms: int
    sources: frozenset[EnergySource] = frozenset()
    register_events: int = 0

    @property
    def missing_ms(self) -> Fraction:
        """Time of the span without a reading."""
        return self.span_ms - self.measured_ms


PoleIntervals = Mapping[int, Sequence[Interval]]
"""Intervals by pole, each sequence by start."""


def circuit_energy(
    panel: Panel,
    version: CircuitVersion,
    intervals: PoleIntervals,
    start: datetime,
    end: datetime,
    devices: DeviceIntervals = MappingProxyType({}),
) -> Energy:
    """Energy of a circuit version from start to end.

    Args:
        panel: Gives voltages, default power factor and unmonitored poles.
        version: Any version in service.
        intervals: At least those of its poles that overlap the span.
        start: UTC, any instant.
        end: UTC, after start.
        devices: What devices measured of them, and after the span as far as it is of it.
    """
    begin_ms, end_ms = to_ms(start), to_ms(end)
    poles = panel.monitored(version.poles)
    by_device = measured([devices.get(pole, ()) for pole in poles]) if devices else Measured()
    legs = [intervals.get(pole, ()) for pole in poles]
    whole, covered = 0, 0
    part, part_covered = Fraction(0), Fraction(0)
    power_factor = version.power_factor_on(panel)
    delta = _DeltaPower(panel, power_factor) if version.connection is Connection.DELTA else None
    for start_ms, group in _joined(legs):
        overlap = min(end_ms, start_ms + INTERVAL_MS) - max(begin_ms, start_ms)
        if overlap <= 0 or start_ms in by_device.taken:
            continue
        joint = min(leg.covered_ms for leg in group)
        amount = delta.milliwatt_ms(group, joint) if delta else _milliamp_ms(group, joint)
        if overlap == INTERVAL_MS:
            whole += amount
            covered += joint
        else:
            share = Fraction(overlap, INTERVAL_MS)
            part += amount * share
            part_covered += joint * share
    factor = Fraction(1)
    if not delta:
        factor = watts_per_amp(version.connection, panel.service, power_factor, max(1, len(legs)))
        # A lone pole of a line-line load is one of its legs, and the other is counted by itself.
        factor *= Fraction(len(version.poles), version.connection.pole_count)
    calculated = Energy(
        kwh=factor * (whole + part) / _MILLIWATT_MS_PER_KWH,
        measured_ms=covered + part_covered,
        span_ms=end_ms - begin_ms,
        sources=frozenset({EnergySource.CURRENT} if covered + part_covered else ()),
    )
    return _with(by_device.pieces, calculated, begin_ms, end_ms)


def _with(pieces: Iterable[Piece], energy: Energy, begin_ms: int, end_ms: int) -> Energy:
    """The energy, and what of the pieces is of its span."""
    milliwatt_ms, measured_ms = Fraction(0), Fraction(energy.measured_ms)
    sources, events = set(energy.sources), 0
    for piece in pieces:
        overlap = min(end_ms, piece.end_ms) - max(begin_ms, piece.start_ms)
        if overlap > 0:
            share = Fraction(overlap, piece.end_ms - piece.start_ms)
            milliwatt_ms += piece.milliwatt_ms * share
            measured_ms += piece.measured_ms * share
            sources.add(piece.source)
            events += piece.register_events
    return Energy(
        kwh=energy.kwh + milliwatt_ms / _MILLIWATT_MS_PER_KWH,
        # A piece may reach a little into an interval that was measured by itself.
        measured_ms=min(measured_ms, Fraction(energy.span_ms)),
        span_ms=energy.span_ms,
        sources=frozenset(sources),
        register_events=events,
    )


def _joined(legs: Sequence[Sequence[Interval]]) -> Iterable[tuple[int, tuple[Interval, ...]]]:
    """Start (ms) and the legs' intervals, where every leg has one."""
    if len(legs) == 1:
        return ((to_ms(interval.start), (interval,)) for interval in legs[0])
    by_start = [{interval.start: interval for interval in leg} for leg in legs]
    return (
        (to_ms(start), (first, *(leg[start] for leg in by_start[1:])))
        for start, first in (by_start[0].items() if by_start else ())
        if all(start in leg for leg in by_start[1:])
    )


def _milliamp_ms(legs: Iterable[Interval], joint_ms: int) -> int:
    """Sum of the legs' mA x ms over the time that all of them cover.

    A leg that was covered for longer contributes its mean over the joint time: when in
    the interval it was uncovered is not kept.
    """
    return sum(
        leg.milliamp_ms
        if leg.covered_ms == joint_ms
        else leg.milliamp_ms * joint_ms // leg.covered_ms
        for leg in legs
    )


@dataclass(frozen=True, slots=True)
class _DeltaPower:
    """Delta power is not linear in the currents: it is taken of the interval's mean currents."""

    panel: Panel
    power_factor: Decimal

    def milliwatt_ms(self, legs: Iterable[Interval], joint_ms: int) -> int:
        amps = [leg.milliamp_ms / leg.covered_ms / 1000 for leg in legs]
        power = real_power(Connection.DELTA, self.panel.service, self.power_factor, amps)
        return round((power.watts or 0) * 1000) * joint_ms
