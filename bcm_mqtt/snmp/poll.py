"""Reading what a plan says of an agent, again and again."""

import logging
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import Clock, whole_ms
from bcm_mqtt.errors import runs_text
from bcm_mqtt.snmp.failures import AgentError, Failure
from bcm_mqtt.snmp.line import AgentLine
from bcm_mqtt.snmp.pdu import REFUSED, TOO_BIG, Kind, Reply, Request
from bcm_mqtt.snmp.plan import UPTIME, AgentPlan, gets, with_uptime

_LOG: Final = logging.getLogger(__name__)
_LARGEST_DIGITS: Final = 9
_TICKS: Final = 2**32
_ABOUT_TO_WRAP: Final = _TICKS - 100 * 3600 * 24
"""Of sysUpTime, a day before it begins again from 0 on its own, after 497 days."""
_Values = dict[bytes, int | bytes | None]

_ENOUGH: Final = 4
"""Names that are refused one by one, before any is answered: then all of them would be."""


@dataclass(slots=True)
class _Refused:
    """What an agent has answered with an error during a poll.

    Attributes:
        answered: Whether anything was answered without.
        bulk: Whether a GETBULK was not.
        together: Names of each GET of several that was not.
        alone: Names of each GET of one.
        reason: Of the last of those, for people.
    """

    answered: bool = False
    bulk: bool = False
    together: list[tuple[bytes, ...]] = field(default_factory=list)
    alone: set[bytes] = field(default_factory=set)
    reason: str = ""

    def note(self, name: bytes, reply: Reply) -> None:
        """One name is refused."""
        self.alone.add(name)
        self.reason = reply.reason


