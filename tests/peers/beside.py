"""What runs beside a recorder in a failover: the page, months to date, and a bill run."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Final, Self
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psycopg

from bcm_mqtt.config import load
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from peers.process import BCM_MQTT, Process, wait_until
from peers.site import Site
from unit.builders import NEW_YORK, polled

CUSTOMERS: Final = 3
MONTHS_TO_DATE: Final = "bcm/billing/month_to_date"
_MARCH: Final = Month(2026, 3)
_ISSUE: Final = ("bill", str(_MARCH), "--issue")
_STORED: Final = "api/v1/billing/months"
_SIX_HOURS_MS: Final = 6 * 3_600_000


def has_month(site: Site) -> None:
    """Gives a site a month that is over, of so many customers, and its months to date."""
    poles = range(1, 49)
    site.write_circuits(f"rpp-1a,{pole},Customer{pole % CUSTOMERS}-{pole},20" for pole in poles)
    text = site.config.read_text()
    site.config.write_text(text.replace("publish:", "publish_every: 1s, publish:"))
    start, end = _MARCH.bounds(NEW_YORK)
    with closing(Store(site.database)) as store:
        store.database.ensure_schema()
        store.arrivals.add(polled(start, end, [4_000] * len(poles), poll_ms=_SIX_HOURS_MS))
        for sent in load(site.config).directories.values():
            store.directories.add(sent, encode_directory(sent), end + timedelta(hours=9))
        while store.roll_up.intervals() or store.roll_up.days(NEW_YORK):
            pass


def answers(page: str, path: str = _STORED) -> int:
    """The status of what the page answers, as it is stored or at another path; 0 is none."""
    try:
        with urlopen(f"{page}{path}", timeout=60) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code
    except (URLError, TimeoutError):
        return 0


class Watched:
    """Asks a page again and again while its context is entered.

    Attributes:
        longest_s: Between two answers of what is stored.
        failed: How often the live page did not answer.
    """

    def __init__(self, page: str) -> None:
        self.longest_s, self.failed = 0.0, 0
        self._page = page
        self._ended = Event()
        self._thread = Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        last_s = time.monotonic()
        while not self._ended.wait(0.2):
            self.failed += answers(self._page, "") != 200
            if answers(self._page) == 200:
                now_s = time.monotonic()
                self.longest_s, last_s = max(self.longest_s, now_s - last_s), now_s


@contextmanager
def writing_bills(site: Site) -> Iterator[Process]:
    """A command that issues the month's bills, once it waits to write the first one."""
    url = site.database.replace("+psycopg", "")
    waits = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"
    log = site.folder / "cut.log"
    with (
        closing(psycopg.connect(url, target_session_attrs="primary")) as holding,
        closing(psycopg.connect(url, target_session_attrs="primary", autocommit=True)) as asking,
    ):
        holding.execute("LOCK TABLE bill IN EXCLUSIVE MODE")
        with Process([*BCM_MQTT, *_ISSUE, "-c", str(site.config)], log) as process:
            wait_until(lambda: asking.execute(waits).fetchall() == [(True,)], 60, process.said)
            yield process


def issued_once(site: Site) -> int:
    """Issues the month's bills twice; how many there are, by numbers that follow each other."""
    for _ in range(2):
        site.run(*_ISSUE)
    numbers = [number for (number,) in site.query("SELECT number FROM bill ORDER BY number")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert f"{len(numbers)} bills; the last is bill {len(numbers)}, " in site.run("bill", "verify")
    return len(numbers)
