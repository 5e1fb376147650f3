"""A line: one connection to a gateway or serial port, owned by one task.

One request is under way at a time. There are no automatic retries and no automatic reconnecting:
every reply is checked against its request (see connection), and the connection is dropped after
any silence, which throws a late reply away with it. A new one is opened by the next read.
"""

import asyncio
import logging
import termios
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from bcm_mqtt.domain.reading.polled.line_health import LineHealth
from bcm_mqtt.domain.reading.polled.permission import Permission
from bcm_mqtt.modbus.connection import Connection
from bcm_mqtt.modbus.frames import Failure, ReadError
from bcm_mqtt.modbus.link import Link
from bcm_mqtt.modbus.plan import ReadRequest
from bcm_mqtt.modbus.units import Unit, Units

_LOG = logging.getLogger(__name__)
_FIRST_DELAY = 0.25
_CONNECT_CAP = 1.0


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

    def __init__(
        self,
        name: str,
        link: Link,
        timeout: float,
        random: Callable[[], float],
        permission: Permission | None = None,
    ) -> None:
        """Connects at the first read, not here.

        Args:
            name: Gateway id, for messages.
            link: Where it is, and how frames are delimited.
            timeout: Seconds to wait for a connection and for each reply.
            random: Gives 0..1, for the jitter of reconnecting.
            permission: Looked at before each request; None where none is needed.
        """
        self._permission = permission
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
        [outcome] = await self.read_all([request])
        if isinstance(outcome, ReadError):
            raise outcome
        return outcome

    async def read_all(
        self, requests: Sequence[ReadRequest], delay_s: float = 0.0
    ) -> list[list[int] | ReadError]:
        """The registers of each request (uint16 each), or why there is no value.

        Args:
            requests: Sent one after the other.
            delay_s: Seconds for which the line is left alone before each.
        """
        outcomes: list[list[int] | ReadError] = []
        one_by_one = bool(delay_s or self._gap)
        while len(outcomes) < len(requests):
            if delay_s:
                await asyncio.sleep(delay_s)
            if self._permission:
                await self._permission.obtained()
            try:
                await self._read_on(requests, outcomes, one_by_one=one_by_one)
            except ReadError as error:
                outcomes.append(error)
        return outcomes

    async def _read_on(
        self,
        requests: Sequence[ReadRequest],
        outcomes: list[list[int] | ReadError],
        *,
        one_by_one: bool,
    ) -> None:
        """Sends the first request without an outcome, and those after it up to a silent unit's.

        Raises:
            ReadError: there is no value of the first that has no outcome then, and why.
        """
        loop = asyncio.get_running_loop()
        first = len(outcomes)
        units = [self._units[request.unit] for request in requests[first:]]
        if units[0].silent and not self._units.may_ask(units[0], loop.time()):
            raise ReadError(Failure.BACKED_OFF, "backed off: it did not answer before")
        connection = self._connection
        if connection is None or not connection.is_open:
            connection = self._connection = await self._open()
        begun = loop.time()
        if begun < self._quiet_since + self._gap:
            await asyncio.sleep(self._quiet_since + self._gap - begun)
        last = first + 1
        while not one_by_one and last < len(requests) and not units[last - first].silent:
            last += 1

        def answered(registers: list[int]) -> None:
            nonlocal begun
            now = loop.time()
            self._units.answered(units[len(outcomes) - first], now, now - begun)
            begun = now
            if not self._proven:
                self._prove()
            outcomes.append(registers)

        try:
            await connection.read(self._permitted(requests[first:last]), self._timeout, answered)
        except ReadError as error:
            self._failed(units[len(outcomes) - first], error, loop.time(), begun)
            raise
        finally:
            self._quiet_since = loop.time()

    def _permitted(self, requests: Sequence[ReadRequest]) -> Iterator[ReadRequest]:
        """Those requests that may be sent when the one before is answered."""
        for request in requests:
            if self._permission and not self._permission.granted():
                return
            yield request

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
