"""Serving the application over HTTP until it is stopped."""

import asyncio
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.web.access.proxied import Networks
from bcm_mqtt.web.connections import IDLE_S, Connection, Connections
from bcm_mqtt.web.live import LiveSite
from bcm_mqtt.web.live.source import MqttSource

_BACKLOG = 128
_LAST_ANSWERS_S = 3
_LOOK_EVERY_S = 1.0


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


def check_certificate(certificate: Path, key: Path) -> None:
    """Raises InputError unless the files are a certificate and its key."""
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as error:
        reason = error.strerror or str(error)
        message = f"{certificate} and {key} are no certificate and its key, in PEM: {reason}"
        raise InputError.of(message, key="web.tls") from None


async def serve(
    app: ASGIApp,
    live: LiveSite,
    source: MqttSource,
    listener: socket.socket,
    stop: asyncio.Event,
    *,
    certificate: Path | None = None,
    key: Path | None = None,
    proxies: Networks = (),
) -> None:
    """Follows the site and serves its page until `stop`.

    Args:
        app: The application.
        live: Its site, whose streams end first.
        source: Keeps it up to date.
        listener: See `listening`; closed at the end.
        stop: Ends it.
        certificate: For https; None is http.
        key: Of the certificate.
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
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    server = _Server(config)
    source.start()
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not stop.is_set() and not serving.done():
            source.watch_connection()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await stop.wait()
    finally:
        live.close()
        server.should_exit = True
        await serving
        source.stop()
