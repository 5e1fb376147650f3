"""Which steps of a register are believed, by what else is known of their time."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, Protocol

from bcm_mqtt.domain.reading.register_step import RegisterLimit, RegisterStep, StepKind
from bcm_mqtt.domain.time import MS_PER_HOUR

LONG_MS: Final = 900_000
"""A step without a reading for longer than this is compared with what is expected of its time."""
DAY_MS: Final = 24 * MS_PER_HOUR
_SLIPS_A_DAY: Final = 3
"""What falls more often runs backwards."""
_AGREES: Final = 0.2
_DIFFERS: Final = 0.5
_DIFFERS_WATT_HOURS: Final = 1_000
_DIFFERS_TIMES: Final = 3
_ENDS: Final = frozenset({StepKind.UNEXPLAINED, StepKind.EXCHANGE, StepKind.UNRESOLVED})
"""Where another register, or another meaning of it, begins."""


class Evidence(Protocol):
    """What else is known of the energy of a time; Wh, None where nothing is."""

    def estimate(self, start_ms: int, end_ms: int) -> float | None:
        """By VEE, as of a gap."""

    def integral(self, start_ms: int, end_ms: int) -> float | None:
        """Of the power or the current of the same meter, where that went on."""


class NoEvidence:
    """Nothing else is known."""

    def estimate(self, start_ms: int, end_ms: int) -> float | None:
        """Nothing."""

    def integral(self, start_ms: int, end_ms: int) -> float | None:
        """Nothing."""


def without_backwards(steps: list[RegisterStep]) -> list[RegisterStep]:
    """What slips again and again runs backwards: nothing of that time counts."""
    slips = [at for at, step in enumerate(steps) if step.kind is StepKind.SLIP]
    for first, last in zip(slips, slips[_SLIPS_A_DAY:], strict=False):
        if steps[last].end_ms - steps[first].end_ms <= DAY_MS:
            for at in range(first, last + 1):
                steps[at] = replace(steps[at], kind=StepKind.BACKWARDS, watt_hours=None)
    return steps


def trusted(
    steps: list[RegisterStep], limit: RegisterLimit, evidence: Evidence
) -> list[RegisterStep]:
    """What follows an unexplained step counts if its first day agrees with what else is known."""
    ends = [at for at, step in enumerate(steps) if step.kind in _ENDS]
    for at, until in pairwise([*ends, len(steps)]):
        if steps[at].kind is not StepKind.UNEXPLAINED:
            continue
        following = steps[at + 1 : until]
        if not _agrees(steps[at].end_ms, following, limit, evidence):
            steps[at + 1 : until] = [
                replace(step, kind=StepKind.UNEXPLAINED, watt_hours=None) for step in following
            ]
    return steps


def _agrees(
    start_ms: int, following: Sequence[RegisterStep], limit: RegisterLimit, evidence: Evidence
) -> bool:
    day: list[RegisterStep] = []
    for step in following:
        day.append(step)
        if step.end_ms - start_ms >= DAY_MS:
            break
    if not day or (end_ms := day[-1].end_ms) - start_ms < LONG_MS:
        return False
    known = evidence.integral(start_ms, end_ms)
    if known is None and (known := evidence.estimate(start_ms, end_ms)) is None:
        return False
    counted = sum(step.watt_hours or 0 for step in day)
    unit = limit.scale.step_at(day[-1].after)
    return abs(counted - known) <= _AGREES * known + unit


def compared(step: RegisterStep, limit: RegisterLimit, evidence: Evidence) -> RegisterStep:
    """A step over a long time without a reading, with what it differs from too much."""
    if step.watt_hours is None or step.end_ms - step.start_ms <= LONG_MS:
        return step
    counted, unit = step.watt_hours, limit.scale.step_at(step.after)
    known = evidence.integral(step.start_ms, step.end_ms)
    if known is not None:
        most, least = max(counted, known), min(counted, known)
        # A load that rises within an hour between two polls differs by times, but by little.
        allowed = _DIFFERS_WATT_HOURS + unit
        differs = most > _DIFFERS_TIMES * least and most - least > allowed
    elif (known := evidence.estimate(step.start_ms, step.end_ms)) is not None:
        allowed = max(_DIFFERS * known, _DIFFERS_WATT_HOURS) + unit
        differs = abs(counted - known) > allowed
    else:
        return step
    return replace(step, expected=round(known)) if differs else step
