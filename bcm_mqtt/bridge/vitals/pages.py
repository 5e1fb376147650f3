"""What the bridge shows over HTTP: `/metrics` and `/healthz`, to a few clients at a time.

The server has threads of its own. What it shows belongs to the event loop's thread and is
gathered there: a look is then of one instant, no part of the bridge needs a lock, and a
loop that is blocked is noticed, because it does not answer.

It is not prometheus_client's own server, which keeps a thread for every client for as long as
that likes (200 silent clients held 200 threads), answers any path with the metrics, HEAD with
405, and a version in the Accept header that is no number with 500 and a stack trace. Here the
event loop never waits for a client, no client keeps a thread for long, and there are few
threads.
"""

import asyncio
import logging
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Thread
from typing import Any, Final

from bcm_mqtt.bridge.vitals.signs import Vitals
from bcm_mqtt.config import MetricsSettings
from bcm_mqtt.errors import WorkError
from bcm_mqtt.event_loop import in_loop

_LOG = logging.getLogger(__name__)
_TEXT: Final = "text/plain; charset=utf-8"
_MOST_CLIENTS: Final = 8
_LONGEST_S: Final = 10.0
"""From a client's connection to its end, whatever it does or does not do."""
_LOOK_EVERY_S: Final = 0.5

Page = tuple[HTTPStatus, str, bytes]
"""Status, content type, body."""


def pages(look: Callable[[], Vitals]) -> dict[str, Callable[[str], Page]]:
    """The pages by path: functions of an Accept header; TimeoutError where `look` raises it."""
    # Not at the top: most bridges serve no metrics.
    from bcm_mqtt.bridge.vitals.metrics import exposition  # noqa: PLC0415

    metrics = exposition(look)

    def healthz(_accept: str) -> Page:
        vitals = look()
        if problems := vitals.problems():
            return HTTPStatus.SERVICE_UNAVAILABLE, _TEXT, _lines(problems)
        return HTTPStatus.OK, _TEXT, _lines(["ok", *vitals.absences()])

    return {"/metrics": lambda accept: (HTTPStatus.OK, *metrics(accept)), "/healthz": healthz}


@contextmanager
def served(settings: MetricsSettings, look: Callable[[], Vitals]) -> Iterator[int]:
    """Serves the pages; yields the port. To be entered in the event loop's thread.

    Args:
        settings: Where.
        look: Is called in the event loop's thread.

    Raises:
        WorkError: the address or port cannot be used.
    """
    loop = asyncio.get_running_loop()
    try:
        server = _Server(settings, pages(in_loop(loop, look)))
    except OSError as error:
        place = f"{settings.host}:{settings.port}"
        raise WorkError(
            f"bridge.metrics: cannot listen on {place}: {error.strerror or error}"
        ) from error
    with server:
        thread = Thread(target=server.serve_forever, args=(_LOOK_EVERY_S,), name="metrics")
        thread.start()
        try:
            yield server.port
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingTCPServer):
    """A thread per client, but few clients, and none for long.

    Not the library's HTTPServer, which looks its own name up in the name service.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 4 * _MOST_CLIENTS

    def __init__(self, settings: MetricsSettings, shown: dict[str, Callable[[str], Page]]) -> None:
        places = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        self.address_family = places[0][0]  # IPv4 or IPv6
        self.pages = shown
        self._clients: dict[socket.socket, float] = {}
        super().__init__((settings.host, settings.port), _Request)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        if len(self._clients) >= _MOST_CLIENTS:
            self.shutdown_request(request)
            return
        self._clients[request] = time.monotonic()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        self._clients.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Runs between clients and twice a second: ends those that take too long."""
        oldest = time.monotonic() - _LONGEST_S
        for client, since in self._clients.copy().items():
            if since < oldest:
                with suppress(OSError):  # gone by now
                    client.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_: object) -> None:
        """Logs a mistake here; a client that is gone before its answer is none."""
        if not isinstance(sys.exception(), OSError):
            _LOG.exception("metrics: a request failed")


class _Request(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path.partition("?")[0])
        if page is None:
            self._answer(HTTPStatus.NOT_FOUND, _TEXT, _lines(["expected /metrics or /healthz"]))
            return
        try:
            self._answer(*page(self.headers.get("Accept", "")))
        except TimeoutError:
            reason = _lines(["the event loop does not respond"])
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, _TEXT, reason)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        """The Server header: not which Python this is."""
        return "bcm-mqtt"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """A scrape is no event."""


def _lines(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
