"""Power from current at nominal voltage: the table in DOMAIN, one function per kind.

All connections but delta are linear in the currents, so their energy needs only the
sum of ampere-time: `watts_per_amp` gives that factor exactly, as a Fraction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import sqrt

from bcm_mqtt.domain.site.panel import Connection, Service, why_not

_SQRT3 = Fraction(Decimal(3).sqrt())  # 28 digits: the error is 1e-28, money is 1e-2
_IMBALANCE_AMPS = 0.5
_IMBALANCE_SHARE = 0.05
_ROUNDING = 1e-9  # more than binary floats err, less than any meter resolves


class PowerFlag(StrEnum):
    """What a reader should know about a calculated power."""

    LEGS_DIFFER = "legs_differ"
    """The legs of a line-line load differ: some current returns through a neutral."""
    NOT_A_TRIANGLE = "not_a_triangle"
    """Delta currents that cannot close: calculated as wye."""
    LEG_UNMONITORED = "leg_unmonitored"
    """A leg has no transformer and was taken as the mean of the others."""


@dataclass(frozen=True, slots=True)
class Power:
    """A circuit's real power.

    Attributes:
        watts: Real power in W, or None when a monitored leg's reading is missing.
        flags: What to know about it.
    """

    watts: float | None
    flags: frozenset[PowerFlag] = frozenset()


def watts_per_amp(
    connection: Connection, service: Service, power_factor: Decimal, monitored: int
) -> Fraction:
    """W per A of the sum of the monitored legs' currents (delta: as if wye).

    A leg without a transformer counts as the mean of the others, which only scales
    the factor: n legs of which m are monitored give n/m.

    Args:
        connection: Any connection but NONE.
        service: Nominal voltages.
        power_factor: 0 < pf <= 1.
        monitored: Legs with a transformer, 1 to the connection's pole count.

    Raises:
        ValueError: the service cannot feed the connection.
    """
    if reason := why_not(connection, service):
        raise ValueError(reason)
    if connection is Connection.LINE_LINE:
        volts = Fraction(service.v_ll, 2)  # v_ll times the mean of two legs
    elif connection.needs_neutral:
        volts = Fraction(service.v_ln or 0)
    else:
        volts = service.v_ll / _SQRT3
    return volts * Fraction(power_factor) * connection.pole_count / monitored


@lru_cache(maxsize=1024)
def rated_watts(connection: Connection, service: Service, rating_amps: int) -> float:
    """What a breaker carries at its rating in all legs, nominal voltage and power factor 1, W.

    Raises:
        ValueError: the service cannot feed the connection.
    """
    legs = connection.pole_count
    return float(watts_per_amp(connection, service, Decimal(1), legs) * legs * rating_amps)


def real_power(
    connection: Connection,
    service: Service,
    power_factor: Decimal,
    legs: Sequence[float | None],
) -> Power:
    """Real power of a circuit from the currents of its monitored legs.

    Args:
        connection: Any connection but NONE.
        service: Nominal voltages.
        power_factor: 0 < pf <= 1.
        legs: Amps of each monitored leg, None for a reading that is missing.

    Returns:
        Watts None when `legs` is empty or any leg is missing: missing is never 0.
    """
    amps = [leg for leg in legs if leg is not None]
    if not amps or len(amps) < len(legs):
        return Power(None)
    if len(amps) < connection.pole_count:
        factor = watts_per_amp(connection, service, power_factor, len(amps))
        return Power(float(factor) * sum(amps), frozenset({PowerFlag.LEG_UNMONITORED}))
    if connection is Connection.DELTA and (area := _heron(*amps)) is not None:
        squares = sum(a * a for a in amps)
        volt_amps = service.v_ll * sqrt(squares / 2 + 2 * sqrt(3) * area)
        return Power(volt_amps * float(power_factor))
    flags = set[PowerFlag]()
    if connection is Connection.DELTA:
        flags.add(PowerFlag.NOT_A_TRIANGLE)
    if connection is Connection.LINE_LINE and legs_differ(*amps):
        flags.add(PowerFlag.LEGS_DIFFER)
    factor = watts_per_amp(connection, service, power_factor, len(amps))
    return Power(float(factor) * sum(amps), frozenset(flags))


def legs_differ(one: float, other: float) -> bool:
    """Whether the currents (A) of a line-line load's legs differ by more than 0.5 A and 5 %."""
    limit = max(_IMBALANCE_AMPS, _IMBALANCE_SHARE * max(one, other))
    return abs(one - other) > limit + _ROUNDING


def _heron(a: float, b: float, c: float) -> float | None:
    """Area of the triangle with these sides, or None when they form none."""
    half = (a + b + c) / 2
    if max(a, b, c) > half + _ROUNDING:  # 0.4, 0.3 and 0.1 A do form a flat one
        return None
    return sqrt(max(0.0, half * (half - a) * (half - b) * (half - c)))
