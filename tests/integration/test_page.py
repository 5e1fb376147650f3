"""The page as `run` serves it: it comes with the services, and goes with them."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from peers.process import free_port, wait_until
from peers.site import Site


def panels(url: str) -> list[dict[str, object]]:
    """What the API tells; nothing while nobody listens."""
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
        try:
            connection.request("GET", "/api/v1/panels")
            found: list[dict[str, object]] = json.loads(connection.getresponse().read())
        except ConnectionRefusedError:
            return []
        return found


@contextmanager
def followed(url: str) -> Iterator[http.client.HTTPResponse]:
    """The events of the panel."""
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
        connection.request("GET", "/events/panels/rpp-1a")
        yield connection.getresponse()


def test_run_serves_the_page_and_takes_it_along_with_all_who_look(site: Site) -> None:
    url = site.serve_page()
    site.publish_months()
    service = site.start("run")
    wait_until(lambda: bool(panels(url) and panels(url)[0]["time"]), 60, service.said)
    [panel] = panels(url)
    assert (panel["id"], panel["stale"], panel["answering"]) == ("rpp-1a", False, True)
    assert len(panel["amps"]) == 48  # type: ignore[arg-type]
    with followed(url) as stream:
        assert stream.readline() == b"retry: 2000\n"
        assert service.stop() == 0
        assert b"event: board" in stream.read()  # to its end, which has come
    wait_until(lambda: panels(url) == [], 30)
    assert "Traceback" not in service.said()


def test_a_broker_that_is_away_is_said_on_the_page(tmp_path: Path) -> None:
    with Site(tmp_path / "site", free_port(), free_port()) as site:
        url = site.serve_page()
        service = site.start("web")
        wait_until(lambda: "page: http" in service.said(), 60, service.said)
        with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
            connection.request("GET", "/")
            answer = connection.getresponse().read().decode()
        assert "not connected" in answer
        assert "No panel has reported yet" in answer
        assert service.stop() == 0
