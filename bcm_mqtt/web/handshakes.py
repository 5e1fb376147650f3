"""TLS handshakes that count as connections, and have a time to end.

asyncio's own server makes a connection known when its handshake is over, and gives it a minute:
whoever opens connections and says nothing would be neither counted nor closed in time.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

from bcm_mqtt.web.connections import HEAD_S, Connection, Connections

_AGAIN_S = 0.1


class Handshake:
    """A connection until it is encrypted."""

    is_waiting = True

    def __init__(self, accepted: socket.socket) -> None:
        """Takes a socket that was accepted."""
        self._socket = accepted

    def give_way(self) -> None:
        """It ends as if the other side had gone."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    async def shake_hands(
        self, connections: Connections, context: ssl.SSLContext, then: Callable[[], Connection]
    ) -> None:
        """Until it is encrypted and another protocol has it, or has ended."""
        try:
            # Who speaks no TLS, has gone, or takes too long is nobody to be answered.
            with suppress(OSError, TimeoutError):
                await asyncio.get_running_loop().connect_accepted_socket(
                    then, self._socket, ssl=context, ssl_handshake_timeout=HEAD_S
                )
        finally:
            connections.closed(self)


async def accepting(
    listener: socket.socket,
    connections: Connections,
    context: ssl.SSLContext,
    protocol: Callable[[], Connection],
) -> None:
    """Takes connections for ever.

    Args:
        listener: That listens.
        connections: Counts them.
        context: How to talk TLS.
        protocol: Makes that of an encrypted connection.
    """
    loop = asyncio.get_running_loop()
    listener.settimeout(0)
    under_way: set[asyncio.Task[None]] = set()
    try:
        while True:
            try:
                accepted, address = await loop.sock_accept(listener)
            except OSError:  # no file is left, or the other side has gone already
                await asyncio.sleep(_AGAIN_S)
                continue
            handshake = Handshake(accepted)
            if not connections.opened(handshake, str(address[0])):
                accepted.close()
                continue
            task = loop.create_task(handshake.shake_hands(connections, context, protocol))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
    finally:
        listener.close()
        for task in under_way:
            task.cancel()
