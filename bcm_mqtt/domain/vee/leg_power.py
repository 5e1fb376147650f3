"""Wiring faults that the power of a circuit's legs shows: reversed, other phase, other voltage.

A leg alone says little: those of a healthy line-to-line load have power factors of cos(phi + 30)
and cos(phi - 30 degrees), so that the sum of the legs is judged.

Source: the phasor relations are those of IEEE 1459, 3.2.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.site.instrument import Instrument, in_force
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.domain.vee.legs import Amounts, Legs

_LEAST_AMPS: Final = 1.0
_LEAST_SHARE: Final = 0.05
_MISSING_BELOW: Final = 0.55
_POOR, _GOOD = 0.5, 0.8
"""A power factor that no common load has, and one that most have."""
_TURN: Final = np.exp(1j * np.pi * 2 / 3)
_OFF_NOMINAL: Final = 0.2
"""Voltage further from nominal is another voltage than the service's (ANSI C84.1 allows 6 %)."""
_NEUTRAL: Final = {Connection.LINE_NEUTRAL, Connection.TWO_LINE_NEUTRAL, Connection.WYE}


@dataclass(frozen=True, slots=True)
class LegLoad:
    """What one load draws through a leg, as its meter has it after meters.csv.

    Attributes:
        pole: Of the leg.
        amps: RMS.
        watts: Real power.
        vars: Reactive power; None where the meter does not measure it.
        volts: To neutral; None where the meter does not measure it.
    """

    pole: int
    amps: float
    watts: float
    vars: float | None = None
    volts: float | None = None


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


def least_amps(rating_amps: int | None) -> float:
    """Mean current of a leg, A, from which on its power is judged."""
    return max(_LEAST_AMPS, _LEAST_SHARE * (rating_amps or 0))


def load_faults(
    loads: Sequence[LegLoad],
    connection: Connection,
    nominal_volts: float,
    instruments: Sequence[Instrument],
    at: datetime,
) -> Iterator[LoadFault]:
    """What is wrong with the wiring of a circuit, by the power of one load that was switched.

    Args:
        loads: Of all its monitored legs, at least one.
        connection: Of the circuit.
        nominal_volts: Each leg's to neutral, for legs whose voltage is not measured.
        instruments: Rows of the panel's meters.csv, after which the loads are.
        at: When it was measured, UTC.
    """
    none = np.zeros((len(loads), 0), np.int64)
    poles = tuple(one.pole for one in loads)
    legs = Legs(
        poles, connection, nominal_volts, None, Slots(0, 0), none, none, instruments=instruments
    )
    volts = np.array([nominal_volts if one.volts is None else one.volts for one in loads])
    watts = np.array([one.watts for one in loads])
    measured = [one.vars for one in loads if one.vars is not None]
    vars_ = np.array(measured) if len(measured) == len(loads) else None
    yield from voltage_faults(legs, volts)
    volt_amps = np.array([one.amps for one in loads]) * volts
    faults = list(power_faults(legs, at, volt_amps, watts, vars_))
    against = tuple(one.pole for one in loads if one.watts < 0)
    turned = any(fault.shifts for fault in faults)
    if watts.sum() < 0 and against == poles and not turned:
        figures = f"{amounts_text(watts, 'W', 0)} on poles {poles_of(legs)}"
        faults = [LoadFault(Flag.REVERSED, figures, against)]
    yield from faults


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
    """Amounts with their unit."""
    return ", ".join(map(str, legs.poles))
