"""A line: one connection to a gateway or serial port, owned by one task, and polls of its panels.

One request is under way at a time. There are no automatic retries and no automatic reconnecting:
every reply is checked against its request (see connection), and the connection is dropped after
any silence, which throws a late reply away with it. A new one is opened by the next read.
"""

import asyncio
import logging
import termios
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import Clock, whole_ms
from bcm_mqtt.modbus.connection import Connection
from bcm_mqtt.modbus.frames import Failure, ReadError
from bcm_mqtt.modbus.holes import Holes
from bcm_mqtt.modbus.link import Link
from bcm_mqtt.modbus.plan import PanelPlan, ReadRequest
from bcm_mqtt.modbus.units import Unit, UnitHealth, Units

_LOG = logging.getLogger(__name__)
_FIRST_DELAY = 0.25
_CONNECT_CAP = 1.0


@dataclass(frozen=True, slots=True)
class LineHealth:
    """Health of a gateway or serial port.

    Attributes:
        connected: Whether it has accepted a connection that still stands.
        connections: Opened since the start.
        failures: Connections refused or lost since the start.
        answered_ago_s: Since the last answer of any unit; None before the first.
        last_error: Of the last connection refused or lost, or "".
        units: Health of every unit that ever got a request, by id.
    """

    connected: bool
    connections: int
    failures: int
    answered_ago_s: float | None
    last_error: str
    units: tuple[UnitHealth, ...]


@dataclass(slots=True)
class _Backoff:
    """When something that failed may be tried again (seconds of the event loop's clock)."""

    failures: int = 0
    until: float = 0.0

    def failed(self, now: float, cap: float, jitter: float) -> None:
        """Doubles the pause, up to the cap; jitter (0..1) prevents many from trying at once."""
        pause = min(cap, _FIRST_DELAY * 2**self.failures)
        self.failures = min(self.failures + 1, 16)
        self.until = now + pause * (0.5 + jitter / 2)


