"""A simulated Modbus TCP gateway with meters on an RS485 line behind it.

It is written on asyncio and not on pymodbus' server, which (3.16) cannot play this part:
- a unit that never answers and an unknown unit that answers 0x0B exclude each other
  (`ignore_missing_devices` holds for all units);
- a slow answer takes its transaction id from the connection's last request and not from its own
  (`handle_request` reads `last_pdu` after its await): with 50 ms of latency, requests 11 and 12
  were both answered as 12, the first with the wrong registers;
- of two requests in one packet the second waits for further bytes to arrive;
- connections cannot be limited.
It also keeps the bridge's reading of the protocol honest: the two ends share no code.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final, Self, cast

from bcm_mqtt.simulator.described_meter import DescribedMeter
from bcm_mqtt.simulator.measuring_meter import MeasuringMeter
from bcm_mqtt.simulator.panel import (
    EXCEPTION_BIT,
    HEADER,
    MOST_BODY_BYTES,
    PROTOCOL_ID,
    ExceptionCode,
    Registers,
    answer,
)

HIGHEST_UNIT_ID: Final = 247


class SimulatedGateway:
    """A Modbus TCP host in front of one RS485 line; serves while its context is entered.

    Attributes:
        host: The address it listens on.
        port: The TCP port it listens on: the real one once it serves.
        dead_units: Unit ids that never answer. May be changed while serving.
        transactions: Number of requests that took their turn on the line so far.
    """

    def __init__(
        self,
        units: Mapping[int, Registers | MeasuringMeter | DescribedMeter],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        latency_ms: float = 0.0,
        dead_units: Iterable[int] = (),
        max_connections: int | None = None,
    ) -> None:
        """Describe the gateway; nothing is opened yet.

        Args:
            units: By unit id, what gives the six register values of that BG08 meter now, or another
                meter.
            host: Address to listen on.
            port: TCP port to listen on; 0 takes a free one, which `port` then is.
            latency_ms: Time that each request holds the line. Requests wait for one another,
                whatever connection they came from.
            dead_units: Unit ids that never answer, though they hold the line like the others.
            max_connections: Connections served at a time; a further one is closed at once, as
                small gateways do. None is no limit.
        """
        wrong = sorted(unit for unit in units if not 1 <= unit <= HIGHEST_UNIT_ID)
        if wrong:
            raise ValueError(f"unit ids go from 1 to {HIGHEST_UNIT_ID}, not {wrong}")
        self.dead_units = set(dead_units)
        self.transactions = 0
        self._units = dict(units)
        self.host = host
        self.port = port
        self._latency_s = latency_ms / 1000
        self._max_connections = max_connections
        self._connections: set[_Connection] = set()
        self._line: asyncio.Queue[tuple[_Connection, bytes, bytes]] = asyncio.Queue()
        self._line_task: asyncio.Task[None] | None = None
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Start to serve."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), self.host, self.port)
        self.port = cast("int", self._server.sockets[0].getsockname()[1])
        if self._latency_s:
            self._line_task = asyncio.create_task(self._work_line())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop to serve and drop every connection."""
        if self._server:
            self._server.close()
            for connection in tuple(self._connections):
                connection.drop()
            await self._server.wait_closed()
        if self._line_task:
            self._line_task.cancel()
            with suppress(asyncio.CancelledError):
                await self._line_task

    def admit(self, connection: "_Connection") -> bool:
        """Take a new connection, unless there are as many as the gateway serves."""
        limit = self._max_connections
        if limit is not None and len(self._connections) >= limit:
            return False
        self._connections.add(connection)
        return True

    def forget(self, connection: "_Connection") -> None:
        """Drop a connection that was lost."""
        self._connections.discard(connection)

    def take(self, connection: "_Connection", header: bytes, pdu: bytes) -> bytes:
        """Take a request and return the answer to send now, which may be empty.

        Without latency nothing needs to wait, so no request pays for the queue and its task.
        """
        if self._line_task is None:
            return self._transact(header, pdu)
        self._line.put_nowait((connection, header, pdu))
        return b""

    async def _work_line(self) -> None:
        """Give the line to one request after another, each for the time of the latency."""
        while True:
            connection, header, pdu = await self._line.get()
            # A real gateway drops what a closed connection still had waiting.
            if connection.is_open:
                await asyncio.sleep(self._latency_s)
                connection.send(self._transact(header, pdu))

    def _transact(self, header: bytes, pdu: bytes) -> bytes:
        """Return the whole answer to a request, or nothing where the unit is dead."""
        self.transactions += 1
        transaction_id, _, _, unit_id = HEADER.unpack(header)
        if unit_id in self.dead_units:
            return b""
        unit = self._units.get(unit_id)
        if unit is None:
            body = bytes((pdu[0] | EXCEPTION_BIT, ExceptionCode.NO_RESPONSE))
        elif isinstance(unit, MeasuringMeter | DescribedMeter):
            body = unit.answer(pdu)
        else:
            body = answer(pdu, unit)
        return HEADER.pack(transaction_id, PROTOCOL_ID, 1 + len(body), unit_id) + body


class _Connection(asyncio.Protocol):
    """One client's TCP connection: cuts the byte stream into requests."""

    def __init__(self, gateway: SimulatedGateway) -> None:
        self._gateway = gateway
        self._transport: asyncio.Transport | None = None
        self._pending = b""

    @property
    def is_open(self) -> bool:
        """Whether an answer can still be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection, or close it where the gateway serves no more."""
        self._transport = cast("asyncio.Transport", transport)
        if not self._gateway.admit(self):
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Drop out of the gateway's connections."""
        self._transport = None
        self._gateway.forget(self)

    def data_received(self, data: bytes) -> None:
        """Hand over each complete request and send what is answered at once."""
        if not self.is_open:
            return
        pending = self._pending + data
        answers = b""
        while len(pending) > HEADER.size:
            _, protocol_id, length, _ = HEADER.unpack_from(pending)
            # Without a valid header it is unknown where the next request begins.
            if protocol_id != PROTOCOL_ID or not 1 < length <= MOST_BODY_BYTES + 1:
                self.drop()
                return
            end = HEADER.size + length - 1
            if len(pending) < end:
                break
            answers += self._gateway.take(self, pending[: HEADER.size], pending[HEADER.size : end])
            pending = pending[end:]
        self._pending = pending
        if answers:
            self.send(answers)

    def pause_writing(self) -> None:
        """Read no more from a client that does not take its answers."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read again."""
        if self._transport is not None:
            self._transport.resume_reading()

    def send(self, answers: bytes) -> None:
        """Send answers if the client is still there."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answers)

    def drop(self) -> None:
        """End the connection without waiting for what is still to be sent."""
        if self._transport is not None:
            self._transport.abort()
