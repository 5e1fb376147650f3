"""One poll of one panel: all its requests, whatever becomes of some of them."""

from dataclasses import dataclass

from bcm_mqtt.domain.instants import Clock, whole_ms
from bcm_mqtt.domain.reading import Snapshot
from bcm_mqtt.modbus.failure import Failure, ReadError
from bcm_mqtt.modbus.line import Line
from bcm_mqtt.modbus.plan import PanelPlan


@dataclass(frozen=True, slots=True)
class Poll:
    """What came of a poll.

    Attributes:
        snapshot: With None for each pole that could not be read.
        answered: Whether any unit answered.
    """

    snapshot: Snapshot
    answered: bool


async def poll_panel(line: Line, plan: PanelPlan, clock: Clock, seq: int, interval_ms: int) -> Poll:
    """Reads a panel once; a unit that fails costs its own readings only.

    Args:
        line: Of the panel's gateway; this task must be the only one that uses it.
        plan: What to read.
        clock: Gives the time of the poll.
        seq: Its number.
        interval_ms: Poll period, which says how long a reading stands.
    """
    time = whole_ms(clock())
    current: list[int | None] = [None] * plan.pole_count
    errors: dict[int, str] = {}
    answered = False
    for request in plan.requests:
        try:
            registers = await line.read(request)
        except ReadError as error:
            errors[request.unit] = str(error)
            answered |= error.failure is Failure.EXCEPTION
            continue
        answered = True
        for pole, count in zip(request.poles, registers, strict=True):
            current[pole - 1] = count * plan.milliamps_per_count
    snapshot = Snapshot(plan.panel, time, seq, interval_ms, tuple(current), errors=errors)
    return Poll(snapshot, answered)
