"""Wiring faults: what currents, powers and voltages of a circuit's legs say about each other.

A circuit is judged by the sum of its legs over local days, because a leg alone says little:
those of a healthy line-to-line load have power factors of cos(phi + 30) and cos(phi - 30
degrees). Power is judged where the mean current of a leg is at least 1 A and 5 % of the rating;
below that, idle power supplies have any power factor.

Source: DOMAIN, "VEE"; the phasor relations are those of IEEE 1459, 3.2.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Flags, Integers
from bcm_mqtt.domain.reading.power import legs_differ
from bcm_mqtt.domain.site.instrument import in_force
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import from_ms
from bcm_mqtt.domain.vee.legs import Amounts, DailyLegs, Legs, mean_of
from bcm_mqtt.domain.vee.quality import Flag, Found

_LEAST_AMPS: Final = 1.0
_LEAST_SHARE: Final = 0.05
_MISSING_BELOW: Final = 0.55
_POOR, _GOOD = 0.5, 0.8
"""A power factor that no common load has, and one that most have."""
_TURN: Final = np.exp(1j * np.pi * 2 / 3)
_OFF_NOMINAL: Final = 0.2
"""Voltage further from nominal is another voltage than the service's (ANSI C84.1 allows 6 %)."""
_NEUTRAL: Final = {Connection.LINE_NEUTRAL, Connection.TWO_LINE_NEUTRAL, Connection.WYE}
_HOUR_SLOTS: Final = 4
_REVERSED_WATTS: Final = 10.0
_REVERSED_SHARE: Final = 0.01
_LOAD_AMPS: Final = 0.5

_DayFault = tuple[int, Flag, str]
"""Number of the day, flag, figures."""


@dataclass(frozen=True, slots=True)
class LoadFault:
    """What the power of a load says about its wiring.

    Attributes:
        flag: What is wrong.
        detail: Its figures.
        reversed_poles: Whose transformer has the opposite sign.
        shifts: The voltage shift, degrees, that meters.csv should have, by pole.
    """

    flag: Flag
    detail: str
    reversed_poles: tuple[int, ...] = ()
    shifts: Mapping[int, int] = field(default_factory=dict)


def wiring_faults(legs: Legs, span: Flags, days: Integers, *, assigned: bool) -> Iterator[Found]:
    """What is wrong with a circuit's wiring, or with the directory about it.

    Args:
        legs: Of the circuit.
        span: bool, by slot: which are the circuit's and measured.
        days: int64, by slot: the local day, ascending.
        assigned: Whether somebody pays for the circuit.
    """
    daily = DailyLegs.of(legs, span, days)
    yield from _reversed(legs, span)
    yield from _runs(daily, _power_faults(legs, daily))
    if not assigned:
        yield from _runs(daily, _load_without_owner(daily))


def _power_faults(legs: Legs, daily: DailyLegs) -> Iterator[_DayFault]:
    for day in range(daily.count):
        amps = daily.amps[:, day]
        if daily.measured[day] and daily.volts is not None:
            for fault in voltage_faults(legs, daily.volts[:, day]):
                yield day, fault.flag, fault.detail
        if not daily.measured[day] or amps.mean() < least_amps(legs.rating_amps):
            continue
        yield from _currents(legs, day, amps, triangle=bool(daily.triangle[day]))
        if daily.watts is not None and daily.powered[day]:
            volts = legs.nominal_volts if daily.volts is None else daily.volts[:, day]
            vars_ = None if daily.vars is None else daily.vars[:, day]
            begins = from_ms(legs.slots.first_ms + int(daily.first[day]) * INTERVAL_MS)
            yield from _powers(legs, day, begins, amps * volts, daily.watts[:, day], vars_)


