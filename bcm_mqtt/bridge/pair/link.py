"""The link: one side asks, the other answers; each listens, and each connects to the other.

A frame is its length (4 bytes, big-endian), a JSON object, and a code that proves who sent it:
HMAC-SHA256 (RFC 2104) under a key of this connection, over direction, count and content, so that
nothing can be altered, repeated or played back. The key comes from the shared secret and a random
number of each side. Content is not hidden; with certificates all of it runs in TLS, and both sides
must show one.
"""

import asyncio
import hmac
import json
import logging
import secrets
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final

from bcm_mqtt.config import PeerSettings

_LOG = logging.getLogger(__name__)
_LARGEST: Final = 64_000_000
"""Bytes of a frame: a directory of 20,000 poles with its versions is a tenth of it."""
_LARGEST_HELLO: Final = 1_000
_CODE: Final = 32
_HELLO_WITHIN_S: Final = 5.0
_MOST_CONNECTIONS: Final = 8
"""That have proved nothing yet."""
_MOST_PROVED: Final = 4
"""The other side has two; one whose machine lost its power leaves its connections open."""
_ASKS, _ANSWERS = b"a", b"b"

Fields = Mapping[str, Any]
Answer = Callable[[str, Fields], Awaitable[Fields]]
"""Answers a request: its name and fields."""


class LinkError(Exception):
    """The other side was not reached, or what came is not from it."""


class _Channel:
    """An open connection whose frames are proved."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        secret: bytes,
        says: bytes,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._key = secret
        self._says, self._hears = says, _ASKS if says == _ANSWERS else _ANSWERS
        self._sent = self._received = 0

    async def agree(self) -> None:
        """Makes the key of this connection of what each side draws."""
        drawn = secrets.token_hex(32)
        self._writer.write(_framed(json.dumps({"bcm_pair": 1, "drawn": drawn}).encode()))
        await self._writer.drain()
        hello = _object(await self._read(_LARGEST_HELLO))
        theirs = hello.get("drawn")
        if hello.get("bcm_pair") != 1 or not isinstance(theirs, str) or len(theirs) != len(drawn):
            raise LinkError("it is no bridge of a version that this one can be paired with")
        asks, answers = (drawn, theirs) if self._says == _ASKS else (theirs, drawn)
        self._key = hmac.digest(self._key, f"bcm-pair {asks} {answers}".encode(), "sha256")

    async def send(self, content: Fields) -> None:
        """Sends one object."""
        text = json.dumps(content).encode()
        self._writer.write(_framed(text + self._code(self._says, self._sent, text)))
        self._sent += 1
        await self._writer.drain()

    async def receive(self) -> dict[str, Any]:
        """Waits for one object."""
        frame = await self._read(_LARGEST)
        text, code = frame[:-_CODE], frame[-_CODE:]
        if not hmac.compare_digest(code, self._code(self._hears, self._received, text)):
            raise LinkError("it has another secret: bridge.peer.secret must be the same on both")
        self._received += 1
        return _object(text)

    def close(self) -> None:
        self._writer.close()

    def _code(self, direction: bytes, count: int, text: bytes) -> bytes:
        return hmac.digest(self._key, direction + count.to_bytes(8, "big") + text, "sha256")

    async def _read(self, largest: int) -> bytes:
        size = int.from_bytes(await self._reader.readexactly(4), "big")
        if size > largest:
            raise LinkError(f"a frame of {size:,} bytes: expected at most {largest:,}")
        return await self._reader.readexactly(size)


class Asking:
    """The side that asks: a connection that is opened again when it is needed."""

    def __init__(self, peer: PeerSettings) -> None:
        """Connects at the first question."""
        self._peer = peer
        self._channel: _Channel | None = None
        self._one_at_a_time = asyncio.Lock()

    async def ask(self, name: str, within_s: float, **fields: object) -> dict[str, Any]:
        """The other side's answer.

        Args:
            name: Of the request.
            within_s: Connecting included.
            fields: What JSON can say.

        Raises:
            LinkError: there is none; the connection is given up.
        """
        try:
            async with asyncio.timeout(within_s), self._one_at_a_time:
                return await self._asked({"request": name, **fields})
        except LinkError:
            self.close()
            raise
        except (OSError, EOFError) as error:  # of time, TLS and an end in the middle, too
            self.close()
            raise LinkError(str(error) or "no answer in time") from error

    async def _asked(self, request: Fields) -> dict[str, Any]:
        channel = self._channel or await self._connected()
        self._channel = None  # of a question that is cut off here, the answer would still come
        try:
            await channel.send(request)
            answer = await channel.receive()
        except BaseException:
            channel.close()
            raise
        self._channel = channel
        return answer

    async def _connected(self) -> _Channel:
        host, port = self._peer.address
        reader, writer = await asyncio.open_connection(
            host, port, ssl=_context(self._peer, ssl.Purpose.SERVER_AUTH), limit=_LARGEST
        )
        channel = _Channel(reader, writer, self._peer.secret, _ASKS)
        try:
            await channel.agree()
        except BaseException:
            channel.close()
            raise
        return channel

    def close(self) -> None:
        """Gives the connection up; the next question opens another."""
        if self._channel:
            self._channel.close()
            self._channel = None


@asynccontextmanager
async def answering(peer: PeerSettings, answer: Answer) -> AsyncIterator[int]:
    """Listens while the context is entered; gives the port.

    Args:
        peer: Where to listen.
        answer: Is given each request that is proved to be the other side's.

    Raises:
        OSError: it cannot listen there.
    """
    connections = set[asyncio.Task[None]]()
    proved = dict[_Channel, None]()
    """In the order in which they were heard of last."""

    def heard(channel: _Channel) -> None:
        proved.pop(channel, None)
        proved[channel] = None
        if len(proved) > _MOST_PROVED:
            silent = next(iter(proved))
            del proved[silent]
            silent.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(connections) - len(proved) >= _MOST_CONNECTIONS:
            writer.close()
            return
        connections.add(task)
        channel = _Channel(reader, writer, peer.secret, _ANSWERS)
        try:
            async with asyncio.timeout(_HELLO_WITHIN_S):
                await channel.agree()
                request = await channel.receive()
            while True:
                heard(channel)
                await channel.send(await answer(str(request.pop("request", "")), request))
                request = await channel.receive()
        except LinkError as error:
            who = writer.get_extra_info("peername")
            _LOG.warning("bridge.peer: a connection from %s was refused: %s", who, error)
        except (OSError, EOFError):
            pass  # it is gone: whether the other side is there is seen by who asks it
        finally:
            connections.discard(task)
            proved.pop(channel, None)
            channel.close()

    host, port = peer.listen
    server = await asyncio.start_server(
        serve, host, port, ssl=_context(peer, ssl.Purpose.CLIENT_AUTH)
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in connections:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*connections, return_exceptions=True)


def _framed(frame: bytes) -> bytes:
    return len(frame).to_bytes(4, "big") + frame


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise LinkError("it is no bridge")
    return found


def _context(peer: PeerSettings, purpose: ssl.Purpose) -> ssl.SSLContext | None:
    if peer.tls is None:
        return None
    context = ssl.create_default_context(purpose, cafile=peer.tls.ca)
    context.load_cert_chain(peer.tls.certificate, peer.tls.key)
    context.verify_mode = ssl.CERT_REQUIRED  # of both sides
    return context


@contextmanager
def reading() -> Iterator[None]:
    """While fields are read: what is missing or of another type is no request.

    Raises:
        LinkError: instead of what reading them raised.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise LinkError("both bridges must be of the same version") from error
