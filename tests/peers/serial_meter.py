"""Modbus RTU meters at the far end of a pseudo-terminal pair, which socat makes."""

import asyncio
import os
import struct
import subprocess
import tty
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from peers.faulty_gateway import Asked
from peers.process import wait_until


def crc(data: bytes) -> bytes:
    """CRC-16/MODBUS, bit by bit, low byte first: not pymodbus' table."""
    register = 0xFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ 0xA001 if register & 1 else register >> 1
    return struct.pack("<H", register)


def rtu(asked: Asked, pdu: bytes | None = None, unit: int | None = None) -> bytes:
    """The right frame, or one with something changed."""
    body = bytes((asked.unit if unit is None else unit,)) + (asked.pdu() if pdu is None else pdu)
    return body + crc(body)


Frames = Callable[[Asked], list[bytes]]
"""What is sent for a request, with a little time between the parts."""


def well(asked: Asked) -> list[bytes]:
    """Answers as it should."""
    return [rtu(asked)]


@dataclass
class Meters:
    """Cuts requests out of a byte stream and answers each as the test says.

    Attributes:
        answers: What is sent for the next requests, in turn; `answer` of all after them.
        asked: Every request so far; those with a wrong CRC are counted in `damaged`.
        gap_s: Before each part that is sent.
    """

    answer: Frames = well
    answers: list[Frames] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    damaged: int = 0
    gap_s: float = 0.005
    _pending: bytes = b""

    async def take(self, data: bytes, send: Callable[[bytes], object]) -> None:
        self._pending += data
        while len(self._pending) >= 8:
            frame, self._pending = self._pending[:8], self._pending[8:]
            if crc(frame[:6]) != frame[6:]:
                self.damaged += 1
                continue
            asked = Asked(len(self.asked) + 1, 0, *struct.unpack(">BBHH", frame[:6]))
            self.asked.append(asked)
            for part in (self.answers.pop(0) if self.answers else self.answer)(asked):
                await asyncio.sleep(self.gap_s)
                send(part)


class SerialMeters(Meters):
    """Behind a serial port: `device` is the near end."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.device, self._far = str(folder / "near"), str(folder / "far")

    async def __aenter__(self) -> Self:
        ends = [f"pty,rawer,link={end}" for end in (self.device, self._far)]
        self._socat = subprocess.Popen(["socat", *ends])  # noqa: ASYNC220 - it forks and that is all
        await asyncio.to_thread(
            wait_until, lambda: all(map(os.path.exists, (self.device, self._far))), 10
        )
        self._file = os.open(self._far, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._file)
        self._tasks: set[asyncio.Task[None]] = set()
        asyncio.get_running_loop().add_reader(self._file, self._ready)
        return self

    async def __aexit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self._file)
        for task in self._tasks:
            task.cancel()
        os.close(self._file)
        self.unplug()

    def unplug(self) -> None:
        """The adapter is pulled out."""
        self._socat.terminate()
        self._socat.wait()

    def _ready(self) -> None:
        task = asyncio.ensure_future(
            self.take(os.read(self._file, 1024), lambda part: os.write(self._file, part))
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class RtuGateway(Meters):
    """Behind a TCP connection that carries RTU frames."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1024):
            await self.take(data, writer.write)
        writer.close()
