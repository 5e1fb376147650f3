"""The first configuration of a site as text, and what of it can be known without asking."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, combinations, count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bcm_mqtt.config import Settings, load
from bcm_mqtt.config.directory import USUAL_COLUMNS, row_text
from bcm_mqtt.config.web import WebSettings
from bcm_mqtt.domain.site.circuit_field import POLES, text_of
from bcm_mqtt.domain.site.panel import Service
from bcm_mqtt.domain.site.schedule import ScheduleRow
from bcm_mqtt.errors import InputError, Problem, runs_text
from bcm_mqtt.located.yaml_text import AsWritten, flow, quoted
from bcm_mqtt.setup.agents import FoundOutlets
from bcm_mqtt.setup.fragment import FoundPanel, Setting, yaml_mapping, yaml_text
from bcm_mqtt.setup.new_files import CIRCUITS, CONFIGURATION, SECRETS, TARIFFS

_ZONE: Final = Path("/etc/localtime")
_PAGE_PORT: Final = WebSettings().port
_PASSWORD: Final = "mqtt_password"  # noqa: S105 - its name in secrets.yaml
_MAIN: Final = """\
# Written at set-up. docs/configuration.md has every key; `bcm-mqtt check` names mistakes.
site: {site}
mqtt: {mqtt}   # the broker
database: {{url: "sqlite:///data/bcm.db"}}
gateways:{gateways}
panels:{panels}
circuits: circuits.csv
{billing}{web}"""
_BILLING: Final = f"tariffs: {TARIFFS}\nbilling: {{default_tariff: standard}}\n"
_TARIFFS: Final = """\
# Written at set-up. docs/tariffs.md has all that a tariff may say.
tariffs:
  standard:
    versions:
      - valid_from: 2000-01-01   # from the beginning
        energy: {price}   # {currency} per kWh
