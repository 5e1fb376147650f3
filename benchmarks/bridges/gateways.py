"""Modbus TCP gateways of 8 meters with 6 registers each, in plain Python: a process of its own.

One loop serves all of them and one request at a time, as an RS485 line does; with a latency, let
there be one gateway. A register rises by one each time that its meter is read, between 0 and
15.9 A, so that no value is what it was. It shares no code with the bridges.
"""

import selectors
import socket
import struct
import sys
import time

FIRST_REGISTER, REGISTERS, UNITS = 501, 6, 8
_REQUEST = struct.Struct(">HHHBBHH")
_STEPS = 160
_NO_ADDRESS, _NO_TARGET = 2, 11


class Gateways:
    """Answers for ever; a dead unit never does, and takes no time of the line."""

    def __init__(self, ports: list[int], latency_ms: float, dead_unit: int) -> None:
        self._latency_s, self._dead_unit = latency_ms / 1000, dead_unit
        self._reads: dict[tuple[int, int], int] = {}
        self._waiting = selectors.DefaultSelector()
        for port in ports:
            self._waiting.register(socket.create_server(("127.0.0.1", port)), selectors.EVENT_READ)

    def serve(self) -> None:
        """One request after the other, of whichever connection."""
        while True:
            for key, _ in self._waiting.select():
                end = key.fileobj
                assert isinstance(end, socket.socket)
                if key.data is None:
                    self._accept(end)
                else:
                    self._answer(end, key.data)

    def _accept(self, listening: socket.socket) -> None:
        end, _ = listening.accept()
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._waiting.register(end, selectors.EVENT_READ, listening.getsockname()[1])

    def _answer(self, end: socket.socket, port: int) -> None:
        try:
            request = end.recv(_REQUEST.size)
            if request:  # no client here sends a request in parts
                end.sendall(self._reply(port, request))
                return
        except ConnectionError:
            pass
        self._waiting.unregister(end)
        end.close()

    def _reply(self, port: int, request: bytes) -> bytes:
        number, _, _, unit, function, first, count = _REQUEST.unpack(request)
        if unit == self._dead_unit:
            return b""
        if self._latency_s:
            time.sleep(self._latency_s)
        if not 1 <= unit <= UNITS:
            return struct.pack(">HHHBBB", number, 0, 3, unit, function | 0x80, _NO_TARGET)
        if first < FIRST_REGISTER or first + count > FIRST_REGISTER + REGISTERS:
            return struct.pack(">HHHBBB", number, 0, 3, unit, function | 0x80, _NO_ADDRESS)
        read = self._reads[port, unit] = self._reads.get((port, unit), 0) + 1
        values = [(unit * 31 + one * 7 + read) % _STEPS for one in range(count)]
        head = (number, 0, 3 + 2 * count, unit, function, 2 * count)
        return struct.pack(f">HHHBBB{count}H", *head, *values)


if __name__ == "__main__":
    gateways = Gateways([*map(int, sys.argv[1].split(","))], float(sys.argv[2]), int(sys.argv[3]))
    print("ready", flush=True)
    gateways.serve()
