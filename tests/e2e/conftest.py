"""A real browser, and a running site that it looks at."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from peers.browser import chromium
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import Process, wait_until
from peers.site import Site

POLES_BY_UNIT = {
    **{unit: [12 * (unit - 1) + 2 * j + 1 for j in range(6)] for unit in range(1, 5)},
    **{unit: [12 * (unit - 5) + 2 * j + 2 for j in range(6)] for unit in range(5, 9)},
}
"""From the printed BG08 map: by unit id, the poles of registers 501 to 506."""

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
WITHIN_MS = 120_000
"""For all that is waited for: the machine may do much other work."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Not of the session: its event loop runs in this thread, and asyncio's tests need their own.
    expect.set_options(timeout=WITHIN_MS)
    with chromium() as started:
        yield started


@dataclass
class Served:
    """A site of one panel with 48 breakers whose page is served."""

    site: Site
    meters: Meters
    mosquitto: Mosquitto
    service: Process
    url: str

    def set_amps(self, amps: Callable[[int], float]) -> None:
        """What every pole's register says from now on."""
        for unit, poles in POLES_BY_UNIT.items():
            self.meters.registers[unit][:] = [round(amps(pole) * 10) for pole in poles]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with page_served(tmp_path_factory.mktemp("served")) as running:
        yield running


@contextmanager
def page_served(
    folder: Path,
    prepare: Callable[[Site], None] = lambda _: None,
    amps: Callable[[int], float] = lambda pole: pole / 10,
    panels: int = 1,
) -> Iterator[Served]:
    """A site that serves its page.

    Args:
        folder: For its files.
        prepare: Writes more of the site before anything runs on it.
        amps: What every pole's register says.
        panels: Whose meters answer, from unit 1 on; all read the same.
    """
    with ExitStack() as stack:
        broker = stack.enter_context(Mosquitto(folder / "mosquitto"))
        meters = stack.enter_context(Meters())
        for unit in range(9, 8 * panels + 1):
            meters.registers[unit] = meters.registers[(unit - 1) % 8 + 1]
        site = stack.enter_context(Site(folder / "site", broker.port, meters.port))
        url = site.serve_page()
        prepare(site)
        service = site.start("run")
        running = Served(site, meters, broker, service, url)
        running.set_amps(amps)
        wait_until(lambda: "page: http" in service.said(), 60, service.said)
        yield running
        assert "Traceback" not in service.said()


Opened: TypeAlias = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, served: Served) -> Iterator[Opened]:
    """Opens a page; fails if any of its code or the security policy did."""
    complaints: list[str] = []
    with ExitStack() as stack:

        def complain(said: ConsoleMessage) -> None:
            # What a refused request says is part of some tests.
            if said.type == "error" and "the server responded with a status of 4" not in said.text:
                complaints.append(said.text)

        def open_page(path: str = "panels/rpp-1a", **context: Any) -> Page:  # noqa: ANN401
            visit = browser.new_context(**{"viewport": DESKTOP, **context})
            stack.callback(visit.close)
            visit.set_default_timeout(WITHIN_MS)
            page = visit.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", complain)
            wait_until(lambda: page.request.get(served.url + path).ok, 60, served.service.said)
            page.goto(served.url + path)
            return page

        yield open_page
    assert complaints == []
