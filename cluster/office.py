"""Three sites, their office and its PostgreSQL, as folders, servers and commands."""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

from bcm_mqtt.config import load
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from peers.mosquitto import Mosquitto
from peers.postgresql import PostgreSql, as_user
from peers.process import BCM_MQTT, Process, free_port, wait_until

QUARTER = timedelta(minutes=15)
POLES = 6
MOVED = datetime(2026, 3, 10, 13, 15, tzinfo=UTC)
"""When rpp-1b left dc1, and came to dc2: 09:15 in New York, 08:15 in Chicago."""
_BEGIN = datetime(2026, 2, 28, tzinfo=UTC)
_PORTFOLIO = """\
home: {{database: "{home}"}}
sellers:
  harbor: {{name: "Harbor Data Centers, Inc.", tax_id: 12-3456789, country: US}}
  harbor-eu: {{name: Harbor Data Centers GmbH, tax_id: DE123456789, country: DE}}
sites:
  dc1: {{config: dc1/bcm.yaml, seller: harbor}}
  dc2: {{config: dc2/bcm.yaml, seller: harbor}}
  dc3: {{config: dc3/bcm.yaml, seller: harbor-eu}}
accounts: {{acme: {{dc1: Customer1, dc2: ACME}}}}
"""
_SITE = """\
site: {{id: {id}, name: {name}, time_zone: {zone}, currency: {currency}}}
mqtt: {{host: 127.0.0.1, port: {broker}, base_topic: {id}}}
database: {{url: "{database}", home_url: "{home}"}}
sellers: {{{seller}: {{name: Harbor}}}}
gateways: {{{gateways}}}
panels: {{{panels}}}
circuits: circuits.csv
tariffs: tariffs.yaml
billing: {{default_tariff: standard, publish_every: 1s}}
web: {{port: {port}}}
"""
_TARIFF = """\
tariffs:
  standard:
    currency: {currency}
    versions:
      - valid_from: 2026-01-01
        energy: {price}
        demand: [{{price: 9.50, ratchet: {{share: 0.8, months: 11}}}}]
"""


@dataclass(frozen=True)
class Place:
    """A site. `panels` names the customers of the first, second and third two poles of each."""

    id: str
    name: str
    zone: ZoneInfo
    currency: str
    seller: str
    volts: int
    price: str
    panels: dict[str, tuple[str, str, str]]


PLACES = {
    place.id: place
    for place in (
        Place(
            *("dc1", "Newark", ZoneInfo("America/New_York"), "USD", "harbor", 120, "0.1185"),
            {"rpp-1a": ("Customer1", "Customer2", "Customer2"), "rpp-1b": ("Mover",) * 3},
        ),
        Place(
            *("dc2", "Chicago", ZoneInfo("America/Chicago"), "USD", "harbor", 120, "0.1042"),
            {"rpp-2a": ("ACME", "Initech", "ACME"), "rpp-1b": ("Mover",) * 3},
        ),
        Place(
            *("dc3", "Frankfurt", ZoneInfo("Europe/Berlin"), "EUR", "harbor-eu", 230, "0.2890"),
            {"rpp-3a": ("Globex", "Umbrella", "Globex")},
        ),
    )
}


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str


