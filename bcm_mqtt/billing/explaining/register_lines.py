"""Steps of a circuit's energy registers that are not normal, or differ from what is expected."""

from collections.abc import Iterable, Iterator

from bcm_mqtt.billing.explaining.steps import Step, number
from bcm_mqtt.domain.reading.register_step import RegisterStep, StepKind
from bcm_mqtt.domain.time import from_ms, to_text
from bcm_mqtt.domain.vee.register_energy import PoleStep


def register_lines(steps: Iterable[PoleStep], start_ms: int, end_ms: int) -> Iterator[Step]:
    """Those that have any of start <= t < end."""
    for pole, step in steps:
        if step.start_ms < end_ms and step.end_ms > start_ms:
            times = f"{to_text(from_ms(step.start_ms))} to {to_text(from_ms(step.end_ms))}"
            what = f"pole {pole}: {step.kind.value}, {times}"
            note = _note(step)
            if step.watt_hours is None:
                yield Step(what, note=note)
            else:
                yield Step(what, step.watt_hours, "Wh", _formula(step), note)


def _formula(step: RegisterStep) -> str:
    """How the readings give what counts, where they alone do."""
    rise = f"{number(step.after)} Wh - {number(step.before)} Wh"
    if step.kind in {StepKind.NORMAL, StepKind.GLITCH}:
        return rise
    if step.kind is StepKind.ROLLOVER:
        capacity = step.difference - (step.after - step.before)
        return f"{number(capacity)} Wh + {rise}"
    return ""


def _note(step: RegisterStep) -> str:
    note = f"read {number(step.before)} Wh, then {number(step.after)} Wh"
    if step.level < 0:
        note = "the readings are no longer stored"
    if step.watt_hours is None:
        note += ": the time is not measured"
    if step.expected is not None:
        note += f"; {number(step.expected)} Wh are expected of that time"
    return note