class AgentReader:
    """Reads a plan over a line; knows what the agent can do at once, and when it started."""

    def __init__(self, line: AgentLine, plan: AgentPlan) -> None:
        """Nothing read yet.

        Args:
            line: To the agent; this task must be the only one that uses it.
            plan: What to read.
        """
        self._line, self._plan = line, plan
        self._able = line.abilities
        self._changes = self._able.changes - 1
        self._requests: tuple[Request, ...] = ()
        self._uptime: int | None = None
        self._digits: dict[bytes, int] = {}

    async def read(self, clock: Clock, seq: int, interval_ms: int) -> Poll:
        """Reads once; a request that fails ends the poll with what came before.

        Args:
            clock: Gives the time of the poll.
            seq: Its number.
            interval_ms: Poll period, which says how long a reading stands.
        """
        time = whole_ms(clock())
        values: _Values = {}
        answered, error = False, ""
        try:
            refused = await self._read_all(values)
            answered = True
            error = self._missing(values, refused)
        except AgentError as failed:
            answered = bool(values) or failed.failure is Failure.REFUSED
            error = str(failed)
        snapshot = Snapshot(
            *(self._plan.panel, time, seq, interval_ms),
            **self._decoded(values),
            errors={0: error} if error else {},
            source=self._plan.source,
            poles=self._plan.poles,
        )
        return Poll(snapshot, answered)

    async def _read_all(self, values: _Values) -> "_Refused":
        able, refused = self._able, _Refused()
        able.count_poll()
        if self._changes != able.changes:
            self._changes = able.changes
            self._requests = self._plan.requests(
                self._limit, has_bulk=able.has_bulk, alone=able.alone
            )
        if missing := [name for name in self._plan.digits if name not in self._digits]:
            await self._read_digits(missing, refused)
        requests = deque(self._requests)
        while requests:
            request, reply = await self._next(requests, refused)
            values.update(reply.values)
            self._note_start(reply)
            if reply.is_short_of(request):
                rest = [name for name in request.expected if name not in reply.values]
                able.lower(len(request.expected) - len(rest))
                requests.extendleft(gets(rest, self._limit))
        if missing := [name for name in self._plan.digits if name not in self._digits]:
            await self._read_digits(missing, refused)
        able.learn(has_bulk=not refused.bulk, alone=refused.alone, refused=refused.together)
        return refused

    async def _read_digits(self, names: list[bytes], refused: "_Refused") -> None:
        waiting = deque(gets(names, self._limit))
        while waiting:
            _, reply = await self._next(waiting, refused)
            for name, value in reply.values.items():
                if isinstance(value, int) and 0 <= value <= _LARGEST_DIGITS:
                    self._digits[name] = value

    @property
    def _limit(self) -> int:
        return self._able.limit(self._plan.limit)

    async def _next(self, waiting: deque[Request], refused: "_Refused") -> tuple[Request, Reply]:
        """The next request that is answered, and the reply; after an error with fewer values."""
        while True:
            request = waiting.popleft()
            reply = await self._line.read(request)
            names = request.names if request.kind is Kind.GET else request.expected
            if not reply.error:
                refused.answered = True
                return request, reply
            if reply.error == TOO_BIG and len(names) > 1:
                self._able.lower(min(len(names) // 2, max(1, self._limit - 1)))
                waiting.extendleft(gets(names, self._limit))
            elif reply.error not in REFUSED:
                self._check(reply)
            elif request.kind is Kind.GET_BULK:
                refused.bulk = True
                named = tuple(gets(names, self._limit))
                waiting.extendleft(with_uptime(named) if request.single else named)
            elif len(names) > 1:
                refused.together.append(names)
                waiting.extendleft(gets(names, -(-len(names) // 2)))
            else:
                refused.note(names[0], reply)
                if not refused.answered and len(refused.alone) >= _ENOUGH:
                    self._check(reply)
                return request, Reply(0, 0, {names[0]: None}, 1)

    def _check(self, reply: Reply) -> None:
        if reply.error:
            message = f"agent {self._line.agent} answers with {reply.reason}"
            raise AgentError(Failure.REFUSED, message)

    def _note_start(self, reply: Reply) -> None:
        """What an agent said before it started again is read again."""
        uptime = reply.values.get(UPTIME)
        if not isinstance(uptime, int):
            return
        before, self._uptime = self._uptime, uptime
        if before is not None and uptime < before < _ABOUT_TO_WRAP:
            self._digits.clear()
            self._able.forget()
            extra = {"gateway": self._line.name}
            _LOG.warning("gateway %s: the agent has started again", self._line.name, extra=extra)

    def _missing(self, values: _Values, refused: "_Refused") -> str:
        """What the agent does not have, for people; or ""."""
        of_quantity: dict[Quantity, list[int]] = {}
        for value in self._plan.values:
            if values.get(value.name) is None or (
                value.digits and value.digits not in self._digits
            ):
                of_quantity.setdefault(value.quantity, []).append(value.number)
        if not of_quantity:
            return ""
        by_numbers: dict[str, list[str]] = {}
        for quantity, numbers in of_quantity.items():
            by_numbers.setdefault(runs_text(sorted(numbers)), []).append(quantity.label)
        has_not = "; ".join(
            f"no {' or '.join(quantities)} of {self._plan.table} {numbers}"
            for numbers, quantities in by_numbers.items()
        )
        why = f": it answers with {refused.reason}" if refused.alone else ""
        return f"agent {self._line.agent} has {has_not}{why}"

    def _decoded(self, values: _Values) -> dict[str, Any]:
        plan, digits = self._plan, self._digits
        columns: dict[str, list[int | None]] = {
            quantity.value: [None] * plan.pole_count for quantity in plan.quantities
        }
        for value in plan.values:
            count = values.get(value.name)
            if not isinstance(count, int):
                continue
            places = digits.get(value.digits) if value.digits else 0
            if places is not None:
                columns[value.quantity][value.pole - 1] = value.thousandths(count, places)
        decoded: dict[str, Any] = {name: tuple(of) for name, of in columns.items()}
        decoded.setdefault(Quantity.CURRENT.value, plan.without_current)
        return decoded
