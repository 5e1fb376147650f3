"""Serving the application over HTTP until it is stopped."""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.web.access.proxied import Networks
from bcm_mqtt.web.connections import IDLE_S, Connection, Connections
from bcm_mqtt.web.handshakes import accepting
from bcm_mqtt.web.live import LiveSite
from bcm_mqtt.web.live.source import MqttSource

_BACKLOG = 128
_LAST_ANSWERS_S = 3
_LOOK_EVERY_S = 1.0
_STARTED_CHECK_S = 0.01


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


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """How to talk TLS with a certificate; InputError unless the files are one and its key."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as error:
        reason = error.strerror or str(error)
        message = f"{certificate} and {key} are no certificate and its key, in PEM: {reason}"
        raise InputError.of(message, key="web.tls") from None
    return context


async def serve(
    app: ASGIApp,
    live: LiveSite,
    source: MqttSource,
    listener: socket.socket,
    stop: asyncio.Event,
    *,
    context: ssl.SSLContext | None = None,
    proxies: Networks = (),
) -> None:
    """Follows the site and serves its page until `stop`.

    Args:
        app: The application.
        live: Its site, whose streams end first.
        source: Keeps it up to date.
        listener: See `listening`; closed at the end.
        stop: Ends it.
        context: For https; None is http.
        proxies: Addresses that bring the requests of others.
    """
    source.start()
    try:
        await serve_app(
            app,
            listener,
            stop,
            source.watch_connection,
            live.close,
            context=context,
            proxies=proxies,
        )
    finally:
        source.stop()


async def serve_app(
    app: ASGIApp,
    listener: socket.socket,
    stop: asyncio.Event,
    look: Callable[[], object],
    close: Callable[[], object],
    *,
    context: ssl.SSLContext | None = None,
    proxies: Networks = (),
) -> None:
    """Serves any application until `stop`.

    Args:
        app: The application.
        listener: See `listening`; closed at the end.
        stop: Ends it.
        look: Called about each second.
        close: Called before the last answers are waited for.
        context: For https; None is http.
        proxies: Addresses that bring the requests of others.
    """
    connections = Connections(proxies)
    config = uvicorn.Config(
        app,
        access_log=False,
        lifespan="off",
        log_config=None,
        proxy_headers=False,  # whom to believe is the application's to decide
        server_header=False,
        timeout_graceful_shutdown=_LAST_ANSWERS_S,
        ws="none",
        http=cast("type[asyncio.Protocol]", partial(Connection, connections)),
        timeout_keep_alive=IDLE_S,
    )
    server = _Server(config)
    served = [] if context else [listener]
    serving = asyncio.create_task(server.serve(sockets=served))
    encrypted = asyncio.create_task(_encrypted(server, listener, connections, context))
    try:
        while not stop.is_set() and not serving.done():
            look()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await stop.wait()
    finally:
        encrypted.cancel()
        close()
        server.should_exit = True
        await serving


async def _encrypted(
    server: _Server,
    listener: socket.socket,
    connections: Connections,
    context: ssl.SSLContext | None,
) -> None:
    """Brings the server the connections that are encrypted, where it has a certificate."""
    if context is None:
        return
    while not server.started:  # noqa: ASYNC110 - it has no event for it
        await asyncio.sleep(_STARTED_CHECK_S)

    def protocol() -> Connection:
        return Connection(
            connections,
            config=server.config,
            server_state=server.server_state,
            app_state=server.lifespan.state,
        )

    await accepting(listener, connections, context, protocol)
