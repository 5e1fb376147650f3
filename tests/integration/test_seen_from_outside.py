"""`/metrics` and `/healthz` of a bridge that runs."""

import asyncio
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from bcm_mqtt.bridge.vitals import pages
from bcm_mqtt.bridge.vitals.signs import Vitals
from bcm_mqtt.config import MetricsSettings
from bcm_mqtt.errors import WorkError
from peers.meters import Meters
from peers.process import free_port, wait_until
from peers.site import Site
from unit.bridge.vitals import HEALTHY

ANY_PORT = MetricsSettings("127.0.0.1", 0)


@pytest.fixture
def site(tmp_path: Path, meters: Meters) -> Iterator[Site]:
    with Site(tmp_path / "site", free_port(), meters.port) as without_broker:
        yield without_broker


def serve_metrics(site: Site, port: int) -> None:
    text = site.config.read_text()
    site.config.write_text(text.replace("bridge: {", f"bridge: {{metrics: {{port: {port}}}, "))


def ask(port: int, path: str = "/healthz", method: str = "GET") -> tuple[int, str]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def polls(port: int) -> int:
    found = re.search(r'bcm_polls_total\{panel="rpp-1a"\} (\d+)', ask(port, "/metrics")[1])
    return int(found[1]) if found else 0


def test_a_bridge_is_seen_while_it_polls_and_is_well_without_a_broker(site: Site) -> None:
    serve_metrics(site, 0)
    service = site.start("bridge", "--log-format", "json")
    address = re.compile(r"http://127\.0\.0\.1:(\d+)/metrics")
    wait_until(lambda: bool(address.search(service.said())), 60, service.said)
    port = int(address.findall(service.said())[0])
    wait_until(lambda: polls(port) >= 3, 60, service.said)
    assert ask(port) == (200, "ok\nbroker: not connected\n")
    assert 'bcm_panel_answering{panel="rpp-1a"} 1.0' in ask(port, "/metrics")[1]
    assert 'bcm_unit_silent{gateway="gw",unit="8"} 0.0' in ask(port, "/metrics?name=x")[1]
    assert "process_resident_memory_bytes" in ask(port, "/metrics")[1]
    assert ask(port, "/metrics", "HEAD") == (200, "")
    assert ask(port, "/")[0] == 404
    assert ask(port, "/metrics", "POST")[0] == 501
    assert service.stop() == 0
    lines = [json.loads(line) for line in service.said().splitlines()]
    assert {"time", "level", "logger", "message"} <= lines[0].keys()


def test_a_port_in_use_is_one_line(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        serve_metrics(site, port)
        for command in ("bridge", "run"):
            service = site.start(command)
            assert service.wait(60) == 1
            line = f"bcm-mqtt: bridge.metrics: cannot listen on 127.0.0.1:{port}: "
            assert f"{line}Address already in use\n" in service.said()
            assert "Traceback" not in service.said()


async def test_an_address_that_is_none_is_told() -> None:
    with (
        pytest.raises(WorkError, match=r"cannot listen on 192\.0\.2\.7:0: Cannot assign"),
        pages.served(MetricsSettings("192.0.2.7", 0), lambda: HEALTHY),
    ):
        pass


async def test_clients_that_say_nothing_lose_their_place_and_the_loop_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "_LONGEST_S", 1.0)

    def answered(port: int) -> bool:
        with suppress(ConnectionError):  # the last of them may still have its place
            return ask(port) == (200, "ok\n")
        return False

    def hold_and_ask(port: int) -> None:
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(12)]
        for number, connection in enumerate(idle):
            connection.settimeout(30)
            if number % 2:
                connection.sendall(b"GET /hea")
            assert connection.recv(1) == b""  # each is ended
            connection.close()
        wait_until(lambda: answered(port), 60)

    with pages.served(ANY_PORT, lambda: HEALTHY) as port:
        await asyncio.to_thread(hold_and_ask, port)


async def test_a_loop_that_does_not_turn_is_503_on_both_pages() -> None:
    with pages.served(ANY_PORT, lambda: HEALTHY) as port:
        asked = [
            asyncio.create_task(asyncio.to_thread(ask, port, path))
            for path in ("/healthz", "/metrics")
        ]
        await asyncio.sleep(0)  # the threads run from now on
        time.sleep(8)  # noqa: ASYNC251 - and the loop does not
        assert await asyncio.gather(*asked) == [(503, "the event loop does not respond\n")] * 2


async def test_a_mistake_in_a_page_is_logged_and_costs_that_request_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    mistakes = [KeyError("gw")]

    def look() -> Vitals:
        if mistakes:
            raise mistakes.pop()
        return HEALTHY

    def twice(port: int) -> tuple[int, str]:
        with pytest.raises(ConnectionError):
            ask(port)
        return ask(port)

    with pages.served(ANY_PORT, look) as port:
        assert await asyncio.to_thread(twice, port) == (200, "ok\n")
    assert "metrics: a request failed" in caplog.text
