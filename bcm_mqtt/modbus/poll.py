"""Reading what a plan says of a panel, once."""

from functools import partial
from typing import Any

from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import Clock, whole_ms
from bcm_mqtt.modbus.frames import Failure, ReadError
from bcm_mqtt.modbus.holes import Holes
from bcm_mqtt.modbus.line import Line
from bcm_mqtt.modbus.plan import PanelPlan


async def poll_panel(
    line: Line,
    plan: PanelPlan,
    clock: Clock,
    seq: int,
    interval_ms: int,
    holes: Holes | None = None,
) -> Poll:
    """Reads a panel once; a request that fails costs its own readings only.

    Args:
        line: Of the panel's gateway; this task must be the only one that uses it.
        plan: What to read.
        clock: Gives the time of the poll.
        seq: Its number.
        interval_ms: Poll period, which says how long a reading stands.
        holes: What earlier polls found of the panel's; None where there was none.
    """
    known = holes or Holes(plan.panel)
    time = whole_ms(clock())
    errors: dict[int, str] = {}
    replies: list[list[int | None] | None] = []
    answered = False
    read = partial(line.read_all, delay_s=plan.delay_s) if plan.delay_s else line.read_all
    for request, outcome in zip(
        plan.requests, await known.read_all(plan.requests, read), strict=True
    ):
        if isinstance(outcome, ReadError):
            # Of several requests to a unit, the first to fail says why; the others are backed off.
            errors.setdefault(request.unit, str(outcome))
            answered |= outcome.failure is Failure.EXCEPTION
            replies.append(None)
            continue
        registers, refused = outcome
        replies.append(registers)
        if refused:
            errors.setdefault(request.unit, refused)
        answered = True
    values: dict[str, Any] = {
        str(quantity): of for quantity, of in plan.decoding.decoded(replies).items()
    }
    values.setdefault(Quantity.CURRENT, plan.without_current)
    snapshot = Snapshot(
        *(plan.panel, time, seq, interval_ms),
        **values,
        errors=errors,
        source=plan.source,
        poles=plan.poles,
    )
    return Poll(snapshot, answered)


class PanelReader:
    """Reads a plan over a line again and again, around the holes that were found before."""

    def __init__(self, line: Line, plan: PanelPlan) -> None:
        """Nothing read yet.

        Args:
            line: Of the panel's gateway; only one task uses it.
            plan: What to read.
        """
        self._line = line
        self._plan = plan
        self._holes = Holes(plan.panel)

    async def read(self, clock: Clock, seq: int, interval_ms: int) -> Poll:
        """See `poll_panel`."""
        return await poll_panel(self._line, self._plan, clock, seq, interval_ms, self._holes)
