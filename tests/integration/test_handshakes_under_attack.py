"""TLS handshakes that nobody goes on with: closed in time, counted, and in nobody's way."""

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import trustme

from bcm_mqtt.web.connections import HEAD_S, MOST_OF_ADDRESS
from peers.process import Process, free_port, wait_until
from peers.site import Site

Page = tuple[int, Process, ssl.SSLContext]
MOST_S, MOST_BYTES = 1.0, 100_000_000


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    with Site(folder, free_port(), free_port()) as site:
        certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
        certificate.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
        port = urlsplit(site.serve_page()).port or 0
        text = site.config.read_text()
        tls = f"web: {{port: {port}, tls: {{certificate: cert.pem, key: key.pem}}}}"
        site.config.write_text(text.replace(f"web: {{port: {port}}}", tls))
        service = site.start("web")
        wait_until(lambda: "page: https" in service.said(), 60, service.said)
        trust = ssl.create_default_context()
        authority.configure_trust(trust)
        yield port, service, trust
        assert "Traceback" not in service.said()
        assert service.stop() == 0


def resident(service: Process) -> int:
    return int(Path(f"/proc/{service.pid}/statm").read_text().split()[1]) * 4096


def files(service: Process) -> int:
    return len(list(Path(f"/proc/{service.pid}/fd").iterdir()))


@pytest.mark.parametrize(
    "said", [b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n"], ids=["0", "3", "http"]
)
async def test_one_that_never_ends_is_closed_in_time(page: Page, said: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", page[0])
    writer.write(said)
    begun = time.monotonic()
    async with asyncio.timeout(HEAD_S + 5):
        try:
            while await reader.read(1000):
                """An alert."""
        except ConnectionError:
            """It was cut off."""
    assert time.monotonic() - begun < HEAD_S + 4
    writer.transport.abort()
    await asyncio.sleep(0)


def test_1500_of_one_address_are_in_nobodys_way(page: Page) -> None:
    port, service, trust = page
    before, took = resident(service), list[float]()
    with ExitStack() as opened:
        for _ in range(1500):
            opened.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
        with httpx.Client(verify=trust) as client:
            for _ in range(10):
                begun = time.monotonic()
                url, alone = f"https://localhost:{port}/", {"connection": "close"}
                assert client.get(url, headers=alone).status_code == 200
                took.append(time.monotonic() - begun)
                time.sleep(0.1)
        assert files(service) < MOST_OF_ADDRESS + 100
        assert resident(service) - before < MOST_BYTES
        assert sorted(took)[8] < MOST_S  # a machine may stand still for a moment
        wait_until(lambda: files(service) < 60, HEAD_S + 5)
