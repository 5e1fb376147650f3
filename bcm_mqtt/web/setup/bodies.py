"""What the set-up page sends, as a first site."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, create_model

from bcm_mqtt.config.directory import USUAL_COLUMNS
from bcm_mqtt.config.gateways import ids_on
from bcm_mqtt.domain.site.circuit_field import FIELDS, POLES
from bcm_mqtt.domain.site.panel import Service
from bcm_mqtt.domain.site.schedule import Column, ScheduleRow
from bcm_mqtt.errors import InputError
from bcm_mqtt.modbus import Link
from bcm_mqtt.profiles import shipped_profiles
from bcm_mqtt.setup.agents import FoundOutlets, secrets_of
from bcm_mqtt.setup.first_site import MOST_POLES, FirstPanel, FirstSite
from bcm_mqtt.setup.fragment import FoundPanel, gateway_settings
from bcm_mqtt.setup.scanning import USUAL_SPEEDS, host_port, places_of, serial_places_of
from bcm_mqtt.setup.site_scan import SiteScan
from bcm_mqtt.snmp import PORT as SNMP_PORT
from bcm_mqtt.snmp import Agent
from bcm_mqtt.web.api.circuits import circuit_fields, value_of
from bcm_mqtt.web.api.schedules import BASE64, LARGEST_FILE

_MOST_GATEWAYS: Final = 32
_MOST_PANELS: Final = 240
_BROKER_PORT: Final = 1883
_Short = Annotated[str, Field(max_length=200)]
_Pole = Annotated[int, Field(ge=1, le=MOST_POLES)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TokenBody(_Body):
    """What `run` printed."""

    token: _Short


class ScanBody(_Body):
    """Which gateways to ask."""

    gateways: list[_Short] = Field(default_factory=list, max_length=_MOST_GATEWAYS)
    units: _Short = "1-247"
    agents: list[_Short] = Field(
        default_factory=list, max_length=_MOST_GATEWAYS, description="Of SNMP: rack PDUs."
    )
    community: _Short = "public"
    """Of SNMPv2c, for reading."""

    def places(self, serial_ports: list[str]) -> list[list[Link]]:
        """The links to try of each, in their order.

        Raises:
            InputError: what is neither an address nor a serial port of this machine.
        """
        places: list[list[Link]] = []
        for text in dict.fromkeys(text.strip() for text in self.gateways):
            if not text.startswith("/"):
                places += places_of([text])
            elif text in serial_ports:
                places += serial_places_of([text], USUAL_SPEEDS)
            else:
                known = ", ".join(serial_ports) or "none"
                message = f"{text!r} is no serial port of this machine: there are {known}"
                raise InputError.of(message, key="gateways")
        # 10.0.0.21 and 10.0.0.21:502 are one gateway: its meters are those of one panel.
        return [place for at, place in enumerate(places) if place not in places[:at]]

    def pdus(self) -> list[Agent]:
        """The agents to ask, each once; raises InputError for what is no address."""
        texts = dict.fromkeys(text.strip() for text in self.agents)
        try:
            places = dict.fromkeys(host_port(text, SNMP_PORT) for text in texts)
        except InputError as error:
            raise InputError.of(str(error), key="agents") from None
        return [Agent(host, port, self.community) for host, port in places]


class _BreakerBase(_Body):
    pole: _Pole


BreakerBody: type[_BreakerBase] = create_model(
    "BreakerBody",
    __doc__="A breaker of a panel schedule; a key that is not given is as usual.",
    __base__=_BreakerBase,
    **{name: of for name, of in circuit_fields().items() if name in USUAL_COLUMNS},
)


class PanelBody(_Body):
    """A panel, as a scan found it or people chose it."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    gateway: _Short
    profile: _Short
    first_unit: Annotated[int, Field(ge=0, le=255)]
    service: _Short
    poles: _Pole
    breakers: list[BreakerBody] = Field(  # type: ignore[valid-type]
        default_factory=list, max_length=MOST_POLES
    )

    def found(self, scan: SiteScan) -> FoundPanel | FoundOutlets:
        """As the scan has it, with its register addresses; else by the profile as shipped.

        Raises:
            InputError: the profile is unknown, or is none of an agent's.
        """
        if any(place.id == self.gateway for place in scan.agents):
            return self._outlets(scan.outlets())
        scanned = scan.panels()
        for panel in scanned:
            stated = (panel.gateway, panel.profile.id, panel.units[0])
            if panel.id and stated == (self.gateway, self.profile, self.first_unit):
                return panel
        profiles = shipped_profiles()
        if self.profile not in profiles:
            known = ", ".join(sorted(profiles))
            raise InputError.of(f"{self.profile!r}: expected a profile of {known}", key="profile")
        profile = profiles[self.profile]
        units = tuple(range(self.first_unit, self.first_unit + profile.unit_count))
        return FoundPanel("panel", self.gateway, profile, units, ())

    def _outlets(self, scanned: Sequence[FoundOutlets]) -> FoundOutlets:
        of_agent = {one.profile.id: one for one in scanned if one.gateway == self.gateway}
        if self.profile not in of_agent:
            known = ", ".join(of_agent) or "no profile: the PDU was not recognised"
            raise InputError.of(f"{self.profile!r}: expected {known}", key="profile")
        return of_agent[self.profile]

    def first_panel(self, scan: SiteScan) -> FirstPanel:
        """To be written; raises InputError for what it cannot be."""
        service = self.service.strip()
        try:
            Service.parse(service)
        except ValueError as error:
            raise InputError.of(str(error), key="service") from None
        return FirstPanel(self.name.strip(), self.found(scan), service, self.poles)


