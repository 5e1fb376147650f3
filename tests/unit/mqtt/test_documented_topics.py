"""docs/mqtt.md and docs/alarms.md name every topic, action and alarm that there is."""

from pathlib import Path

import pytest

from bcm_mqtt.domain.reading.alarm import AlarmKind, AlarmState
from bcm_mqtt.mqtt.payloads import ACTIONS
from bcm_mqtt.mqtt.topics import CIRCUIT_QUANTITIES, MAIN_QUANTITIES, Topics

DOCS = Path(__file__).parents[3] / "docs"
MQTT = (DOCS / "mqtt.md").read_text()
ALARMS = (DOCS / "alarms.md").read_text()


@pytest.mark.parametrize("quantity", CIRCUIT_QUANTITIES)
def test_every_topic_of_a_circuit_is_documented(quantity: str) -> None:
    assert f"| `bcm/<panel>/circuit/<pole>/{quantity}` |" in MQTT


@pytest.mark.parametrize("quantity", MAIN_QUANTITIES)
def test_every_topic_of_a_main_is_documented(quantity: str) -> None:
    rows = [line for line in MQTT.splitlines() if line.startswith("| `bcm/<panel>/main/")]
    short = quantity.removeprefix("current") if quantity != "current_a" else quantity
    assert any(f"main/{quantity}`" in row or f"`{short}`" in row for row in rows)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_is_documented(action: str) -> None:
    assert f"| `{action}` |" in MQTT


@pytest.mark.parametrize("kind", AlarmKind)
def test_every_alarm_of_a_panel_is_documented(kind: AlarmKind) -> None:
    topic = Topics().alarm("<panel>", 0, kind).removeprefix("bcm/<panel>/")
    assert f"| `{topic}` |" in ALARMS


@pytest.mark.parametrize("state", AlarmState)
def test_every_state_of_an_alarm_is_documented(state: AlarmState) -> None:
    assert f"| `{state}` |" in ALARMS
