"""Device types that report over MQTT, as data: which topic has which quantity of which channel.

Owns: the YAML files in this folder, their loader, and what may be said of messages, which a
configuration says of devices without a profile in the same words.
Does not own: listening to a device (mqtt.meters), which pole a channel is (config).
Invariant: each channel of a profile has at least one quantity, and each topic is one topic.
"""

from bcm_mqtt.profiles.mqtt.loader import load_mqtt_profile, shipped_mqtt_profiles
from bcm_mqtt.profiles.mqtt.profile import (
    Availability,
    MessageValue,
    MqttProfile,
    ReportedMessage,
    Reports,
    ValuePath,
)
from bcm_mqtt.profiles.mqtt.reports import message_rows, quantities_of, reports_of
from bcm_mqtt.profiles.mqtt.schema import REPORTS

__all__ = [
    "REPORTS",
    "Availability",
    "MessageValue",
    "MqttProfile",
    "ReportedMessage",
    "Reports",
    "ValuePath",
    "load_mqtt_profile",
    "message_rows",
    "quantities_of",
    "reports_of",
    "shipped_mqtt_profiles",
]
