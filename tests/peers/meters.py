"""Eight BG08 meters served by pyModbusTCP, a Modbus server that is not pymodbus."""

from typing import Self

from pyModbusTCP.server import DataBank, ModbusServer

from peers.process import accepts, free_port, wait_until

FIRST_REGISTER, REGISTERS, UNITS = 501, 6, 8


class _Bank(DataBank):  # type: ignore[misc]  # pyModbusTCP ships no types
    """Registers by unit id; an address that does not exist answers exception 2."""

    def __init__(self, registers: dict[int, list[int]]) -> None:
        super().__init__()
        self._registers = registers

    def get_holding_registers(
        self, address: int, number: int = 1, srv_info: ModbusServer.ServerInfo | None = None
    ) -> list[int] | None:
        unit = srv_info.recv_frame.mbap.unit_id if srv_info else 0
        first = address - FIRST_REGISTER
        if unit not in self._registers or first < 0 or first + number > REGISTERS:
            return None
        return self._registers[unit][first : first + number]

    def get_input_registers(
        self, address: int, number: int = 1, srv_info: ModbusServer.ServerInfo | None = None
    ) -> None:
        """There are none."""


class Meters:
    """A gateway with units 1 to 8; `registers` may be changed while it serves."""

    def __init__(self) -> None:
        self.port = free_port()
        self.registers = {unit: [0] * REGISTERS for unit in range(1, UNITS + 1)}
        self._server = self._new_server()

    def _new_server(self) -> ModbusServer:
        bank = _Bank(self.registers)
        return ModbusServer("127.0.0.1", self.port, no_block=True, data_bank=bank)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._server = self._new_server()
        self._server.start()
        wait_until(lambda: accepts(self.port), 10)

    def stop(self) -> None:
        self._server.stop()
