"""A Modbus TCP gateway that misbehaves as the test says.

Each value carries the number of the request it answers, the unit and its place, so that a
value that is stale, foreign or shifted is recognised.
"""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET
from typing import Self

_HEADER = struct.Struct(">HHHBBHH")


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    number: int
    transaction: int
    unit: int
    function: int
    address: int
    count: int

    @property
    def values(self) -> list[int]:
        """What the right answer holds."""
        return [self.number % 256 << 8 | self.unit << 4 | place for place in range(self.count)]

    def pdu(self, values: list[int] | None = None) -> bytes:
        """Function code, byte count and registers."""
        found = self.values if values is None else values
        return struct.pack(f">BB{len(found)}H", self.function, 2 * len(found), *found)

    def frame(
        self,
        pdu: bytes | None = None,
        *,
        transaction: int | None = None,
        unit: int | None = None,
        protocol: int = 0,
        length: int | None = None,
    ) -> bytes:
        """The right answer, or one with something changed."""
        body = self.pdu() if pdu is None else pdu
        return (
            struct.pack(
                ">HHHB",
                self.transaction if transaction is None else transaction,
                protocol,
                len(body) + 1 if length is None else length,
                self.unit if unit is None else unit,
            )
            + body
        )


Answer = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


async def well(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Answers as it should."""
    writer.write(asked.frame())


async def silence(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Does not answer."""


async def reset(_asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Resets the connection instead of answering."""
    writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def hang_up(_asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Closes the connection in peace instead of answering."""
    writer.close()


def bytes_of(make: Callable[[Asked], bytes]) -> Answer:
    """Answers with these bytes at once."""

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(make(asked))

    return answer


@dataclass
class FaultyGateway:
    """Serves while its context is entered.

    Attributes:
        answers: What becomes of the next requests, in turn; `answer` of all after them.
        asked: Every request so far.
        connections: Every connection so far.
        open_now: The connections that stand.
        most_open: The most that stood at a time.
    """

    answer: Answer = well
    answers: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    open_now: set[asyncio.StreamWriter] = field(default_factory=set)
    most_open: int = 0
    port: int = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for writer in tuple(self.open_now):
            writer.transport.abort()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_now.add(writer)
        self.most_open = max(self.most_open, len(self.open_now))
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                transaction, _, _, *rest = _HEADER.unpack(await reader.readexactly(_HEADER.size))
                asked = Asked(len(self.asked) + 1, transaction, *rest)
                self.asked.append(asked)
                await (self.answers.pop(0) if self.answers else self.answer)(asked, writer)
        self.open_now.discard(writer)
        writer.close()
