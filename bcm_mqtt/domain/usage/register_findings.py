"""What validation finds of energy registers: steps that are not normal, and doubtful ones."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.register_power import PowerDifference
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Flags, Slots
from bcm_mqtt.domain.reading.register_step import RegisterStep, StepKind
from bcm_mqtt.domain.time import MS_PER_HOUR
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.domain.vee.quality import Flag, Found

FLAGS: Final = {
    StepKind.UNEXPLAINED: Flag.REGISTER_UNEXPLAINED,
    StepKind.BACKWARDS: Flag.REGISTER_UNEXPLAINED,
    StepKind.UNRESOLVED: Flag.EXCHANGE_UNRESOLVED,
    StepKind.GLITCH: Flag.REGISTER_GLITCH,
    StepKind.ROLLOVER: Flag.REGISTER_ROLLOVER,
    StepKind.SLIP: Flag.REGISTER_SLIP,
    StepKind.RESET: Flag.REGISTER_RESET,
}
"""Of the kinds that are found; an exchange that somebody dated needs no finding."""

_REPLACES: Final = frozenset({EditAction.SET, EditAction.DISCARD})


def register_findings(part: CircuitUsage, edits: Iterable[IntervalEdit] = ()) -> Iterator[Found]:
    """Of the registers of a circuit's time with a customer, one for each pole and flag.

    What was entered by hand or discarded is found no more.
    """
    load = part.load
    span = np.logical_or.reduce([cut.chosen for cut in part.cuts])
    for edit in edits:
        if edit.first_pole == part.owner.circuit.first_pole and edit.action in _REPLACES:
            part_of = Slots.between(edit.start, edit.end).within(load.slots)
            span[max(0, part_of.start) : max(0, part_of.stop)] = False
    alike = defaultdict[tuple[int, Flag], list[RegisterStep]](list)
    first_ms = load.slots.first_ms
    for pole, step in load.intervals.register_steps:
        if not _in(span, first_ms, step):
            continue
        if step.kind in FLAGS:
            alike[pole, FLAGS[step.kind]].append(step)
        if step.expected is not None:
            alike[pole, Flag.REGISTER_DIFFERS].append(step)
    for (pole, flag), steps in alike.items():
        first = (min(step.start_ms for step in steps) - first_ms) // INTERVAL_MS
        last = (max(step.end_ms for step in steps) - 1 - first_ms) // INTERVAL_MS
        within = max(0, first), min(last, load.slots.count - 1)
        yield Found(flag, *within, f"pole {pole}: {_detail(steps, flag)}")

    yield from _against_power(part, span)


def _against_power(part: CircuitUsage, span: Flags) -> Iterator[Found]:
    """Days on which a register and the same meter's power differ, one finding for each pole."""
    first_ms = part.load.slots.first_ms
    by_pole = defaultdict[int, list[tuple[int, PowerDifference]]](list)
    for day in part.load.intervals.against_power:
        slot = (day.start_ms - first_ms) // INTERVAL_MS
        if span[max(0, slot) : max(0, slot + QUARTERS_A_DAY)].any():
            by_pole[day.pole].append((slot, day))
    for pole, days in by_pole.items():
        _, worst = max(days, key=lambda one: abs(one[1].register - one[1].power))
        change = f"{_kwh(worst.register)} kWh where its power comes to {_kwh(worst.power)} kWh"
        yield Found(
            Flag.REGISTER_AGAINST_POWER,
            max(0, days[0][0]),
            min(days[-1][0] + QUARTERS_A_DAY, span.size) - 1,
            f"pole {pole}: {len(days)} days, such as {change}",
        )


def _in(span: Flags, first_ms: int, step: RegisterStep) -> bool:
    """Whether any of a step's time is in the span."""
    first = max(0, (step.start_ms - first_ms) // INTERVAL_MS)
    last = (step.end_ms - 1 - first_ms) // INTERVAL_MS
    return bool(span[first : last + 1].any())


def _detail(steps: list[RegisterStep], flag: Flag) -> str:
    first = steps[0]
    if first.level < 0:
        return f"{len(steps)} falls or jumps of which the readings are no longer stored"
    change = f"from {_kwh(first.before)} to {_kwh(first.after)} kWh"
    if flag is Flag.REGISTER_DIFFERS:
        hours = (first.end_ms - first.start_ms) / MS_PER_HOUR
        change += (
            f" in {hours:.1f} h without a reading, {_kwh(first.expected or 0)} kWh is expected"
        )
    elif first.watt_hours is not None:
        change += f", {_kwh(first.watt_hours)} kWh counted"
    return f"{change} (and {len(steps) - 1} more)" if len(steps) > 1 else change


def _kwh(watt_hours: int) -> str:
    return f"{watt_hours / 1000:.3f}"
