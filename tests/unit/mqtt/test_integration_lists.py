"""The integration of Home Assistant, which imports nothing of the product, lists what there is."""

import json
import re
from pathlib import Path

from bcm_mqtt.domain.reading.alarm_kind import AlarmKind

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


def text(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")
