"""A line: one connection to a gateway or serial port, owned by one task, one request at a time.

pymodbus does the protocol, but is not trusted with recovery. Seen in 3.16: after a
timeout a late reply can be taken for the answer to the next request; exceptions come
back as if they were values; a connection that is gone is noticed only by the timeout;
transactions are counted anew on every connection, so that a gateway's late reply fits;
an old connection that ends late takes the new one with it. So: no retries, no
reconnecting of its own, every reply checked against its request (see framing), and the
connection dropped after any silence, which throws a late reply away with it.
"""

import asyncio
import logging
import termios
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from bcm_mqtt.modbus.failure import Failure, ReadError
from bcm_mqtt.modbus.link import Link
from bcm_mqtt.modbus.plan import ReadRequest
from bcm_mqtt.modbus.units import Unit, UnitHealth, Units

_LOG = logging.getLogger(__name__)
_FIRST_DELAY = 0.25
_CONNECT_CAP = 1.0


@dataclass(frozen=True, slots=True)
class LineHealth:
    """How a gateway or serial port fares.

    Attributes:
        connected: Whether it has accepted a connection that still stands.
        connections: Opened since the start.
        failures: Connections refused or lost since the start.
        answered_ago_s: Since the last answer of any unit; None before the first.
        last_error: Of the last connection refused or lost, or "".
        units: Of every unit that was ever asked, by id.
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
        """Doubles the pause, up to the cap; jitter (0..1) keeps many from trying at once."""
        pause = min(cap, _FIRST_DELAY * 2**self.failures)
        self.failures = min(self.failures + 1, 16)
        self.until = now + pause * (0.5 + jitter / 2)


class Line:
    """The connection to a gateway, or a serial port."""

    def __init__(self, name: str, link: Link, timeout: float, random: Callable[[], float]) -> None:
        """Connects at the first read, not here.

        Args:
            name: Gateway id, for messages.
            link: Where it is, and how frames are told apart.
            timeout: Seconds to wait for a connection and for each reply.
            random: Gives 0..1, for the jitter of reconnecting.
        """
        self.name = name
        self._link = link
        self._gap = link.gap_s
        self._random = random
        self._connect = _Backoff()
        self._units = Units()
        self._connections = self._failures = 0
        self._complained = self._proven = False
        self._last_error = ""
        self._quiet_since = 0.0
        self._client, self._framer = link.client(
            name, timeout, self._refuse, self._connection_changed
        )

    @property
    def connected(self) -> bool:
        """Whether the gateway has accepted a connection that still stands."""
        return bool(self._client.connected)

    @property
    def reachable(self) -> bool:
        """Whether the last attempt to connect and to get an answer did not fail.

        Unlike `connected`, it stays as it is when a silent unit costs the connection.
        """
        return not self._connect.failures

    def silent_units(self) -> list[int]:
        """Units that did not answer when they were last asked."""
        return self._units.silent()

    def health(self) -> LineHealth:
        """How the line and its units fare now."""
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
            raise ReadError(Failure.BACKED_OFF, "silent before, not asked this time")
        if not self._client.connected:
            await self._open()
        begun = loop.time()
        try:
            registers = await self._ask(request)
        except ReadError as error:
            self._failed(unit, error, loop.time(), begun)
            raise
        now = loop.time()
        self._units.answered(unit, now, now - begun)
        if not self._proven:
            self._prove()
        return registers

    def close(self) -> None:
        """Drops the connection; the next read opens another."""
        # Not closed in peace: what is still unsent would keep the old connection, whose
        # end pymodbus then takes for the end of the next one.
        if self._client.ctx.transport:
            self._client.ctx.transport.abort()  # type: ignore[attr-defined]
        self._client.close()

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._connect.until:
            raise ReadError(Failure.CONNECTION, f"gateway {self._link} is not reachable")
        # A gateway that takes one connection must see the end of the old one first.
        await asyncio.sleep(0)
        reason = ""
        try:
            opened = await self._client.connect()
        except (ValueError, termios.error) as error:
            # A name that is none, or a speed or parity that the port cannot do.
            opened, reason = False, str(error)
        self._proven = False
        if not opened:
            self.close()
            reason = reason or self._link.obstacle()
            because = f": {reason}" if reason else ""
            message = f"gateway {self._link} is not reachable{because}"
            self._lost(loop.time(), message)
            if not self._complained:
                self._complained = True
                _LOG.warning(
                    "gateway %s: %s %s%s",
                    self.name,
                    self._link,
                    self._link.closed,
                    because,
                    extra={"gateway": self.name},
                )
            raise ReadError(Failure.CONNECTION, message)
        self._connections += 1
        self._client.ctx.next_tid = self._client.ctx.request_transaction_id
        if self._complained:
            self._complained = False
            _LOG.info(
                "gateway %s: %s %s",
                self.name,
                self._link,
                self._link.opened,
                extra={"gateway": self.name},
            )

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

    async def _ask(self, request: ReadRequest) -> list[int]:
        if self._gap:
            wait = self._quiet_since + self._gap - asyncio.get_running_loop().time()
            if wait > 0:
                await asyncio.sleep(wait)
        read = (
            self._client.read_holding_registers
            if request.function_code == 3
            else self._client.read_input_registers
        )
        self._framer.expect(request)
        try:
            reply = await read(request.address, count=request.count, device_id=request.unit)
            return self._checked(request, reply)
        except ReadError as error:
            if error.failure is Failure.REPLY:
                self.close()
            raise
        except (ModbusException, OSError) as error:
            lost = isinstance(error, OSError) or not self._client.connected
            self.close()
            if lost:
                raise ReadError(Failure.CONNECTION, "connection lost") from error
            heard = f", only {self._framer.heard}" if self._framer.heard else ""
            raise ReadError(Failure.SILENCE, f"no answer in time{heard}") from error
        finally:
            if self._gap:
                self._quiet_since = asyncio.get_running_loop().time()

    def _checked(self, request: ReadRequest, reply: ModbusPDU) -> list[int]:
        # A second time, after the framer: no change of pymodbus shall make a value of what
        # is none.
        if reply.isError():
            raise ReadError.exception(reply.exception_code)
        asked = (request.unit, request.function_code, self._client.ctx.request_transaction_id)
        got = (reply.dev_id, reply.function_code, reply.transaction_id)
        if got != asked:
            message = f"reply for (unit, function, transaction) {got}, expected {asked}"
            raise ReadError(Failure.REPLY, message)
        if len(reply.registers) != request.count:
            message = f"{len(reply.registers)} registers, expected {request.count}"
            raise ReadError(Failure.REPLY, message)
        return list(reply.registers)

    def _refuse(self, reason: str) -> None:
        """Ends the request that waits: what came is no answer to it."""
        future = self._client.ctx.response_future
        if not future.done():
            future.set_exception(ReadError(Failure.REPLY, reason))

    def _connection_changed(self, connected: bool) -> None:  # noqa: FBT001 - pymodbus calls it so
        """Ends a request at once whose connection is gone, instead of at its timeout."""
        future = self._client.ctx.response_future
        if not connected and not future.done():
            future.set_exception(ConnectionResetError("connection lost"))


def line_random(seed: int | None = None) -> Callable[[], float]:
    """The source of jitter: not for secrets."""
    return Random(seed).random  # noqa: S311