class SiteBody(_Body):
    """The whole site. Its gateways are those of the scan that answered or that a panel uses."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    time_zone: _Short
    currency: _Short
    broker: _Short = f"127.0.0.1:{_BROKER_PORT}"
    username: _Short = ""
    password: _Short = ""
    tls: bool = False
    energy: _Short = Field("", description="Price of a kWh.")
    panels: list[PanelBody] = Field(min_length=1, max_length=_MOST_PANELS)
    silent: list[_Short] = Field(
        default_factory=list,
        max_length=_MOST_GATEWAYS,
        description="Gateways that are written though they did not answer.",
    )

    def site(self, scan: SiteScan, page_port: int) -> FirstSite:
        """To be written; raises InputError for what it cannot be."""
        try:
            broker = host_port(self.broker, _BROKER_PORT)
        except InputError as error:
            raise InputError.of(str(error), key="broker") from None
        if not scan.places and not scan.agents:
            message = (
                "no gateway is known since bcm-mqtt was started again: scan again, and then "
                "start the site; what was entered stays"
            )
            raise InputError.of(message, key="gateways")
        used = {panel.gateway for panel in self.panels}
        agents = [one for place in scan.agents if (one := place.scanned) and one.id in used]
        kept = {*self.silent, *used}
        plain = FirstSite(
            self.name.strip(),
            self.time_zone.strip(),
            self.currency.strip().upper(),
            {
                place.id: gateway_settings(place.scanned)
                for place in scan.places
                if place.units or place.id in kept
            },
            [panel.first_panel(scan) for panel in self.panels],
            broker,
            page_port,
            login=(self.username.strip(), self.password),
            tls=self.tls,
            price=self.energy.strip(),
            agents={one.id: one.gateway for one in agents},
            secrets=secrets_of(agents[0].found.agent.credentials) if agents else {},
        )
        ids = plain.ids()
        return plain.with_breakers(
            _row(panel, breaker)
            for panel, body in zip(ids, self.panels, strict=True)
            for breaker in body.breakers
        )


def _row(panel: str, body: Any) -> ScheduleRow:  # noqa: ANN401 - a type that is made above
    given = body.model_fields_set
    values = {item: value_of(getattr(body, item.name)) for item in FIELDS if item.name in given}
    if not values.get(POLES):
        values.pop(POLES, None)
    return ScheduleRow(0, panel, body.pole, values)


class SetupScheduleBody(_Body):
    """A panel schedule, and the site whose panels it may be of."""

    site: SiteBody
    panel: int | None = Field(None, description="Its place in the site; none: a column says it.")
    content: str = Field(max_length=LARGEST_FILE // 3 * 4, pattern=BASE64)
    name: _Short = ""
    columns: dict[Column, Annotated[str, Field(max_length=1000)]] = Field(default_factory=dict)


def ids_of(places: list[list[Link]]) -> range:
    """The unit ids that all of these may have."""
    ranges = [ids_on(links[0]) for links in places]
    return range(max(each[0] for each in ranges), min(each[-1] for each in ranges) + 1)
