"""Everything that people see has a text and an icon; every rule of quality an answer."""

import json
import tomllib
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util.yaml import load_yaml_dict
from pytest_homeassistant_custom_component.common import MockConfigEntry

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "custom_components" / "bcm_mqtt"
ENGLISH: dict[str, Any] = json.loads((FOLDER / "translations" / "en.json").read_text())
ICONS: dict[str, Any] = json.loads((FOLDER / "icons.json").read_text())
MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text())
RULES = {
    *(["action-setup", "appropriate-polling", "brands", "common-modules", "config-flow"]),
    *(["config-flow-test-coverage", "dependency-transparency", "docs-actions"]),
    *(["docs-conditions", "docs-high-level-description", "docs-installation-instructions"]),
    *(["docs-removal-instructions", "docs-triggers", "entity-event-setup"]),
    *(["entity-unique-id", "has-entity-name"]),
    *(["runtime-data", "test-before-configure", "test-before-setup", "unique-config-entry"]),
    *(["action-exceptions", "config-entry-unloading", "docs-configuration-parameters"]),
    *(["docs-installation-parameters", "entity-unavailable", "integration-owner"]),
    *(["log-when-unavailable", "parallel-updates", "reauthentication-flow", "test-coverage"]),
    *(["devices", "diagnostics", "discovery", "discovery-update-info", "docs-data-update"]),
    *(["docs-examples", "docs-known-limitations", "docs-supported-devices"]),
    *(["docs-supported-functions", "docs-troubleshooting", "docs-use-cases", "dynamic-devices"]),
    *(["entity-category", "entity-device-class", "entity-disabled-by-default"]),
    *(["entity-translations", "exception-translations", "icon-translations"]),
    *(["reconfiguration-flow", "repair-issues", "stale-devices"]),
    *(["async-dependency", "inject-websession", "strict-typing"]),
}
"""Each quality_scale.yaml of Home Assistant 2026.11 has exactly these."""


def test_every_rule_of_quality_is_answered_and_each_exemption_has_its_reason() -> None:
    answered = load_yaml_dict(str(FOLDER / "quality_scale.yaml"))["rules"]
    assert answered.keys() == RULES
    for rule, answer in answered.items():
        assert answer == "done" or answer.keys() == {"status", "comment"}, rule
        assert answer == "done" or answer["status"] in {"exempt", "todo"}, rule


def test_it_has_the_version_of_the_package() -> None:
    package = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert MANIFEST["version"] == package["version"]


def test_it_asks_for_nothing_and_imports_nothing_of_the_package() -> None:
    assert MANIFEST["requirements"] == []
    for file in FOLDER.glob("*.py"):
        lines = file.read_text().splitlines()
        assert not [line for line in lines if line.startswith(("import bcm_", "from bcm_"))], file


def test_every_action_has_texts_and_an_icon_and_every_field_too() -> None:
    actions = load_yaml_dict(str(FOLDER / "services.yaml"))
    assert actions.keys() == ENGLISH["services"].keys() == ICONS["services"].keys()
    for name, action in actions.items():
        texts = ENGLISH["services"][name]["fields"]
        assert action["fields"].keys() == texts.keys(), name
        for text in texts.values():
            assert text.keys() == {"name", "description"}


async def test_every_entity_has_a_name_and_an_icon(
    hass: HomeAssistant, started: MockConfigEntry
) -> None:
    entities = er.async_entries_for_config_entry(er.async_get(hass), started.entry_id)
    assert len(entities) == 3 + 4 + 2 * 7
    for entity in entities:
        key = entity.translation_key
        assert key in ENGLISH["entity"][entity.domain], key
        assert key in ICONS["entity"][entity.domain], key
    used = {entity.translation_key for entity in entities}
    for texts in (ENGLISH["entity"], ICONS["entity"]):
        assert {key for platform in texts.values() for key in platform} == used


def test_every_error_has_a_text() -> None:
    text = "".join(file.read_text() for file in FOLDER.glob("*.py"))
    for key in (*ENGLISH["exceptions"], *ENGLISH["issues"], *ENGLISH["config"]["error"]):
        assert f'"{key}"' in text, key
    for reason in ENGLISH["config"]["abort"]:
        # Two of them are Home Assistant's own.
        assert reason.startswith("already_") or f'reason="{reason}"' in text, reason
