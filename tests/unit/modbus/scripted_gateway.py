"""A gateway without a network: it answers what the test says, at once."""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.register_message import ReadHoldingRegistersResponse

from bcm_mqtt.modbus import ReadRequest, Tcp
from bcm_mqtt.modbus.connection import Connection
from bcm_mqtt.modbus.frames import Frames

REQUEST = ReadRequest(unit=3, function_code=3, address=501, count=6, poles=(25, 27, 29, 31, 33, 35))
VALUES = [1, 2, 3, 4, 5, 65535]
Answer = Callable[[int], ModbusPDU | None]
"""Makes the reply to a transaction; None where it is no reply that ends the request."""
_FRAMER = FramerSocket(DecodePDU(is_server=True))


class ScriptedGateway(asyncio.Transport):
    """Also every connection's transport; `answer` makes the reply.

    Attributes:
        reachable: Whether it accepts connections.
        attempts: To connect.
        closed: Connections that were dropped.
        asked: Kind of register, unit id, address and count of every request.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reachable = True
        self.attempts = 0
        self.closed = 0
        self.asked: list[tuple[str, int, int, int]] = []
        self.answer: Answer = self.good
        self.connection: Connection
        self._transaction = 0

    def good(self, transaction: int) -> ModbusPDU:
        return ReadHoldingRegistersResponse(
            dev_id=self.asked[-1][1], transaction_id=transaction, registers=VALUES
        )

    def excepts(self, code: int) -> None:
        """From now on answers with a Modbus exception."""
        self.answer = lambda transaction: ExceptionResponse(
            3, code, device_id=self.asked[-1][1], transaction=transaction
        )

    def falls_silent(self) -> None:
        """From now on no answer comes; the time for it is over at once."""
        self.answer = lambda _: self.connection.reply_is_overdue()

    def hangs_up(self, error: Exception | None) -> None:
        """From now on a request ends the connection."""
        self.answer = lambda _: self.connection.connection_lost(error)

    def answers_late(self) -> None:
        """Answers the last request, to which `answer` gave nothing."""
        self.connection.data_received(_FRAMER.buildFrame(self.good(self._transaction)))

    def write(self, data: bytes | bytearray | memoryview) -> None:
        transaction, _, _, unit, function, address, count = struct.unpack(">HHHBBHH", data)
        self._transaction = transaction
        self.asked.append(({3: "holding", 4: "input"}[function], unit, address, count))
        if reply := self.answer(transaction):
            self.connection.data_received(_FRAMER.buildFrame(reply))

    def abort(self) -> None:
        self.closed += 1


@dataclass(frozen=True)
class ScriptedLink(Tcp):
    """To a scripted gateway."""

    gateway: ScriptedGateway = field(default_factory=ScriptedGateway)

    async def connected(self, frames: Frames) -> Connection:
        self.gateway.attempts += 1
        if not self.gateway.reachable:
            raise ConnectionRefusedError
        made = self.gateway.connection = Connection(frames)
        made.connection_made(self.gateway)
        return made


class LoopTime:
    """The event loop's clock, set by the test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