def _currents(legs: Legs, day: int, amps: Amounts, *, triangle: bool) -> Iterator[_DayFault]:
    if not legs.whole:
        return
    if legs.connection is Connection.LINE_LINE and legs_differ(*amps.tolist()):
        yield day, Flag.LEGS_DIFFER, f"{amounts_text(amps, 'A', 1)} on poles {poles_of(legs)}"
    if legs.connection is Connection.DELTA and not triangle:
        yield day, Flag.NO_TRIANGLE, f"{amounts_text(amps, 'A', 1)} on poles {poles_of(legs)}"


def _powers(
    legs: Legs,
    day: int,
    begins: datetime,
    volt_amps: Amounts,
    watts: Amounts,
    vars_: Amounts | None,
) -> Iterator[_DayFault]:
    for fault in power_faults(legs, begins, volt_amps, watts, vars_):
        yield day, fault.flag, fault.detail


def _reversed(legs: Legs, span: Flags) -> Iterator[Found]:
    """Hours of negative power, by the sum of the legs."""
    if legs.milliwatt_ms is None or legs.power_ms is None:
        return
    whole = (legs.power_ms.min(axis=0) > 0) & span
    watts = np.where(whole, mean_of(legs.milliwatt_ms, legs.power_ms).sum(axis=0), 0.0)
    rated = (legs.rating_amps or 0) * legs.nominal_volts * len(legs.poles)
    limit = -max(_REVERSED_WATTS, _REVERSED_SHARE * rated)
    sums = np.concatenate(([0.0], np.cumsum(watts)))
    count = np.concatenate(([0], np.cumsum(whole)))
    hours = sums[_HOUR_SLOTS:] - sums[:-_HOUR_SLOTS]
    full = count[_HOUR_SLOTS:] - count[:-_HOUR_SLOTS] == _HOUR_SLOTS
    begins = np.flatnonzero(full & (hours < limit * _HOUR_SLOTS))
    if not begins.size:
        return
    negative = np.zeros(legs.slots.count, np.bool_)
    for offset in range(_HOUR_SLOTS):
        negative[begins + offset] = True
    energy = watts[negative].sum() * INTERVAL_MS / 3.6e9
    first, last = (int(np.flatnonzero(negative)[at]) for at in (0, -1))
    yield Found(
        Flag.REVERSED,
        first,
        last,
        f"{energy:,.1f} kWh in {negative.sum() / _HOUR_SLOTS:g} h, down to {watts.min():,.0f} W",
    )


def _load_without_owner(daily: DailyLegs) -> Iterator[_DayFault]:
    for day in range(daily.count):
        amps = daily.amps[:, day].max(initial=0.0)
        if daily.measured[day] and amps >= _LOAD_AMPS:
            yield day, Flag.UNASSIGNED_LOAD, f"{amps:.1f} A on average"


def _runs(daily: DailyLegs, faults: Iterator[_DayFault]) -> Iterator[Found]:
    """A fault for each run of days that have it, with the figures of the first day."""
    by_flag: dict[Flag, list[tuple[int, str]]] = {}
    for day, flag, detail in faults:
        by_flag.setdefault(flag, []).append((day, detail))
    for flag, found in by_flag.items():
        begun = 0
        for at in range(1, len(found) + 1):
            if at == len(found) or found[at][0] != found[at - 1][0] + 1:
                yield _run(daily, flag, found[begun:at])
                begun = at


def _run(daily: DailyLegs, flag: Flag, found: Sequence[tuple[int, str]]) -> Found:
    (first, detail), (last, _) = found[0], found[-1]
    days = "1 day" if len(found) == 1 else f"{len(found)} days"
    return Found(flag, int(daily.first[first]), int(daily.until[last]) - 1, f"{days}: {detail}")


def least_amps(rating_amps: int | None) -> float:
    """Mean current of a leg, A, from which on its power is judged."""
    return max(_LEAST_AMPS, _LEAST_SHARE * (rating_amps or 0))