"""
MOST_POLES: Final = 84
"""Of a panel."""


@dataclass(frozen=True, slots=True)
class FirstPanel:
    """A panel to be written.

    Attributes:
        name: To people.
        found: Its gateway, profile and unit ids; or those of an agent.
        service: Its nominal voltages.
        pole_count: Of its positions.
    """

    name: str
    found: FoundPanel | FoundOutlets
    service: str
    pole_count: int

    @property
    def settings(self) -> dict[str, Setting]:
        """Of the panel in a configuration."""
        more: dict[str, Setting] = {"service": self.service}
        if self.pole_count != self.found.pole_count:
            more["poles"] = self.pole_count
        return {"name": self.name, **self.found.settings, **more}


@dataclass(frozen=True, slots=True)
class FirstSite:
    """A site to be written.

    Attributes:
        name: To people.
        time_zone: IANA.
        currency: ISO 4217.
        gateways: Settings by id.
        panels: In the order of their numbers.
        broker: Host and port.
        page_port: Where the page is served.
        breakers: Of panel schedules. Their rows of circuits.csv hold from the beginning: there
            is no earlier wiring to which readings could belong.
        login: At the broker: user name and password, or empty ones.
        tls: Whether the broker is spoken to over TLS, with a certificate that this machine trusts.
        price: Of a kWh, as it was typed; "" where the site does not bill yet.
        agents: Settings of the gateways that are agents of SNMP, as YAML, by id.
        secrets: What these name, by its name in secrets.yaml.
    """

    name: str
    time_zone: str
    currency: str
    gateways: Mapping[str, Mapping[str, str | int]] = field(default_factory=dict)
    panels: Sequence[FirstPanel] = ()
    broker: tuple[str, int] = ("127.0.0.1", 1883)
    page_port: int = _PAGE_PORT
    breakers: Sequence[ScheduleRow] = ()
    login: tuple[str, str] = ("", "")
    tls: bool = False
    price: str = ""
    agents: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)

    def with_breakers(self, breakers: Iterable[ScheduleRow]) -> Self:
        """The same with breakers of its panels."""
        return replace(self, breakers=tuple(breakers))

    def configuration(self) -> str:
        """The text of bcm.yaml."""
        site = {
            "id": identifier_of(self.name, "site"),
            "name": self.name,
            "time_zone": self.time_zone,
            "currency": self.currency,
        }
        panels: list[str] = []
        for key, panel in zip(self.ids(), self.panels, strict=True):
            panels += [f"\n  # {remark}" for remark in panel.found.remarks]
            panels.append(f"\n  {yaml_text(key)}: {yaml_mapping(panel.settings)}")
        gateways = [f"\n  {key}: {yaml_mapping(each)}" for key, each in self.gateways.items()]
        gateways += [f"\n  {key}: {each}" for key, each in self.agents.items()]
        return _MAIN.format(
            site=yaml_mapping(site),
            mqtt=self._mqtt(),
            billing=_BILLING if self.price else "",
            web="" if self.page_port == _PAGE_PORT else f"web: {{port: {self.page_port}}}\n",
            gateways="".join(gateways) or " {}",
            panels="".join(panels) or " {}",
        ).rstrip("\n")

    def _mqtt(self) -> str:
        host, port = self.broker
        login = {"username": self.login[0]} if self.login[0] else {}
        plain = yaml_mapping({"host": host, "port": port, **login}).removesuffix("}")
        password = f", password: !secret {_PASSWORD}" if self.login[1] else ""
        return f"{plain}{password}{', tls: {}' if self.tls else ''}}}"

    def others(self) -> dict[str, str]:
        """The texts of further files, by name."""
        files: dict[str, str] = {}
        secrets = ({_PASSWORD: self.login[1]} if self.login[1] else {}) | {**self.secrets}
        if secrets:
            files[SECRETS] = "".join(f"{key}: {quoted(one)}\n" for key, one in secrets.items())
        if self.price:
            price = flow(AsWritten.of(self.price))
            files[TARIFFS] = _TARIFFS.format(price=price, currency=self.currency)
        return files

    def circuits(self) -> str:
        """The text of circuits.csv: the breakers of schedules.

        Of panels without any a row for every pole that can be a circuit by itself.
        """
        rows = [list(USUAL_COLUMNS), *self._circuit_rows()]
        return "\n".join(map(row_text, rows)) + "\n"

    def _circuit_rows(self) -> Iterator[list[str]]:
        for key, panel in zip(self.ids(), self.panels, strict=True):
            if of_panel := [row for row in self.breakers if row.panel == key]:
                yield from map(_row_of, of_panel)
            elif Service.parse(panel.service).v_ln is not None:
                # Without a neutral a lone pole is none.
                poles = [pole for pole in panel.found.poles if pole <= panel.pole_count]
                yield from (_row_of(ScheduleRow(0, key, pole, {})) for pole in poles)

    def ids(self) -> list[str]:
        """Of its panels: their names as ids, each once."""
        ids: list[str] = []
        for number, panel in enumerate(self.panels, 1):
            name = identifier_of(panel.name, f"panel-{number}")
            taken = {*ids, "bridge", "customer", "billing"}
            others = (f"{name}-{more}" for more in count(number))
            ids.append(next(one for one in chain([name], others) if one not in taken))
        return ids

    def check(self) -> Settings:
        """What it is when loaded, before anything is written.

        Raises:
            InputError: what `check` would not accept.
        """
        self._check_unit_ids()
        with TemporaryDirectory() as folder:
            (Path(folder) / CONFIGURATION).write_text(self.configuration(), encoding="utf-8")
            for name, text in {CIRCUITS: self.circuits(), **self.others()}.items():
                (Path(folder) / name).write_text(text, encoding="utf-8")
            try:
                return load(Path(folder) / CONFIGURATION)
            except InputError as error:
                problems = [Problem("", 0, one.key, one.message) for one in error.problems]
                raise InputError(problems) from None

    def _check_unit_ids(self) -> None:
        """Says by their names which panels share meters: `check` has a sentence for each meter."""
        for one, other in combinations(self.panels, 2):
            shared = sorted({*one.found.units} & {*other.found.units})
            if shared and one.found.gateway == other.found.gateway:
                ids = f"unit id{'s' * (len(shared) > 1)} {runs_text(shared)}"
                gateway = self.gateways.get(one.found.gateway, {})
                where = gateway.get("host") or gateway.get("serial") or one.found.gateway
                message = (
                    f"panels {one.name!r} and {other.name!r} have the same {ids} at "
                    f"{where}: remove one, or give it its own first unit id"
                )
                raise InputError.of(message)


def _row_of(breaker: ScheduleRow) -> list[str]:
    """Of circuits.csv; an empty cell is what is usual, and an empty date the beginning."""
    values = {POLES: (breaker.first_pole,), **breaker.values}
    cells = {item.name: text_of(value) for item, value in values.items()}
    return [breaker.panel, *(cells.get(name, "") for name in USUAL_COLUMNS[1:-1]), ""]


def identifier_of(name: str, otherwise: str) -> str:
    """A name as an id: `RPP 1A` is `rpp-1a`."""
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-") or otherwise


def zone_checked(text: str) -> None:
    """Raises ValueError for what is no time zone."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = "expected a time zone such as America/New_York"
        raise ValueError(message) from None


def currency_checked(text: str) -> None:
    """Raises ValueError for what is no currency code."""
    if not re.fullmatch(r"[A-Z]{3}", text):
        message = "expected a currency code such as USD"
        raise ValueError(message)


def time_zone_here() -> str | None:
    """The time zone of this machine, None where it does not say one by name."""
    try:
        named = os.environ.get("TZ") or str(_ZONE.readlink()).partition("zoneinfo/")[2]
        zone_checked(named)
    except (OSError, ValueError):
        return None
    return named
