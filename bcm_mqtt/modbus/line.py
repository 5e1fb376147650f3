"""A line: one connection to a gateway, owned by one task, one request at a time.

pymodbus does the protocol, but is not trusted with recovery. Seen in 3.16: after a
timeout a late reply can be taken for the answer to the next request; exceptions come
back as if they were values; a connection that is gone is noticed only by the timeout.
So: no retries, no reconnecting of its own, every reply checked against its request, and
the connection closed after any silence, which throws a late reply away with it.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from bcm_mqtt.modbus.failure import Failure, ReadError
from bcm_mqtt.modbus.plan import ReadRequest

# Its messages repeat what a ReadError says, at ERROR, for every single request.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL + 1)

_LOG = logging.getLogger(__name__)
_FIRST_DELAY = 0.25
_CONNECT_CAP = 5.0
_UNIT_CAP = 60.0


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

    def answered(self) -> None:
        """The next failure is a first one again."""
        self.failures, self.until = 0, 0.0


class Line:
    """A gateway's connection."""

    def __init__(
        self, name: str, host: str, port: int, timeout: float, random: Callable[[], float]
    ) -> None:
        """Connects at the first read, not here.

        Args:
            name: Gateway id, for messages.
            host: Address or name.
            port: TCP port.
            timeout: Seconds to wait for a connection and for each reply.
            random: Gives 0..1, for the jitter of reconnecting.
        """
        self.name = name
        self._place = f"{host}:{port}"
        self._random = random
        self._connect = _Backoff()
        self._units: dict[int, _Backoff] = {}
        self._client = AsyncModbusTcpClient(
            host,
            port=port,
            name=name,
            timeout=timeout,
            retries=0,
            reconnect_delay=0,
            trace_connect=self._connection_changed,
        )

    @property
    def connected(self) -> bool:
        """Whether the gateway has accepted a connection that still stands."""
        return bool(self._client.connected)

    def silent_units(self) -> list[int]:
        """Units that did not answer when they were last asked."""
        return sorted(unit for unit, backoff in self._units.items() if backoff.failures)

    async def read(self, request: ReadRequest) -> list[int]:
        """The registers of one request (uint16 each).

        Raises:
            ReadError: there is no value, and why.
        """
        loop = asyncio.get_running_loop()
        unit = self._units.setdefault(request.unit, _Backoff())
        if loop.time() < unit.until:
            raise ReadError(Failure.BACKED_OFF, "silent before, not asked this time")
        await self._connected()
        try:
            registers = await self._ask(request)
        except ReadError as error:
            if error.failure is Failure.SILENCE:
                unit.failed(loop.time(), _UNIT_CAP, self._random())
            elif error.failure is Failure.EXCEPTION:
                unit.answered()
            raise
        unit.answered()
        return registers

    def close(self) -> None:
        """Closes the connection; the next read opens it again."""
        self._client.close()

    async def _connected(self) -> None:
        if self._client.connected:
            return
        now = asyncio.get_running_loop().time()
        if now < self._connect.until:
            raise ReadError(Failure.CONNECTION, f"gateway {self._place} is not reachable")
        if not await self._client.connect():
            self._client.close()
            self._connect.failed(asyncio.get_running_loop().time(), _CONNECT_CAP, self._random())
            if self._connect.failures == 1:
                _LOG.warning("gateway %s: %s does not accept connections", self.name, self._place)
            raise ReadError(Failure.CONNECTION, f"gateway {self._place} is not reachable")
        if self._connect.failures:
            _LOG.info("gateway %s: %s accepts connections again", self.name, self._place)
        self._connect = _Backoff()

    async def _ask(self, request: ReadRequest) -> list[int]:
        read = (
            self._client.read_holding_registers
            if request.function_code == 3
            else self._client.read_input_registers
        )
        try:
            reply = await read(request.address, count=request.count, device_id=request.unit)
        except (ModbusException, OSError) as error:
            lost = isinstance(error, OSError) or not self._client.connected
            self._client.close()
            if lost:
                raise ReadError(Failure.CONNECTION, "connection lost") from error
            raise ReadError(Failure.SILENCE, "no answer in time") from error
        try:
            return self._checked(request, reply)
        except ReadError as error:
            if error.failure is Failure.REPLY:
                self._client.close()
            raise

    def _checked(self, request: ReadRequest, reply: ModbusPDU) -> list[int]:
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

    def _connection_changed(self, connected: bool) -> None:  # noqa: FBT001 - pymodbus calls it so
        """Ends a request at once whose connection is gone, instead of at its timeout."""
        future = self._client.ctx.response_future
        if not connected and not future.done():
            future.set_exception(ConnectionResetError("connection lost"))


def line_random(seed: int | None = None) -> Callable[[], float]:
    """The source of jitter: not for secrets."""
    return Random(seed).random  # noqa: S311