class Line:
    """The connection to a gateway, or a serial port."""

    def __init__(self, name: str, link: Link, timeout: float, random: Callable[[], float]) -> None:
        """Connects at the first read, not here.

        Args:
            name: Gateway id, for messages.
            link: Where it is, and how frames are delimited.
            timeout: Seconds to wait for a connection and for each reply.
            random: Gives 0..1, for the jitter of reconnecting.
        """
        self.name = name
        self._link = link
        self._timeout = timeout
        self._gap = link.gap_s
        self._random = random
        self._connect = _Backoff()
        self._units = Units()
        self._connections = self._failures = 0
        self._complained = self._proven = False
        self._last_error = ""
        self._quiet_since = 0.0
        self._frames = link.frames()
        self._connection: Connection | None = None

    @property
    def connected(self) -> bool:
        """Whether the gateway has accepted a connection that still stands."""
        return self._connection is not None and self._connection.is_open

    @property
    def reachable(self) -> bool:
        """Whether the last attempt to connect and to get an answer did not fail.

        Unlike `connected`, it stays as it is when a silent unit costs the connection.
        """
        return not self._connect.failures

    def silent_units(self) -> list[int]:
        """Ids of the units that did not answer their last request."""
        return self._units.silent()

    def health(self) -> LineHealth:
        """Health of the line and its units now."""
        units = self._units.health(asyncio.get_running_loop().time())
        ages = [unit.answered_ago_s for unit in units if unit.answered_ago_s is not None]
        return LineHealth(
            connected=self.connected,
            connections=self._connections,
            failures=self._failures,
            answered_ago_s=min(ages, default=None),
            last_error=self._last_error,
            units=units,
        )

    async def read(self, request: ReadRequest) -> list[int]:
        """The registers of one request (uint16 each).

        Raises:
            ReadError: there is no value, and why.
        """
        loop = asyncio.get_running_loop()
        unit = self._units[request.unit]
        if unit.silent and not self._units.may_ask(unit, loop.time()):
            raise ReadError(Failure.BACKED_OFF, "backed off: it did not answer before")
        connection = self._connection
        if connection is None or not connection.is_open:
            connection = self._connection = await self._open()
        begun = loop.time()
        if begun < self._quiet_since + self._gap:
            await asyncio.sleep(self._quiet_since + self._gap - begun)
        try:
            registers = await connection.read(request, self._timeout)
        except ReadError as error:
            self._failed(unit, error, loop.time(), begun)
            raise
        finally:
            self._quiet_since = loop.time()
        now = self._quiet_since
        self._units.answered(unit, now, now - begun)
        if not self._proven:
            self._prove()
        return registers

    def close(self) -> None:
        """Drops the connection; the next read opens another."""
        if self._connection:
            self._connection.drop()

    async def _open(self) -> Connection:
        loop = asyncio.get_running_loop()
        if loop.time() < self._connect.until:
            raise ReadError(Failure.CONNECTION, f"gateway {self._link} is not reachable")
        # A gateway that takes one connection must see the end of the old one first.
        await asyncio.sleep(0)
        self._proven = False
        try:
            async with asyncio.timeout(self._timeout):
                connection = await self._link.connected(self._frames)
        except OSError:
            raise self._not_opened(loop.time(), self._link.obstacle()) from None
        except (ValueError, termios.error) as error:
            # A name that is none, or a speed or parity that the port cannot do.
            raise self._not_opened(loop.time(), str(error) or self._link.obstacle()) from None
        self._connections += 1
        if self._complained:
            self._complained = False
            self._log(logging.INFO, self._link.opened)
        return connection

    def _not_opened(self, now: float, reason: str) -> ReadError:
        because = f": {reason}" if reason else ""
        message = f"gateway {self._link} is not reachable{because}"
        self._lost(now, message)
        if not self._complained:
            self._complained = True
            self._log(logging.WARNING, f"{self._link.closed}{because}")
        return ReadError(Failure.CONNECTION, message)

    def _log(self, level: int, event: str) -> None:
        extra = {"gateway": self.name}
        _LOG.log(level, "gateway %s: %s %s", self.name, self._link, event, extra=extra)

    def _prove(self) -> None:
        """A connection is worth something once an answer came over it."""
        self._proven = True
        self._connect = _Backoff()

    def _lost(self, now: float, error: str) -> None:
        self._failures += 1
        self._last_error = error
        if not self._proven:  # else it may be opened again at once
            self._connect.failed(now, _CONNECT_CAP, self._random())

    def _failed(self, unit: Unit, error: ReadError, now: float, begun: float) -> None:
        if error.failure is Failure.CONNECTION:
            self._lost(now, str(error))
            return
        unit.failures += 1
        unit.last_error = str(error)
        if error.failure in {Failure.EXCEPTION, Failure.GATEWAY}:
            self._prove()
        if error.failure in {Failure.SILENCE, Failure.GATEWAY}:
            self._units.fell_silent(unit, now, now - begun)
        elif error.failure is Failure.EXCEPTION:
            self._units.answered(unit, now, now - begun)


def line_random(seed: int | None = None) -> Callable[[], float]:
    """The source of jitter: not for secrets."""
    return Random(seed).random  # noqa: S311


@dataclass(frozen=True, slots=True)
class Poll:
    """What came of a poll.

    Attributes:
        snapshot: With None for each pole that could not be read.
        answered: Whether any unit answered.
    """

    snapshot: Snapshot
    answered: bool


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

    async def delayed(request: ReadRequest) -> list[int]:
        await asyncio.sleep(plan.delay_s)
        return await line.read(request)

    known = holes or Holes(plan.panel)
    read = delayed if plan.delay_s else line.read
    time = whole_ms(clock())
    errors: dict[int, str] = {}
    replies: list[list[int | None] | None] = []
    answered = False
    for request in plan.requests:
        try:
            registers, refused = await known.read(request, read)
        except ReadError as error:
            # Of several requests to a unit, the first to fail says why; the others are backed off.
            errors.setdefault(request.unit, str(error))
            answered |= error.failure is Failure.EXCEPTION
            replies.append(None)
            continue
        replies.append(registers)
        if refused:
            errors.setdefault(request.unit, refused)
        answered = True
    values: dict[str, Any] = {
        str(quantity): of for quantity, of in plan.decoding.decoded(replies).items()
    }
    values.setdefault(Quantity.CURRENT, (None,) * plan.pole_count)
    return Poll(Snapshot(plan.panel, time, seq, interval_ms, **values, errors=errors), answered)
