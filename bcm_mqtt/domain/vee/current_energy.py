"""Energy from current by 15-minute interval, at nominal or at measured voltage and power factor.

Each interval's energy is rounded once, half up, to uWh: the product of exact sums (mA x ms) with a
binary64 number, the same on every machine (IEEE 754). At nominal values that number is the
circuit's factor. Where companions measured the interval (DOMAIN, "Measured voltage and power
factor") it is made of the means of the interval: V of the leg's phase, between two phases
sqrt(Va^2 + Vb^2 + Va Vb) on wye and Va + Vb on split phase; `3P` is the sum of Vk Ik pf, `3P-D` has
the mean of the three voltages between phases. An angle between phases is taken for the nominal one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntFlag
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from math import sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.load_profile import LoadProfile
from bcm_mqtt.domain.interval.phase_values import Floats, PhaseValues
from bcm_mqtt.domain.interval.slots import Flags, Integers
from bcm_mqtt.domain.reading.power import watts_per_amp
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection, Panel, Service, System
from bcm_mqtt.domain.vee.measured_energy import MILLIWATT_MS_PER_MICROWATT_HOUR

_FLAT_TRIANGLE_AMPS: Final = 1e-9  # as in `domain.power`


class Supply(IntFlag):
    """What of an interval's supply is measured; the rest is nominal or stated."""

    VOLTAGE = 1
    POWER_FACTOR = 2


@dataclass(frozen=True, slots=True)
class CurrentEnergy:
    """Energy of a circuit by slot.

    Attributes:
        microwatt_hours: int64: over the measured time.
        measured_ms: int64: time for which every monitored leg had a reading, 0 to 900,000.
        supply: uint8: bits of `Supply`; None on a panel without companions.
    """

    microwatt_hours: Integers = field(repr=False)
    measured_ms: Integers = field(repr=False)
    supply: NDArray[np.uint8] | None = field(default=None, repr=False)


def current_energy(
    panel: Panel,
    version: CircuitVersion,
    profile: LoadProfile,
    rows: Sequence[int],
    phases: PhaseValues | None = None,
) -> CurrentEnergy:
    """The energy of a circuit version from the currents of its monitored legs.

    Args:
        panel: Gives voltages, default power factor and unmonitored poles.
        version: Any version in service.
        profile: Of the panel.
        rows: Of the monitored legs in the profile, at least one.
        phases: What companions measured by slot of the profile; None without any.
    """
    factor = microwatt_hours_per_milliamp_ms(panel, version)
    nominal: NDArray[np.floating[Any]]
    triangle = None
    if version.connection is Connection.DELTA and len(rows) == version.connection.pole_count:
        triangle = _Triangle.of(profile, rows)
        nominal = triangle.energy(
            float(panel.service.v_ll), float(version.power_factor_on(panel)), triangle.sum * factor
        )
        joint = triangle.joint
    else:
        amount, joint = _joint(profile, rows)
        nominal = amount * factor
    if phases is None:
        return CurrentEnergy(_whole(nominal), joint)
    supplied = _Supplied.of(panel, version, phases, profile.slots.count)
    legs = over_joint_time(profile.milliamp_ms[rows], profile.covered_ms[rows])
    measured = supplied.energy(legs)
    if triangle is not None:
        measured = triangle.energy(supplied.line_line_volts(), supplied.power_factor(), measured)
    return CurrentEnergy(
        _whole(np.where(supplied.codes > 0, measured, nominal)), joint, supplied.codes
    )


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


_PER_WATT_MS: Final = PER_UNIT / MILLIWATT_MS_PER_MICROWATT_HOUR


