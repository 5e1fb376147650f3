"""The configuration: YAML and CSV files in, frozen settings out.

Owns: schemas, loading, every cross-check between files, writing edits into circuits.csv and
meters.csv.
Does not own: defaults that belong to the domain (an alarm limit), what a profile says, or
what an edit of the directory does (`domain.site`).
Invariant: `load` either returns settings that hold together or raises every problem
it found, each with file, line, key and what was expected.
"""

from bcm_mqtt.config.accounting_template import AccountingTemplate, read_template
from bcm_mqtt.config.directory import (
    BeforeWriting,
    FileStamp,
    Rewritten,
    RewrittenMeters,
    change_circuits,
    change_instruments,
    is_owned,
    owning,
    write_at_once,
)
from bcm_mqtt.config.followed import FollowedSettings, StampedFiles
from bcm_mqtt.config.loader import load, reload_directories
from bcm_mqtt.config.mail import MailSettings
from bcm_mqtt.config.network.peer import PeerSettings
from bcm_mqtt.config.settings import (
    BridgeSettings,
    CircuitRate,
    ConnectionSettings,
    GatewaySettings,
    MetricsSettings,
    MqttSettings,
    OutboxSettings,
    PublishingSettings,
    Settings,
    SiteSettings,
)
from bcm_mqtt.config.sources.mqtt import MeterBrokerSettings, MqttSource
from bcm_mqtt.config.sources.panel import PanelSettings
from bcm_mqtt.config.sources.settings import ModbusSource, Period, SourceSettings
from bcm_mqtt.config.web import CertificateSettings, WebSettings

__all__ = [
    "AccountingTemplate",
    "BeforeWriting",
    "BridgeSettings",
    "CertificateSettings",
    "CircuitRate",
    "ConnectionSettings",
    "FileStamp",
    "FollowedSettings",
    "GatewaySettings",
    "MailSettings",
    "MeterBrokerSettings",
    "MetricsSettings",
    "ModbusSource",
    "MqttSettings",
    "MqttSource",
    "OutboxSettings",
    "PanelSettings",
    "PeerSettings",
    "Period",
    "PublishingSettings",
    "Rewritten",
    "RewrittenMeters",
    "Settings",
    "SiteSettings",
    "SourceSettings",
    "StampedFiles",
    "WebSettings",
    "change_circuits",
    "change_instruments",
    "is_owned",
    "load",
    "owning",
    "read_template",
    "reload_directories",
    "write_at_once",
]