class Office:
    """The folder with all configurations; its servers run while the context is open."""

    def __init__(self, folder: Path) -> None:
        """Makes nothing yet."""
        self.folder = folder
        self.file = folder / "portfolio.yaml"
        self.ports = {site: free_port() for site in PLACES}
        self.home, self.of_dc2 = PostgreSql(), PostgreSql()
        self.broker = Mosquitto(folder / "mosquitto")
        self.urls = dict[str, str]()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        for server in (self.home, self.of_dc2, self.broker):
            self._open.enter_context(server)
        self.urls = {
            "home": self.home.database(),
            "dc1": f"sqlite:///{self.folder}/dc1/bcm.db",
            "dc2": self.of_dc2.database(),
            "dc3": f"sqlite:///{self.folder}/dc3/bcm.db",
        }
        self.file.write_text(_PORTFOLIO.format(home=self.urls["home"]))
        for place in PLACES.values():
            self._write(place)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _write(self, place: Place) -> None:
        folder = self.folder / place.id
        folder.mkdir()
        service = "120/208" if place.volts == 120 else "230/400"
        ends = {("dc1", "rpp-1b"): "valid_to", ("dc2", "rpp-1b"): "valid_from"}
        panels, rows = [], ["panel,poles,description,rating"]
        for panel, customers in place.panels.items():
            moved = ends.get((place.id, panel))
            local = MOVED.astimezone(place.zone).isoformat(timespec="minutes")
            more = f', {moved}: "{local}"' if moved else ""
            panels.append(
                f"{panel}: {{name: {panel}, gateway: of-{panel}, service: {service}{more}}}"
            )
            named = ((pole, customers[(pole - 1) // 2]) for pole in range(1, POLES + 1))
            rows += [f"{panel},{pole},{customer}-R{pole},20" for pole, customer in named]
        text = _SITE.format(
            **{name: getattr(place, name) for name in ("id", "name", "currency", "seller")},
            zone=place.zone.key,
            broker=self.broker.port,
            database=self.urls[place.id],
            home=self.urls["home"],
            gateways=", ".join(
                f"of-{panel}: {{host: 127.0.0.{number}}}"
                for number, panel in enumerate(place.panels, start=2)
            ),
            panels=", ".join(panels),
            port=self.ports[place.id],
        )
        (folder / "bcm.yaml").write_text(text)
        (folder / "circuits.csv").write_text("\n".join(rows) + "\n")
        self.charge(place, place.price)

    def charge(self, place: Place, price: str) -> None:
        """Writes a site's tariff with a price of a kWh."""
        text = _TARIFF.format(currency=place.currency, price=price)
        (self.folder / place.id / "tariffs.yaml").write_text(text)

    def measure(self, since: datetime, until: datetime) -> None:
        """What the recorders of all sites store of a time, and the directories."""
        for site, place in PLACES.items():
            settings = load(self.folder / site / "bcm.yaml")
            with closing(Store(self.urls[site])) as store:
                for item in settings.directories.values():
                    store.directories.add(item, encode_directory(item), until)
                for panel in place.panels:
                    store.arrivals.add(list(polls(panel, since, until)))
                while store.roll_up.intervals(200):
                    pass

    def run(self, *arguments: object, at: datetime, site: str = "") -> Ran:
        """A command on the portfolio or, with `site`, on that site's configuration."""
        where = ("-c", self.folder / site / "bcm.yaml") if site else ("--portfolio", self.file)
        command = [*BCM_MQTT, *map(str, (*arguments, *where))]
        environment = {**os.environ, **self.clock(at)}
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, timeout=300
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    def clock(self, at: datetime) -> dict[str, str]:
        """The environment of a program to which it always is that time: a demo's, at speed 0."""
        file = self.folder / f"clock-{at:%Y%m%dT%H%M}"
        begun = time.monotonic() - (datetime.now(UTC) - at - timedelta(days=1)).total_seconds()
        if not file.exists():
            file.write_text(repr(begun))
        return {"BCM_MQTT_DEMO_CLOCK": f"0 {file}"}

    def start(self, service: str, site: str, at: datetime | None = None) -> Process:
        """A service of a site; its log is in the site's folder."""
        folder = self.folder / site
        command = [*BCM_MQTT, service, "-c", str(folder / "bcm.yaml")]
        environment = self.clock(at) if at else {}
        return Process(command, folder / f"{service}.log", **environment)

    def months_to_date(self, site: str, at: datetime) -> dict[str, str]:
        """Those that a service which starts now publishes, by topic."""
        topics = (f"{site}/customer/+/month_to_date", f"{site}/billing/month_to_date")
        for topic in (topic for one in topics for topic in self.broker.retained(one)):
            self.broker.publish(topic, "", retain=True)
        with self.start("billing", site, at) as service:
            wait_until(lambda: bool(self.broker.retained(topics[1])), 60, service.said)
            return {key: text for one in topics for key, text in self.broker.retained(one).items()}

    def page(self, site: str, month: str) -> list[str]:
        """A month as the page computes it now, and which months it knows: all figures.

        Without the time of computing, and without what the page says of the home database: that
        it is away, and what was mailed and exported.
        """
        month_url = f"/api/v1/billing/months/{month}"
        self.ask(site, f"{month_url}/process", {})
        wait_until(lambda: json.loads(self.ask(site, f"{month_url}/run"))["state"] == "done", 60)
        known = (self.ask(site, path) for path in (month_url, "/api/v1/billing/months"))
        figures = self.ask(site, f"/billing/{month}/content").partition('<ul class="tiles">')[2]
        assert figures
        return [*(re.sub(r'"(made|processed)":"[^"]*"', "", one) for one in known), figures]

    def ask(self, site: str, path: str, body: object = None) -> str:
        """What the page of a site answers."""
        url = f"http://127.0.0.1:{self.ports[site]}{path}"
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(url, data, {"Content-Type": "application/json"}), timeout=60) as got:
            text: str = got.read().decode()
        return text

    def query(self, name: str, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a site's database or of the home database; times are in ms in both."""
        with (
            closing(Store(self.urls[name])) as store,
            store.database.engine.connect() as connection,
        ):
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def dump(self, file: Path) -> None:
        """`pg_dump` of the home database."""
        with file.open("wb") as out:
            command = self._postgresql("pg_dump", "--format=custom")
            subprocess.run(command, stdout=out, check=True, cwd="/")

    def restore(self, file: Path) -> None:
        """Makes the home database again of a dump: what was issued since is lost."""
        for program in (("dropdb", "--force"), ("createdb",)):
            subprocess.run(self._postgresql(*program), check=True, cwd="/")
        command = self._postgresql("pg_restore", "--exit-on-error", "--dbname")
        with file.open("rb") as source:
            subprocess.run(command, stdin=source, check=True, cwd="/")

    def _postgresql(self, *program: str) -> list[str]:
        """A program of PostgreSQL on the home database."""
        name, *options = program
        server = ("--host", self.home.host, "--port", self.home.port, "--username", "postgres")
        database = self.urls["home"].rpartition("/")[2]
        return list(as_user(name, *server, *options, database))


def polls(panel: str, since: datetime, until: datetime) -> Iterator[Snapshot]:
    """Every quarter hour of six poles, of which each goes up and down by day in its own way."""
    number = (since - _BEGIN) // QUARTER
    at = _BEGIN + number * QUARTER
    while at < until:
        day = abs(at.hour * 4 + at.minute // 15 - 48) * 37
        current = tuple(4_000 + 300 * pole + day + number * 61 % 397 for pole in range(POLES))
        yield Snapshot(panel, at, number, 900_000, current)
        number, at = number + 1, at + QUARTER
