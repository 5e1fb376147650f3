"""What a line is made of: a TCP connection or a serial port, and pymodbus' client for it."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient

from bcm_mqtt.modbus.framing import Refuse, StrictRtuFramer, StrictTcpFramer

# Its messages repeat what a ReadError says, at ERROR, for every single request.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL + 1)

Client = AsyncModbusTcpClient | AsyncModbusSerialClient
Framer = StrictTcpFramer | StrictRtuFramer

_BUFFER: Final = 1 << 20
"""More than comes at once: pymodbus throws away all it has, answer and noise, at 265 bytes."""
_FAST_BAUDRATE: Final = 19200
_FAST_GAP_S: Final = 0.00175


class Framing(StrEnum):
    """How frames are told apart on a TCP connection."""

    TCP = "tcp"
    RTU = "rtu"


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

    gap_s = 0.0
    """The gateway sees to the silence between frames."""
    closed, opened = "does not accept connections", "accepts connections again"

    def obstacle(self) -> str:
        """Why it cannot be opened, as far as one can see from here."""
        return ""

    def __str__(self) -> str:
        """As messages name it."""
        return f"{self.host}:{self.port}"

    def client(
        self, name: str, timeout: float, refuse: Refuse, connection_changed: Callable[[bool], None]
    ) -> tuple[Client, Framer]:
        """A client that neither retries nor reconnects, and its framer."""
        client = AsyncModbusTcpClient(
            self.host,
            port=self.port,
            name=name,
            timeout=timeout,
            retries=0,
            reconnect_delay=0,
            trace_connect=connection_changed,
        )
        made = StrictRtuFramer if self.framing is Framing.RTU else StrictTcpFramer
        framer: Framer = made(refuse)
        client.ctx.framer = framer
        client.ctx.max_buffer_size = _BUFFER
        return client, framer


@dataclass(frozen=True, slots=True)
class Serial:
    """A serial port, such as a USB adapter, with the RS485 line on it."""

    device: str
    baudrate: int = 19200
    parity: Parity = Parity.EVEN
    stop_bits: int = 1

    closed, opened = "cannot be opened", "is open again"

    def obstacle(self) -> str:
        """Why it cannot be opened, which pymodbus does not tell."""
        device = Path(self.device)
        if not device.exists():
            return "" if "://" in self.device else "no such device"  # a URL of pyserial's
        if not device.is_char_device():
            return "not a serial port"
        return "" if os.access(device, os.R_OK | os.W_OK) else "permission denied"

    @property
    def gap_s(self) -> float:
        """The silence that must precede a frame: 3.5 characters of 11 bits."""
        if self.baudrate > _FAST_BAUDRATE:  # Modbus over Serial Line V1.02, section 2.5.1.1
            return _FAST_GAP_S
        return 3.5 * 11 / self.baudrate

    def __str__(self) -> str:
        """As messages name it."""
        return self.device

    def client(
        self, name: str, timeout: float, refuse: Refuse, connection_changed: Callable[[bool], None]
    ) -> tuple[Client, Framer]:
        """A client that neither retries nor reconnects, and its framer."""
        client = AsyncModbusSerialClient(
            self.device,
            baudrate=self.baudrate,
            parity=self.parity[0].upper(),
            stopbits=self.stop_bits,
            name=name,
            timeout=timeout,
            retries=0,
            reconnect_delay=0,
            trace_connect=connection_changed,
        )
        framer = StrictRtuFramer(refuse)
        client.ctx.framer = framer
        client.ctx.max_buffer_size = _BUFFER
        return client, framer


Link = Tcp | Serial
