"""A local server that takes what is posted."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest


@dataclass
class Server:
    """Takes what is posted; answers with `status`, or breaks off where that is 0."""

    url: str = ""
    status: int = 200
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def bodies(self) -> list[dict[str, object]]:
        return [json.loads(body) for _, body in self.taken]


@pytest.fixture
def server() -> Iterator[Server]:
    noted = Server()

    class Noting(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            noted.taken.append(({key.lower(): value for key, value in self.headers.items()}, body))
            if noted.status:
                self.send_response(noted.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

        def log_message(self, *_: object) -> None:
            """Into no log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Noting) as http:
        thread = Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        noted.url = f"http://127.0.0.1:{http.server_port}/token-of-the-address"
        yield noted
        http.shutdown()
        thread.join()
