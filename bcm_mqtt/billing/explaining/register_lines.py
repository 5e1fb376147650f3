"""Steps of a circuit's energy registers that are not normal, or differ from what is expected."""

from collections.abc import Iterable, Iterator

from bcm_mqtt.billing.explaining.steps import Step
from bcm_mqtt.domain.reading.register_step import RegisterStep, StepKind
from bcm_mqtt.domain.time import from_ms, to_text
from bcm_mqtt.domain.vee.register_energy import PoleStep
from bcm_mqtt.languages import _, number, translated


def register_lines(steps: Iterable[PoleStep], start_ms: int, end_ms: int) -> Iterator[Step]:
    """Those that have any of start <= t < end."""
    for pole, step in steps:
        if step.start_ms < end_ms and step.end_ms > start_ms:
            what = _(
                "pole %(pole)s: %(kind)s, %(start)s to %(end)s",
                pole=pole,
                kind=translated(step.kind.value),
                start=to_text(from_ms(step.start_ms)),
                end=to_text(from_ms(step.end_ms)),
            )
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
    note = _(
        "read %(before)s Wh, then %(after)s Wh",
        before=number(step.before),
        after=number(step.after),
    )
    if step.level < 0:
        note = _("the readings are no longer stored")
    if step.watt_hours is None:
        note = _("%(what)s: the time is not measured", what=note)
    if step.expected is not None:
        expected = number(step.expected)
        note = _("%(what)s; %(energy)s Wh are expected of that time", what=note, energy=expected)
    return note
