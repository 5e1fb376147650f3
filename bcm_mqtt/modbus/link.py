"""What a line is made of: a TCP connection or a serial port, and pymodbus' client for it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient

from bcm_mqtt.modbus.framing import Refuse, StrictRtuFramer, StrictTcpFramer

# Its messages repeat what a ReadError says, at ERROR, for every single request.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL + 1)

Client = AsyncModbusTcpClient | AsyncModbusSerialClient
Framer = StrictTcpFramer | StrictRtuFramer

_FAST_BAUDRATE: Final = 19200
_FAST_GAP_S: Final = 0.00175


class Framing(Enum):
    """How frames are told apart on a TCP connection."""

    TCP = "tcp"
    RTU = "rtu"


class Parity(Enum):
    """Of the characters on a serial line."""

    NONE = "none"
    EVEN = "even"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class TcpLink:
    """A gateway in front of an RS485 line."""

    host: str
    port: int
    framing: Framing = Framing.TCP

    gap_s = 0.0
    """The gateway sees to the silence between frames."""

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
class SerialLink:
    """A serial port, such as a USB adapter, with the RS485 line on it."""

    device: str
    baudrate: int = 19200
    parity: Parity = Parity.EVEN
    stop_bits: int = 1

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
            parity=self.parity.value[0].upper(),
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


Link = TcpLink | SerialLink

_BUFFER: Final = 1024
"""Bytes kept: pymodbus drops all it has, answer and noise, at more than 264."""
