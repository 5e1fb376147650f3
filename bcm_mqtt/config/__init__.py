"""The configuration: YAML and CSV files in, frozen settings out.

Owns: schemas, loading, every cross-check between files. Does not own: defaults that
belong to the domain (an alarm limit), or what a profile says.
Invariant: `load` either returns settings that hold together or raises every problem
it found, each with file, line, key and what was expected.
"""

from bcm_mqtt.config.loader import file_stamp, load, reload_directories
from bcm_mqtt.config.settings import (
    BridgeSettings,
    GatewaySettings,
    MetricsSettings,
    MqttSettings,
    OutboxSettings,
    PanelSettings,
    SerialSettings,
    Settings,
    SiteSettings,
    TlsSettings,
)

__all__ = [
    "BridgeSettings",
    "GatewaySettings",
    "MetricsSettings",
    "MqttSettings",
    "OutboxSettings",
    "PanelSettings",
    "SerialSettings",
    "Settings",
    "SiteSettings",
    "TlsSettings",
    "file_stamp",
    "load",
    "reload_directories",
]
