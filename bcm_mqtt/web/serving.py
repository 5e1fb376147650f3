"""Serving the application over HTTP until it is stopped."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

import uvicorn
from starlette.types import ASGIApp

from bcm_mqtt.errors import WorkError
from bcm_mqtt.web.live import LiveSite

_BACKLOG = 128
_LAST_ANSWERS_S = 3
_LOOK_EVERY_S = 1.0


class Following(Protocol):
    """What keeps the live site up to date."""

    def start(self) -> None:
        """Begins; in the event loop."""

    def stop(self) -> None:
        """Ends."""

    def watch_connection(self) -> None:
        """Looks whether the broker is there."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the command line's."""
        yield


def listening(host: str, port: int) -> socket.socket:
    """A socket that takes connections from now on; they wait until they are served.

    Raises:
        WorkError: the address is not to be had.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        # Without what create_server adds; a name that is none has a number of its own kind.
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror
        raise WorkError(f"cannot serve the page on {host}:{port}: {reason}") from None


async def serve(
    app: ASGIApp,
    live: LiveSite,
    following: Following,
    listener: socket.socket,
    stop: asyncio.Event,
) -> None:
    """Follows the site and serves its page until `stop`.

    Args:
        app: The application.
        live: Its site, whose streams end first.
        following: Keeps it up to date.
        listener: See `listening`; closed at the end.
        stop: Ends it.
    """
    config = uvicorn.Config(
        app,
        access_log=False,
        lifespan="off",
        log_config=None,
        proxy_headers=False,  # whom to believe is the application's to decide
        server_header=False,
        timeout_graceful_shutdown=_LAST_ANSWERS_S,
        ws="none",
    )
    server = _Server(config)
    following.start()
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not stop.is_set() and not serving.done():
            following.watch_connection()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await stop.wait()
    finally:
        live.close()
        server.should_exit = True
        await serving
        following.stop()
