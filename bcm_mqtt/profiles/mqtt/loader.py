"""Loads profiles of devices that report over MQTT."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from bcm_mqtt.errors import InputError
from bcm_mqtt.located import KeyPath, read_yaml, validated
from bcm_mqtt.profiles.mqtt.profile import MqttProfile
from bcm_mqtt.profiles.mqtt.reports import reports_of
from bcm_mqtt.profiles.mqtt.schema import PROFILE
from bcm_mqtt.profiles.shipped import Shipped

USUAL_MAX_AGE: Final = timedelta(minutes=5)


def load_mqtt_profile(file: Path) -> MqttProfile:
    """The profile of a YAML file.

    Raises:
        InputError: every mistake with file, line, key and what was expected.
    """
    document = read_yaml(file)
    data = validated(document, PROFILE)
    reports, mistakes = reports_of(data)
    mistakes += _topic_mistakes(data)
    if not reports.messages:
        mistakes.append((("messages",), "expected at least one message"))
    if mistakes:
        raise InputError(document.problem(place, message) for place, message in mistakes)
    return MqttProfile(
        id=data["id"],
        title=data["title"],
        source=" ".join(data["source"].split()),
        checked=" ".join(data["checked"].split()),
        parameters=data["parameters"],
        max_age=data.get("max_age", USUAL_MAX_AGE),
        reports=reports,
    )


@cache
def shipped_mqtt_profiles() -> Mapping[str, MqttProfile]:
    """Every profile that comes with the package, by id."""
    return Shipped(__package__, load_mqtt_profile)


def _topic_mistakes(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Topics that are made of something that is no parameter."""
    for section in ("messages", "availability"):
        for index, one in enumerate(data.get(section, ())):
            for name in re.findall(r"\{([^}]*)\}", one["topic"]):
                if name not in data["parameters"]:
                    message = f"{{{name}}} is none of the profile's parameters"
                    yield (section, index, "topic"), message