def voltage_faults(legs: Legs, volts: Amounts) -> Iterator[LoadFault]:
    """Voltages of the legs, V, that are not the service's."""
    far = np.abs(volts / legs.nominal_volts - 1) > _OFF_NOMINAL
    if (far & (volts > 0)).any():
        nominal = f"nominal {legs.nominal_volts:.0f} V"
        figures = f"{amounts_text(volts, 'V', 0)} on poles {poles_of(legs)}, {nominal}"
        yield LoadFault(Flag.WRONG_VOLTAGE, figures)


def power_faults(
    legs: Legs, begins: datetime, volt_amps: Amounts, watts: Amounts, vars_: Amounts | None
) -> Iterator[LoadFault]:
    """What the power factor of all legs together says.

    Args:
        legs: Their poles, connection and instruments.
        begins: When it was measured, UTC.
        volt_amps: Apparent power of each leg.
        watts: Real power of each leg.
        vars_: Reactive power of each leg; None where it is not measured.
    """
    # Two legs of one load between lines share v_ll, which is less than twice v_ln.
    apparent = volt_amps.sum() * (3**0.5 / 2 if legs.connection is Connection.LINE_LINE else 1)
    factor = watts.sum() / apparent
    if factor < -_GOOD:
        return  # all legs are reversed, which is judged by the hour
    figures = f"power factor {factor:.2f}, {amounts_text(watts, 'W', 0)} on poles {poles_of(legs)}"
    poor = factor < _POOR
    wrong = _reversed_leg(apparent, watts) if poor and len(watts) > 1 else None
    shifts = None
    if poor and vars_ is not None:
        shifts = _turned(legs, begins, volt_amps, watts + 1j * vars_)
    if wrong is not None:
        pole = legs.poles[wrong]
        detail = f"pole {pole} the other way round: {figures}"
        yield LoadFault(Flag.LEG_REVERSED, detail, (pole,))
    elif shifts is not None:
        listed = ", ".join(f"{shift} on pole {pole}" for pole, shift in shifts.items())
        detail = f"voltage_shift {listed}: {figures}"
        yield LoadFault(Flag.PHASES_SWAPPED, detail, shifts=shifts)
    elif legs.connection in _NEUTRAL and abs(factor) < _MISSING_BELOW:
        yield LoadFault(Flag.ENERGY_MISSING, figures)
    elif abs(factor) < _POOR:
        yield LoadFault(Flag.LOW_POWER_FACTOR, figures)


def _reversed_leg(apparent: float, watts: Amounts) -> int | None:
    """The leg whose opposite sign would make the power factor a good one."""
    lifted = (watts.sum() - 2 * watts) / apparent
    best = int(lifted.argmax())
    return best if lifted[best] > _GOOD and watts[best] < 0 else None


def _turned(
    legs: Legs, begins: datetime, volt_amps: Amounts, phasors: NDArray[np.complex128]
) -> dict[int, int] | None:
    """The voltage shifts by which the power of all legs is good; None where none is.

    Where meters.csv has a shift that is not right, its sum with what is missing is named.
    """
    every = product((0, 1, -1), repeat=len(phasors))
    for turns in sorted(every, key=lambda one: sum(map(bool, one))):
        real = (phasors * _TURN ** np.array(turns)).real
        if any(turns) and (real > _GOOD * volt_amps).all():
            return {
                pole: (_shift(legs, pole, begins) + 120 * turn) % 360
                for pole, turn in zip(legs.poles, turns, strict=True)
                if turn
            }
    return None


def _shift(legs: Legs, pole: int, at: datetime) -> int:
    row = in_force(legs.instruments, pole, at)
    return row.voltage_shift if row else 0


def amounts_text(values: NDArray[Any], unit: str, digits: int) -> str:
    """Amounts with their unit."""
    return ", ".join(f"{value:,.{digits}f} {unit}" for value in values.tolist())


def poles_of(legs: Legs) -> str:
    """The poles of the legs, in their order."""
    return ", ".join(map(str, legs.poles))
