"""Units that answer from the profiles' fixtures, served by pyModbusTCP."""

from collections.abc import Mapping
from typing import Self

from pyModbusTCP.server import DataBank, ModbusServer

from peers.process import accepts, free_port, wait_until
from unit.modbus.recorded_meter import Registers, answered

Units = Mapping[int, Registers]
"""Registers by unit id."""


class _Bank(DataBank):  # type: ignore[misc]  # pyModbusTCP ships no types
    def __init__(self, units: Units) -> None:
        super().__init__()
        self._units = units

    def get_holding_registers(
        self, address: int, number: int = 1, srv_info: ModbusServer.ServerInfo | None = None
    ) -> list[int] | None:
        return self._registers(3, address, number, srv_info)

    def get_input_registers(
        self, address: int, number: int = 1, srv_info: ModbusServer.ServerInfo | None = None
    ) -> list[int] | None:
        return self._registers(4, address, number, srv_info)

    def _registers(
        self, code: int, address: int, number: int, info: ModbusServer.ServerInfo | None
    ) -> list[int] | None:
        unit = info.recv_frame.mbap.unit_id if info else 0
        return answered(self._units.get(unit, {}), code, address, number)


class RecordedMeters:
    """A gateway with these units; what they do not have answers exception 2."""

    def __init__(self, units: Units) -> None:
        self.port = free_port()
        self._server = ModbusServer("127.0.0.1", self.port, no_block=True, data_bank=_Bank(units))

    def __enter__(self) -> Self:
        self._server.start()
        wait_until(lambda: accepts(self.port), 10)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
