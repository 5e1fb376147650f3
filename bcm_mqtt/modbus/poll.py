"""One poll of one panel: all its requests, whatever becomes of some of them."""

import asyncio
from dataclasses import dataclass

from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import Clock, whole_ms
from bcm_mqtt.modbus.failure import Failure, ReadError
from bcm_mqtt.modbus.line import Line
from bcm_mqtt.modbus.plan import PanelPlan
from bcm_mqtt.profiles import Quantity


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
    """Reads a panel once; a request that fails costs its own readings only.

    Args:
        line: Of the panel's gateway; this task must be the only one that uses it.
        plan: What to read.
        clock: Gives the time of the poll.
        seq: Its number.
        interval_ms: Poll period, which says how long a reading stands.
    """
    time = whole_ms(clock())
    errors: dict[int, str] = {}
    replies: list[list[int] | None] = []
    answered = False
    for request in plan.requests:
        if plan.delay_s:
            await asyncio.sleep(plan.delay_s)
        try:
            replies.append(await line.read(request))
        except ReadError as error:
            # Of several requests to a unit, the first to fail says why; the others are backed off.
            errors.setdefault(request.unit, str(error))
            answered |= error.failure is Failure.EXCEPTION
            replies.append(None)
            continue
        answered = True
    values = plan.decoding.decoded(replies)
    snapshot = Snapshot(
        plan.panel,
        time,
        seq,
        interval_ms,
        current=values.get(Quantity.CURRENT) or (None,) * plan.pole_count,
        power=values.get(Quantity.POWER),
        energy=values.get(Quantity.ENERGY),
        voltage=values.get(Quantity.VOLTAGE),
        errors=errors,
    )
    return Poll(snapshot, answered)
