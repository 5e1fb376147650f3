"""Settings: what the configuration says, frozen and typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from bcm_mqtt.config.accounting_template import AccountingTemplate
from bcm_mqtt.config.mail import MailSettings
from bcm_mqtt.config.network.cluster import ClusterTlsSettings
from bcm_mqtt.config.network.peer import PeerSettings
from bcm_mqtt.config.notifications import NotificationSettings
from bcm_mqtt.config.places import ArchiveSettings
from bcm_mqtt.config.sellers import SellerSettings
from bcm_mqtt.config.sellers.office import Office
from bcm_mqtt.config.sources.panel import PanelSettings
from bcm_mqtt.config.web import WebSettings
from bcm_mqtt.domain.alarms.own_limits import AllLimits
from bcm_mqtt.domain.bill.terms import BillingTerms, Issuer
from bcm_mqtt.domain.interval.coverage import ReadTimes
from bcm_mqtt.domain.interval.retention import Retention
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.modbus import Link
from bcm_mqtt.mqtt.client import Broker
from bcm_mqtt.mqtt.topics import Topics


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """The site: its id goes into unique ids, its zone decides where a month begins.

    Attributes:
        id: In topics and unique ids.
        name: What people call it.
        zone: Of its days and months.
        currency: Of tariffs that state none.
        phase_colours: `north-america`, `iec`, or "" for what is usual at a panel's voltage.
        language: Of bills, letters and notifications that state none, such as `de-AT`;
            "" is English, and for documents of the site that of whoever asks for them.
    """

    id: str
    name: str
    zone: ZoneInfo
    currency: str
    phase_colours: str = ""
    language: str = ""


class CircuitRate(StrEnum):
    """Which changes of a circuit's or main's value are published."""

    DEADBAND = "deadband"
    """Those that matter to who looks at them, and not more often than once a minute."""
    EVERY = "every"


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """The broker and how topics are used.

    Attributes:
        broker: With its credentials; the paths of its files are absolute.
        topics: Below the site's base topic.
        retain: Whether the broker retains each value for later subscribers.
        circuit_topics: Whether each quantity of a circuit has a topic of its own.
        circuit_rate: Which changes of a value are published.
        discovery: Whether Home Assistant finds the circuits by itself.
    """

    broker: Broker
    topics: Topics
    retain: bool
    circuit_topics: bool
    circuit_rate: CircuitRate
    discovery: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSettings:
    """What sources are read through, by one task, with one health: one of `gateways`.

    Each way to read meters has a class of its own with what only it needs.

    Attributes:
        id: Gateway id.
        timeout: Of a reply.
        poll_interval: Of sources that state none; zero is free running.
    """

    id: str
    timeout: timedelta
    poll_interval: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings(ConnectionSettings):
    """A gateway in front of an RS485 line, or a serial port with the line on it.

    Attributes:
        link: To the gateway, or the serial port.
    """

    link: Link


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """How much the bridge stores until recorders have stored it; the oldest goes first.

    Attributes:
        max_age: Of a snapshot, while the bridge runs.
        max_size: Of the file in bytes.
        keep_stored: How long those that are stored stay, where there is room.
    """

    max_age: timedelta = timedelta(days=7)
    max_size: int = 10_000_000_000
    keep_stored: timedelta = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """Where the bridge serves its figures over HTTP; port 0 is any that is free."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """The bridge's own: its id in topics and the folder for what it must remember.

    Attributes:
        id: In topics.
        data: The folder.
        outbox: Its limits.
        metrics: None where it serves none.
        poll_offset: By which polls are moved from the grid of their interval; None spreads them
            over the clock.
        keep_until: What a snapshot stays in the outbox for: `auto`, the databases whose recorders
            were heard; `broker`, its acknowledgement; or names of recorders.
        peer: The other one of a pair; None of a bridge that is alone.
    """

    id: str
    data: Path
    outbox: OutboxSettings = field(default_factory=OutboxSettings)
    metrics: MetricsSettings | None = None
    poll_offset: timedelta | None = timedelta(0)
    keep_until: str | tuple[str, ...] = "auto"
    peer: PeerSettings | None = None


@dataclass(frozen=True, slots=True)
class PublishingSettings:
    """What billing publishes over MQTT.

    Attributes:
        enabled: Whether the recorder publishes months to date and answers requests for bills.
        every: Between two publications.
    """

    enabled: bool = True
    every: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class QuarantineSettings:
    """How much is in quarantine at most: payloads, and bytes."""

    messages: int
    size: int


@dataclass(frozen=True, slots=True)
class TimeStampSettings:
    """A service for time stamps of bills: its address, and the certificates to trust."""

    url: str
    ca: Path


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration.

    Attributes:
        file: The main file.
        sources: It and every other file that gateways and panels were read from.
        database_url: With an absolute path where it is a SQLite file.
        home_url: Of the home database, which has the ledger of several sites; "" where the
            ledger is in the site's own.
        read_url: Of a replica that may be read in its place, or "".
        archive: None where old polls stay in the database.
        notes: What whoever starts a program should know of where the site's data are.
        quarantine: How much of what cannot be stored stays.
        circuits: circuits.csv.
        circuits_stamp: Its `file_stamp` before the directories were read in it.
        meters: meters.csv.
        meters_stamp: Its `file_stamp` before the instruments were read in it.
        terms: Customers, tariffs and rules that its bills are made by.
        issuer: The head and the foot of its bills.
        seller: Who issues them; None is the site itself.
        tables: The files of customers, tariffs, the accounting template and prices, and then
            formulas.csv.
        file_mode: Of new files with the site's data, as chmod takes it.
        signing_key: The file of the keys that bills are signed with, absolute.
        time_stamps: None where there is no service for them.
        mail: None where no bills are mailed.
        notifications: Who is sent which alarms.
        web: Of the page.
        accounting: How bills are exported for accounting.
        cluster: What a scheduler of workers is shown; None where bills are computed here alone.
        office: Whose portfolio has changed them; None where the configuration stands alone.
    """

    file: Path
    sources: tuple[Path, ...]
    site: SiteSettings
    bridge: BridgeSettings
    alarms: AllLimits
    mqtt: MqttSettings
    database_url: str
    home_url: str
    read_url: str
    archive: ArchiveSettings | None
    notes: tuple[str, ...]
    retention: Retention
    quarantine: QuarantineSettings
    circuits: Path
    circuits_stamp: tuple[int, int] = field(compare=False)
    meters: Path
    meters_stamp: tuple[int, int] = field(compare=False)
    gateways: Mapping[str, ConnectionSettings]
    panels: Mapping[str, PanelSettings]
    directories: Mapping[str, Directory]
    terms: BillingTerms
    issuer: Issuer
    seller: SellerSettings | None
    tables: tuple[Path, ...]
    file_mode: int
    publishing: PublishingSettings
    signing_key: Path
    time_stamps: TimeStampSettings | None
    mail: MailSettings | None
    notifications: NotificationSettings
    web: WebSettings
    accounting: AccountingTemplate
    cluster: ClusterTlsSettings | None = None
    office: Office | None = None

    @property
    def formulas(self) -> Path:
        """formulas.csv, which need not be there."""
        return self.tables[-1]

    @property
    def current_read(self) -> dict[str, ReadTimes]:
        """When the current of each pole is read, by panel."""
        return {key: panel.current_read for key, panel in self.panels.items()}