@dataclass(frozen=True, slots=True)
class _Triangle:
    """Delta power is not linear in the currents: it is taken of the interval's mean currents.

    Attributes:
        joint: Time that all legs cover.
        sum: Of the mean currents, over that time, in mA x ms.
        root: Power over voltage, A.
        closed: Where the three currents form a triangle.
    """

    joint: Integers
    sum: Floats
    root: Floats
    closed: Flags

    @classmethod
    def of(cls, profile: LoadProfile, rows: Sequence[int]) -> "_Triangle":
        covered = profile.covered_ms[rows]
        joint: Integers = covered.min(axis=0)
        amps = profile.milliamp_ms[rows] / np.maximum(covered, 1) / PER_UNIT
        half = amps.sum(axis=0) / 2
        product = half * (half - amps[0]) * (half - amps[1]) * (half - amps[2])
        area = np.sqrt(np.maximum(0.0, product))
        squares = (amps * amps).sum(axis=0)
        return cls(
            joint,
            half * 2 * PER_UNIT * joint,
            np.sqrt(squares / 2 + 2 * sqrt(3) * area),
            amps.max(axis=0) <= half + _FLAT_TRIANGLE_AMPS,
        )

    def energy(self, volts: Floats | float, power_factor: Floats | float, wye: Floats) -> Floats:
        """uWh; `wye` where the currents form no triangle."""
        watts = volts * self.root * power_factor
        energy: Floats = np.where(self.closed, watts * self.joint * _PER_WATT_MS, wye)
        return energy


@dataclass(frozen=True, slots=True)
class _Supplied:
    """The supply of a circuit by leg and slot: measured, else nominal or stated.

    Attributes:
        service: Nominal voltages.
        connection: Of the circuit.
        monitored: Which legs have a transformer.
        volts: Of each leg's phase to neutral.
        power_factors: Of each leg.
        codes: uint8: bits of `Supply` by slot.
    """

    service: Service
    connection: Connection
    monitored: Flags
    volts: Floats
    power_factors: Floats
    codes: NDArray[np.uint8]

    @classmethod
    def of(
        cls, panel: Panel, version: CircuitVersion, phases: PhaseValues, count: int
    ) -> "_Supplied":
        service, connection = panel.service, version.connection
        letters = [panel.phase(pole) for pole in version.poles]
        nominal = (
            service.v_ln if connection.needs_neutral and service.v_ln else service.v_ll / sqrt(3)
        )
        volts, by_volts = _filled(phases.volts, letters, nominal, count)
        # What a circuit states is about itself; a companion sees other loads as well.
        measured = phases.power_factors if version.power_factor is None else {}
        stated = float(version.power_factor_on(panel))
        power_factors, by_factor = _filled(measured, letters, stated, count)
        codes = by_volts * Supply.VOLTAGE + by_factor * Supply.POWER_FACTOR
        monitored = np.array([pole not in panel.unmonitored for pole in version.poles])
        return cls(service, connection, monitored, volts, power_factors, codes.astype(np.uint8))

    def energy(self, legs: Integers) -> Floats:
        """UWh of the monitored legs' mA x ms; a leg without a transformer is their mean."""
        if self.connection is Connection.LINE_LINE:
            # A lone pole of a line-line load is one of its legs.
            share = len(self.monitored) / self.connection.pole_count / len(legs)
            amounts = legs.sum(axis=0) * (self.line_line_volts() * self.power_factor() * share)
        else:
            weights = self.volts * self.power_factors
            others = weights[~self.monitored].sum(axis=0) / len(legs)
            amounts = (legs * (weights[self.monitored] + others)).sum(axis=0)
        energy: Floats = amounts / MILLIWATT_MS_PER_MICROWATT_HOUR
        return energy

    def line_line_volts(self) -> Floats:
        """Between the legs' phases, the mean of all pairs; nominal where none is measured."""
        pairs = [
            one + other
            if self.service.system is System.SPLIT
            else np.sqrt(one**2 + other**2 + one * other)
            for one, other in combinations(self.volts, 2)
        ]
        nominal = np.full(self.codes.size, float(self.service.v_ll))
        if not pairs:
            return nominal
        volts: Floats = np.where(self.codes & Supply.VOLTAGE, np.mean(pairs, axis=0), nominal)
        return volts

    def power_factor(self) -> Floats:
        """Of a load between phases: the mean of its legs'."""
        mean: Floats = self.power_factors.mean(axis=0)
        return mean


def _filled(
    values: Mapping[str, Floats], letters: Sequence[str], default: float, count: int
) -> tuple[Floats, Flags]:
    """A row for each letter, the default where any of them is not measured; and where all are."""
    if not values:
        return np.full((len(letters), count), default), np.zeros(count, np.bool_)
    rows = np.stack([values[letter] for letter in letters])
    known: Flags = np.logical_not(np.isnan(rows).any(axis=0))
    return np.where(known, rows, default), known
