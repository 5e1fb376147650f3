"""Polarity, phase and ratio of a breaker's transformers, by the power of the load switched on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import hypot

import numpy as np

from bcm_mqtt.domain.commissioning.result import Result, correction_text
from bcm_mqtt.domain.commissioning.steps import Step
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument, in_force
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.vee.legs import Legs
from bcm_mqtt.domain.vee.quality import Flag
from bcm_mqtt.domain.vee.wiring import (
    LoadFault,
    amounts_text,
    least_amps,
    poles_of,
    power_faults,
    voltage_faults,
)


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


def with_polarity(
    results: Sequence[Result],
    steps: Mapping[int, Step],
    directory: Directory,
    version: CircuitVersion,
    at: datetime,
) -> list[Result]:
    """The results with what the power of all their legs says; without power they are as before.

    Args:
        results: Of each leg, which rose itself.
        steps: By pole.
        directory: Of the panel.
        version: The circuit, with the poles that were switched.
        at: When, UTC.
    """
    loads = [load for one in results if one.pole and (load := _load(steps[one.pole]))]
    if len(loads) < len(results):
        return list(results)
    service = directory.panel.service
    volts = service.v_ln or service.v_ll / 3**0.5
    mean = sum(one.amps for one in loads) / len(loads)
    if mean < least_amps(None):
        return list(results)  # idle power supplies have any power factor
    faults = list(load_faults(loads, version.connection, volts, directory.instruments, at))
    return [
        _with(one, load.watts, faults, directory, at)
        for one, load in zip(results, loads, strict=True)
    ]


def _load(step: Step) -> LegLoad | None:
    if step.watts is None:
        return None
    volts = step.volts
    amps = step.amps
    if step.vars is not None and volts:
        # The change of the RMS is less than the load where another one runs beside it.
        amps = hypot(step.watts, step.vars) / volts
    return LegLoad(step.pole, amps, step.watts, step.vars, volts)


def _with(
    result: Result,
    watts: float,
    faults: Sequence[LoadFault],
    directory: Directory,
    at: datetime,
) -> Result:
    values: dict[str, str] = {}
    pole = result.pole or 0
    row = in_force(directory.instruments, pole, at)
    for fault in faults:
        if pole in fault.reversed_poles:
            values["sign"] = str(-(row.sign if row else 1))
        elif pole in fault.shifts:
            values["voltage_shift"] = str(fault.shifts[pole])
    return replace(
        result,
        step_mw=round(watts * PER_UNIT),
        fault="; ".join(f"{one.flag.meaning.title}: {one.detail}" for one in faults),
        correction=correction_text(values),
    )


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
