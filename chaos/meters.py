"""The Modbus line: gateways and meters that answer, are silent, late, or lie.

What they answered is written down here, at the link, and is what the stored readings are held
against in the end.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

HOST_PORT = {"gw-a": 5021, "gw-b": 5022}
_HEADER = struct.Struct(">HHHBB")


class Value(NamedTuple):
    """A value as it must be stored: thousandths (energy: Wh) of a pole's quantity."""

    quantity: str
    pole: int
    stored: int | None


@dataclass(slots=True)
class Reply:
    """What a meter gave in a poll.

    Attributes:
        panel: Of the meter.
        poll: Counts the panel's polls.
        at: When it arrived, s of the loop.
        values: In it.
        process: The bridge's, that polled.
    """

    panel: str
    poll: int
    at: float
    values: tuple[Value, ...]
    process: Any


@dataclass
class Unit:
    """A meter.

    Attributes:
        panel: To which it belongs.
        read: Registers and values of a request by address and count, at a time.
        mood: How it answers now: well, silent, late, refuses, unreachable, lies, stutters.
        lies: Kinds of lie that were told, for the log.
    """

    panel: str
    read: Callable[[int, int, float], tuple[list[int], list[Value]]]
    mood: str = "well"


@dataclass
class Gateway:
    """A gateway and the meters behind it.

    Attributes:
        loop: For its time.
        random: For its latencies.
        timeout_s: After which the bridge counts a unit as silent.
        units: By id.
        up: Whether it takes connections.
        log: Of all that was answered in time and in order.
        process: The bridge's, that polls.
        asked: Told of the panel of each request.
        is_back: Told of each panel when the gateway is there again.
    """

    loop: Any
    random: Random
    timeout_s: float
    process: Callable[[], Any]
    units: dict[int, Unit] = field(default_factory=dict)
    up: bool = True
    log: list[Reply] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    asked: Callable[[str], None] = lambda _panel: None
    is_back: Callable[[str], None] = lambda _panel: None
    _polls: dict[str, tuple[int, tuple[int, int], Any]] = field(default_factory=dict)
    _open: list["_Transport"] = field(default_factory=list)

    async def connect(self, factory: Callable[[], Any]) -> tuple[Any, Any]:
        """A connection."""
        import asyncio  # noqa: PLC0415

        future = self.loop.create_future()
        self.loop.call_later(
            self.random.uniform(0.001, 0.01), lambda: future.done() or future.set_result(None)
        )
        await asyncio.shield(future)
        if not self.up:
            raise ConnectionRefusedError
        protocol = factory()
        transport = _Transport(self, protocol)
        self._open.append(transport)
        protocol.connection_made(transport)
        return transport, protocol

    def go(self, *, up: bool) -> None:
        """Goes away, with all connections, or comes back."""
        self.up = up
        if up:
            for unit in self.units.values():
                self.is_back(unit.panel)
        else:
            for transport in list(self._open):
                transport.reset()

    def request(self, transport: "_Transport", frame: bytes) -> None:
        """Answers a request, or does not."""
        transaction, _, _, number, function = _HEADER.unpack_from(frame)
        address, count = struct.unpack_from(">HH", frame, _HEADER.size)
        unit = self.units.get(number)
        if unit is None:
            return
        self.asked(unit.panel)
        poll = self._poll_of(unit.panel, (number, address))
        mood = unit.mood
        latency = self.random.uniform(0.002, 0.02)
        if mood == "silent":
            return
        registers, values = unit.read(address, count, self.loop.now)
        body = bytes((2 * count,)) + struct.pack(f">{count}H", *registers)
        if mood == "late":
            latency = self.timeout_s + self.random.uniform(0.05, 0.5)
        elif mood == "refuses":
            function, body = function | 0x80, b"\x06"
        elif mood == "unreachable":
            function, body = function | 0x80, b"\x0b"
        elif mood == "lies":
            transaction, number, function, body = self._lie(transaction, number, function, body)
        reply = _HEADER.pack(transaction, 0, len(body) + 2, number, function) + body
        if mood in {"silent", "refuses", "unreachable", "lies", "late"}:
            values = []
        parts = [reply]
        if mood == "stutters":
            cut = self.random.randint(1, len(reply) - 1)
            parts = [reply[:cut], reply[cut:]]
        for part in parts[:-1]:
            transport.later(latency, part, lambda: None)
        latency += 0.003 * (len(parts) - 1)
        transport.later(latency, parts[-1], lambda: self._gave(unit.panel, poll, values))

    def _lie(
        self, transaction: int, number: int, function: int, body: bytes
    ) -> tuple[int, int, int, bytes]:
        kind = self.random.choice(["transaction", "unit", "function", "short", "long", "old"])
        if kind == "transaction":
            transaction ^= 0x4000
        elif kind == "old":
            transaction = max(1, transaction - 1) if transaction > 1 else 0x4000
        elif kind == "unit":
            number = number % 200 + 1
        elif kind == "function":
            function ^= 7
        elif kind == "short":
            body = bytes((body[0] - 2,)) + body[1:-2]
        else:
            body += b"\0\0"
        return transaction, number, function, body

    def _poll_of(self, panel: str, request: tuple[int, int]) -> int:
        """Counts a panel's polls: each asks in the order of units and registers."""
        process = self.process()
        number, last, before = self._polls.get(panel, (0, request, process))
        number += request <= last or process is not before
        self._polls[panel] = number, request, process
        return number

    def _gave(self, panel: str, poll: int, values: Sequence[Value]) -> None:
        if values:
            reply = Reply(panel, poll, self.loop.now, tuple(values), self.process())
            self.log.append(reply)


