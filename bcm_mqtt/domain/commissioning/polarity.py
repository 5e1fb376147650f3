"""Polarity, phase and ratio of a breaker's transformers, by the power of the load switched on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import hypot

from bcm_mqtt.domain.commissioning.result import Result, correction_text
from bcm_mqtt.domain.commissioning.steps import Step
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import in_force
from bcm_mqtt.domain.vee.leg_power import LegLoad, LoadFault, least_amps, load_faults


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
