"""Where a line is: a gateway on the network, or a serial port, and how to connect to it."""

import asyncio
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from pymodbus.transport.serialtransport import SerialTransport

from bcm_mqtt.modbus.connection import Connection
from bcm_mqtt.modbus.frames import Frames, LenientFrames, RtuFrames, TcpFrames

_FAST_BAUDRATE: Final = 19200
_FAST_GAP_S: Final = 0.00175


class Framing(StrEnum):
    """How frames are delimited on a TCP connection."""

    TCP = "tcp"
    RTU = "rtu"


class TransactionIds(StrEnum):
    """How the transaction of a Modbus TCP reply is checked."""

    STRICT = "strict"
    """It is that of the request."""
    LENIENT = "lenient"
    """It may also be 0, or one more."""


class Parity(StrEnum):
    """Of the characters on a serial line."""

    NONE = "none"
    EVEN = "even"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class Tcp:
    """A gateway in front of an RS485 line."""

    host: str
    port: int
    framing: Framing = Framing.TCP
    transaction_ids: TransactionIds = TransactionIds.STRICT

    gap_s = 0.0
    """The gateway sees to the silence between frames."""
    closed, opened = "does not accept connections", "accepts connections again"

    def frames(self) -> Frames:
        """How frames are made and delimited on it."""
        if self.framing is Framing.RTU:
            return RtuFrames()
        return LenientFrames() if self.transaction_ids is TransactionIds.LENIENT else TcpFrames()

    async def connected(self, frames: Frames) -> Connection:
        """A new connection; OSError or ValueError where there is none."""
        loop = asyncio.get_running_loop()
        _, made = await loop.create_connection(lambda: Connection(frames), self.host, self.port)
        return made

    def obstacle(self) -> str:
        """Why it cannot be opened, as far as one can see from here."""
        return ""

    def __str__(self) -> str:
        """As messages name it."""
        is_ipv6 = ":" in self.host and not self.host.startswith("[")
        return f"[{self.host}]:{self.port}" if is_ipv6 else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Serial:
    """A serial port, such as a USB adapter, with the RS485 line on it."""

    device: str
    baudrate: int = 19200
    parity: Parity = Parity.EVEN
    stop_bits: int = 1

    closed, opened = "cannot be opened", "is open again"

    @property
    def gap_s(self) -> float:
        """The silence that must precede a frame: 3.5 characters of 11 bits."""
        if self.baudrate > _FAST_BAUDRATE:  # Modbus over Serial Line V1.02, section 2.5.1.1
            return _FAST_GAP_S
        return 3.5 * 11 / self.baudrate

    def frames(self) -> Frames:
        """How frames are made and delimited on it."""
        return RtuFrames()

    async def connected(self, frames: Frames) -> Connection:
        """The port, opened; OSError, ValueError or termios.error where it cannot be."""
        made = Connection(frames)
        transport = SerialTransport(
            asyncio.get_running_loop(),
            made,
            self.device,
            baudrate=self.baudrate,
            bytesize=8,
            parity=self.parity[0].upper(),
            stopbits=self.stop_bits,
            timeout=None,
        )
        transport.setup()
        made.connection_made(transport)  # else it is open a round of the loop later
        return made

    def obstacle(self) -> str:
        """Why it cannot be opened, which pyserial does not say in a short sentence."""
        device = Path(self.device)
        if not device.exists():
            return "" if "://" in self.device else "no such device"  # a URL of pyserial's
        if not device.is_char_device():
            return "not a serial port"
        return "" if os.access(device, os.R_OK | os.W_OK) else "permission denied"

    def __str__(self) -> str:
        """As messages name it."""
        return self.device


Link = Tcp | Serial
