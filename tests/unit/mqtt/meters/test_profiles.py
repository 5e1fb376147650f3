"""Each profile of a device that reports over MQTT, by messages as such devices publish them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bcm_mqtt.mqtt.meters import Device
from bcm_mqtt.profiles.mqtt import MqttProfile, shipped_mqtt_profiles
from unit.mqtt.meters.messages import GONE, WORKED, Values, reports

PROFILES = shipped_mqtt_profiles()
STAMPED = datetime.fromtimestamp(1_757_060_280.21, UTC)
"""Of what has a time stamp; what has another one is heard without it."""


def read(profile: MqttProfile, topic: str, payload: object) -> Values:
    """What stands after one message."""
    device = Device(reports(profile), timedelta(days=2000))
    text = payload if isinstance(payload, str) else json.dumps(payload)
    device.take(topic, text.encode(), retained=False, now_s=5)
    found = {
        (value.channel, value.quantity): device.reading(value.channel, value.quantity, 5, STAMPED)
        for value in profile.reports.values
    }
    return {key: value for key, value in found.items() if value is not None}


def test_every_profile_has_worked_messages_and_says_when_it_is_gone() -> None:
    assert set(PROFILES) == set(WORKED) == set(GONE)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_names_its_sources(profile: str) -> None:
    of = PROFILES[profile]
    assert of.id == profile
    assert "." in of.source
    assert of.checked


@pytest.mark.parametrize("profile", PROFILES)
def test_every_value_of_a_profile_is_worked(profile: str) -> None:
    quantities = {quantity for _, _, of in WORKED[profile] for _, quantity in of}
    declared = {value.quantity for value in PROFILES[profile].reports.values}
    optional = {"power_factor", "frequency"} if profile == "zigbee2mqtt" else set()
    assert declared - optional == quantities


@pytest.mark.parametrize(
    ("profile", "topic", "payload", "values"),
    [(name, *one) for name, messages in WORKED.items() for one in messages],
)
def test_a_message_is_read(profile: str, topic: str, payload: object, values: Values) -> None:
    assert read(PROFILES[profile], topic, payload) == values


@pytest.mark.parametrize(
    ("profile", "topic", "gone", "there"),
    [(name, *one) for name, said in GONE.items() for one in said],
)
def test_a_device_that_says_that_it_is_gone_has_no_reading_until_the_next_message(
    profile: str, topic: str, gone: bytes, there: bytes
) -> None:
    of = PROFILES[profile]
    device = Device(reports(of), timedelta(days=2000))
    message, payload, values = WORKED[profile][0]
    text = (payload if isinstance(payload, str) else json.dumps(payload)).encode()
    (pole, quantity), amount = next(iter(values.items()))
    device.take(topic, there, retained=True, now_s=0)
    device.take(message, text, retained=False, now_s=1)
    assert device.reading(pole, quantity, 2, STAMPED) == amount
    device.take(topic, gone, retained=False, now_s=3)
    assert device.reading(pole, quantity, 3, STAMPED) is None
    assert device.problems(3, STAMPED) == [f"{topic} says that it is gone"]
    device.take(topic, there, retained=False, now_s=4)
    assert device.reading(pole, quantity, 4, STAMPED) is None
    device.take(message, text, retained=False, now_s=5)
    assert device.reading(pole, quantity, 5, STAMPED) == amount
    assert device.problems(5, STAMPED) == []
