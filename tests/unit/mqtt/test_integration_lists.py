"""The integration of Home Assistant, which imports nothing of the product, lists what there is."""

import json
import re
from pathlib import Path

import pytest

from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.mqtt.discovery import Discovery
from bcm_mqtt.mqtt.topics import Topics
from unit.builders import circuit, panel

FOLDER = Path(__file__).parents[3] / "custom_components" / "bcm_mqtt"
KINDS = [kind.value for kind in AlarmKind]


def test_an_alarm_of_each_kind_can_be_acknowledged() -> None:
    [listed] = re.findall(r"^_KINDS = \((.*?)^\)", text("actions.py"), re.MULTILINE | re.DOTALL)
    assert re.findall(r'"(\w+)"', listed) == KINDS


def test_the_form_offers_each_kind_of_alarm() -> None:
    [offered] = re.findall(
        r"translation_key: alarm_kind\n +options: \[(.*?)\]", text("services.yaml")
    )
    assert offered.split(", ") == KINDS


def test_each_kind_of_alarm_has_a_name() -> None:
    names = json.loads(text("translations/en.json"))["selector"]["alarm_kind"]["options"]
    assert list(names) == KINDS
    assert all(names.values())


@pytest.mark.parametrize(
    ("service", "poles", "said"),
    [
        ("120/208", (1,), [("48", "120", "208"), ("1P", "A")]),
        ("480", (2, 4, 6), [("48", "480", None), ("3P", "ABC")]),
    ],
)
def test_the_card_knows_panels_and_circuits_by_what_discovery_calls_them(
    service: str, poles: tuple[int, ...], said: list[tuple[str | None, ...]]
) -> None:
    patterns = re.findall(
        r"^const (?:PANEL|CIRCUIT) = /(.*)/;$", text("frontend/site.js"), re.MULTILINE
    )
    discovery = Discovery(Topics(), site="dc1", bridge="dc1")
    of = panel("rpp-1a", service)
    messages = discovery.panel_device(of), discovery.circuit_device(of, circuit(poles))
    models = [json.loads(payload)["dev"]["mdl"] for _, payload in messages]
    found = [re.search(pattern, model) for pattern, model in zip(patterns, models, strict=True)]
    assert [match and match.groups() for match in found] == said


def text(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")