class _Transport:
    """The bridge's end of a connection."""

    def __init__(self, gateway: Gateway, protocol: Any) -> None:
        self._gateway = gateway
        self._protocol = protocol
        self._closed = False

    def write(self, frame: bytes) -> None:
        if not self._closed:
            self._gateway.request(self, frame)

    def later(self, seconds: float, data: bytes, arrived: Callable[[], None]) -> None:
        self._gateway.loop.call_later(seconds, self._receive, data, arrived)

    def abort(self) -> None:
        if not self._closed:
            self._closed = True
            self._gateway._open.remove(self)
            self._gateway.loop.call_soon(self._protocol.connection_lost, None)

    close = abort

    def is_closing(self) -> bool:
        return self._closed

    def reset(self) -> None:
        """The gateway ends it."""
        self.abort()

    def _receive(self, data: bytes, arrived: Callable[[], None]) -> None:
        if not self._closed:
            arrived()
            self._protocol.data_received(data)


def currents(panel: str, poles: Sequence[int], load: "Load") -> Unit:
    """A meter of currents in 0.1 A, as profile `generic` reads them: a register each, from 0."""

    def read(address: int, count: int, now: float) -> tuple[list[int], list[Value]]:
        registers = [load.tenths(panel, pole, now) for pole in poles]
        values = [
            Value("current", pole, registers[place] * 100)
            for place, pole in enumerate(poles)
            if address <= place < address + count
        ]
        return registers[address : address + count], values

    return Unit(panel, read)


_FIRST = {
    "voltage": 0x0000,
    "current": 0x0006,
    "power": 0x000C,
    "apparent_power": 0x0012,
    "reactive_power": 0x0018,
    "power_factor": 0x001E,
    "energy": 0x015A,
}
_FREQUENCY = 0x0046


def three_phase(panel: str, load: "Load") -> Unit:
    """An SDM630: floats, high word first, of L1 to L3 on poles 1, 3 and 5."""

    def read(address: int, count: int, now: float) -> tuple[list[int], list[Value]]:
        floats: dict[int, tuple[float, list[Value]]] = {}
        for phase, pole in enumerate((1, 3, 5)):
            tenths = load.tenths(panel, pole, now)
            of: dict[str, tuple[float, int]] = {
                "voltage": (120.0, 120_000),
                "current": (tenths / 8, tenths * 125),
                "power": (tenths * 30.0, tenths * 30_000),
                "apparent_power": (tenths * 32.0, tenths * 32_000),
                "reactive_power": (tenths * 2.0, tenths * 2_000),
                "power_factor": (0.875, 875),
                "energy": load.energy(panel, pole, now),
            }
            for name, (number, stored) in of.items():
                floats[_FIRST[name] + 2 * phase] = number, [Value(name, pole, stored)]
        floats[_FREQUENCY] = 60.0, [Value("frequency", pole, 60_000) for pole in (1, 3, 5)]
        registers, values = [0] * count, []
        for place, (number, of_it) in floats.items():
            if address <= place and place + 2 <= address + count:
                high, low = struct.unpack(">HH", struct.pack(">f", number))
                registers[place - address], registers[place - address + 1] = high, low
                values += of_it
        return registers, values

    return Unit(panel, read)


class Load:
    """What the circuits draw: never the same twice in a row, now and then too much."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._count: dict[tuple[str, int], int] = {}
        self._eighths: dict[tuple[str, int], tuple[float, float]] = {}
        self.overloads: list[tuple[str, int, float, float]] = []

    def tenths(self, panel: str, pole: int, now: float) -> int:
        """Current in 0.1 A; of the same instant the same."""
        count = self._count[panel, pole] = self._count.get((panel, pole), pole) + 1
        if any(one[:2] == (panel, pole) and one[2] <= now < one[3] for one in self.overloads):
            return 210 + count % 20
        return 10 + count * 7 % 113

    def energy(self, panel: str, pole: int, now: float) -> tuple[float, int]:
        """A register in kWh, in steps of 1/8, and in Wh."""
        since, eighths = self._eighths.get((panel, pole), (0.0, 8.0 * (100 + pole)))
        eighths += (now - since) * 8 * 1.2 / 3600
        self._eighths[panel, pole] = now, eighths
        whole = int(eighths)
        return whole / 8, whole * 125
