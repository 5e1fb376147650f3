"""docs/mqtt.md and docs/alarms.md name every topic, action and alarm that there is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bcm_mqtt.domain.reading.alarm import AlarmState
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind, AlarmLimits, Watch
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
    if kind.main or kind.pair:
        topic = Topics().alarm("<panel>", 0, kind).removeprefix("bcm/<panel>/")
        assert f"| `{topic}` |" in ALARMS


def rows_of(kind: AlarmKind) -> Iterator[str]:
    """The rows of the table in docs/alarms.md, as they follow from what is declared of a kind."""
    watched: tuple[tuple[str, Watch[Any] | None], ...] = (
        ("circuit/<pole>", kind.circuit),
        ("main", kind.main or kind.pair),
    )
    limits = kind.limits(AlarmLimits())
    above = [
        "" if limit is None or not kind.is_measured else f"{limit:g} "
        for limit in (limits.warning, limits.critical)
    ]
    for place, watch in watched:
        if watch:
            cells = f"{watch.title} | `{place}/{kind.level}` | {watch.measured}"
            yield f"| {cells} | {above[0]}| {above[1]}|"


@pytest.mark.parametrize("kind", AlarmKind)
def test_the_table_of_alarms_says_what_is_declared(kind: AlarmKind) -> None:
    assert [row for row in rows_of(kind) if row not in ALARMS.splitlines()] == []


@pytest.mark.parametrize("state", AlarmState)
def test_every_state_of_an_alarm_is_documented(state: AlarmState) -> None:
    assert f"| `{state}` |" in ALARMS
