"""A stand-in for pymodbus' client: it answers what the test says."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.pdu.register_message import ReadHoldingRegistersResponse

from bcm_mqtt.modbus import ReadRequest

REQUEST = ReadRequest(unit=3, function_code=3, address=501, count=6, poles=(25, 27, 29, 31, 33, 35))
VALUES = [1, 2, 3, 4, 5, 65535]
Answer = Callable[[int], ModbusPDU]
"""Makes the reply to a transaction."""


class ScriptedClient:
    """Stands in for pymodbus' client; `answer` makes the reply, or raises."""

    def __init__(self) -> None:
        self.connected = False
        self.reachable = True
        self.attempts = 0
        self.closed = 0
        self.asked: list[tuple[str, int, int, int]] = []
        self.answer: Answer = self.good
        self.ctx = SimpleNamespace(
            request_transaction_id=0, transport=None, response_future=asyncio.Future[Any]()
        )

    def good(self, transaction: int) -> ModbusPDU:
        return ReadHoldingRegistersResponse(
            dev_id=self.asked[-1][1], transaction_id=transaction, registers=VALUES
        )

    def excepts(self, code: int) -> None:
        """From now on answers with a Modbus exception."""
        self.answer = lambda transaction: ExceptionResponse(
            3, code, device_id=self.asked[-1][1], transaction=transaction
        )

    def fails(self, error: Exception, *, hangs_up: bool = False) -> None:
        """From now on raises, as pymodbus does after a timeout or a lost connection."""

        def answer(_transaction: int) -> ModbusPDU:
            self.connected = not hangs_up
            raise error

        self.answer = answer

    async def connect(self) -> bool:
        self.attempts += 1
        self.connected = self.reachable
        return self.reachable

    def close(self) -> None:
        self.closed += 1
        self.connected = False

    async def read_holding_registers(
        self, address: int, *, count: int, device_id: int
    ) -> ModbusPDU:
        return self._read("holding", address, count, device_id)

    async def read_input_registers(self, address: int, *, count: int, device_id: int) -> ModbusPDU:
        return self._read("input", address, count, device_id)

    def _read(self, kind: str, address: int, count: int, device_id: int) -> ModbusPDU:
        self.asked.append((kind, device_id, address, count))
        self.ctx.request_transaction_id += 1
        return self.answer(self.ctx.request_transaction_id)


class LoopTime:
    """The event loop's clock, set by the test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
