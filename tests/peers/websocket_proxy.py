"""A proxy in front of a broker: WebSockets outside, as browsers and proxies speak, TCP inside."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

_AT_ONCE = 5_000
"""Bytes: packets come in parts, and several in one frame."""


@asynccontextmanager
async def websocket_proxy(
    broker_port: int, path: str, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Gives the port; what asks for another path is sent away."""

    async def relay(connection: ServerConnection) -> None:
        if connection.request is None or connection.request.path != path:
            await connection.close(1008)
            return
        reader, writer = await asyncio.open_connection("127.0.0.1", broker_port)

        async def outwards() -> None:
            while data := await reader.read(_AT_ONCE):
                await connection.send(data)
            await connection.close()

        sending = asyncio.create_task(outwards())
        with suppress(ConnectionClosed, ConnectionError):
            async for message in connection:
                writer.write(message if isinstance(message, bytes) else message.encode())
        writer.close()
        sending.cancel()
        with suppress(asyncio.CancelledError, ConnectionClosed, ConnectionError):
            await sending

    server = await serve(
        relay, "127.0.0.1", 0, ssl=tls, subprotocols=[Subprotocol("mqtt")], max_size=None
    )
    try:
        [listening] = server.sockets
        yield listening.getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
