"""Rules of hassfest, which is no part of Home Assistant's package, held against that package.

What is read from the package: which integrations, base platforms, selectors, rules of quality and
keys of the manifest there are. The rest is as hassfest has it (script/hassfest of its repository).
"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import homeassistant
import voluptuous as vol
from awesomeversion import AwesomeVersion
from homeassistant.const import Platform
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import validate_selector
from homeassistant.loader import Manifest
from homeassistant.util.yaml import load_yaml_dict

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPONENTS = Path(homeassistant.__file__).parent / "components"
INTEGRATION_TYPES = {
    *("device", "entity", "hardware", "helper", "hub", "service", "system", "virtual"),
}
IOT_CLASSES = {
    *("assumed_state", "calculated", "cloud_polling", "cloud_push"),
    *("local_polling", "local_push"),
}
NEWER_KEYS = {"categories", "connectivity"}
"""Of the manifest: those that later releases have."""
NEWER_RULES = {"docs-conditions", "docs-triggers"}
"""Of quality: those that 2026.11 has added."""
USED_WITHOUT_SAYING = {
    *("diagnostics", "frontend", "homeassistant", "persistent_notification", "repairs"),
    *("system_health", "websocket_api"),
}
"""Integrations that hassfest lets everybody use, as far as we do."""
TIERS = ("bronze", "silver", "gold", "platinum")
SHOWN_BY = {
    "action-setup": ("__init__.py", "async_setup"),
    "config-entry-unloading": ("__init__.py", "async_unload_entry"),
    "diagnostics": ("diagnostics.py", "async_get_config_entry_diagnostics"),
    "discovery": ("config_flow.py", "async_step_mqtt"),
    "reconfiguration-flow": ("config_flow.py", "async_step_reconfigure"),
    "stale-devices": ("__init__.py", "async_remove_config_entry_device"),
}
"""Which function a rule that is done must have, and where."""
_TEXT_KEYS = {
    *("title", "common", "config", "options", "entity", "exceptions", "issues", "services"),
    *("selector", "system_health", "device", "device_automation", "entity_component"),
}
_ICON = re.compile("mdi:[a-z0-9-]+")


def problems(folder: Path) -> list[str]:
    """All that hassfest would hold against an integration, as far as it is known here."""
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    texts: dict[str, Any] = json.loads((folder / "translations" / "en.json").read_text())
    icons: dict[str, Any] = json.loads((folder / "icons.json").read_text())
    actions = load_yaml_dict(str(folder / "services.yaml"))
    rules = load_yaml_dict(str(folder / "quality_scale.yaml"))["rules"]
    return [
        *of_manifest(manifest, folder.name),
        *of_dependencies(manifest, folder),
        *of_actions(actions, texts, icons),
        *of_texts(texts),
        *of_icons(icons, texts),
        *of_quality(manifest, rules, folder),
    ]


def of_manifest(manifest: dict[str, Any], domain: str) -> Iterator[str]:
    """Keys, their order and their values."""
    if list(manifest) != [*("domain", "name"), *sorted(manifest.keys() - {"domain", "name"})]:
        yield "manifest: expected domain, name, then the other keys in alphabetical order"
    known = set(Manifest.__annotations__) | NEWER_KEYS
    yield from (f"manifest: unknown key {key}" for key in sorted(manifest.keys() - known))
    if manifest["domain"] != domain:
        yield f"manifest: the domain is not the folder's name: {manifest['domain']}"
    if manifest.get("integration_type") not in INTEGRATION_TYPES:
        yield f"manifest: unknown integration_type {manifest.get('integration_type')}"
    if manifest.get("iot_class") not in IOT_CLASSES:
        yield f"manifest: unknown iot_class {manifest.get('iot_class')}"
    if not AwesomeVersion(manifest.get("version", "")).valid:
        yield "manifest: a custom integration needs a version"
    for key in ("documentation", "issue_tracker"):
        try:
            cv.url(manifest.get(key, ""))
        except vol.Invalid:
            yield f"manifest: {key} is no address"
    yield from of_lists(manifest)


def of_lists(manifest: dict[str, Any]) -> Iterator[str]:
    """Owners and topics."""
    if not all(owner.startswith("@") for owner in manifest.get("codeowners", [""])):
        yield "manifest: codeowners begin with @"
    for topic in manifest.get("mqtt", []):
        if not isinstance(topic, str) or "#" in topic.rstrip("#"):
            yield f"manifest: {topic} is no topic"


def of_dependencies(manifest: dict[str, Any], folder: Path) -> Iterator[str]:
    """What is named is there, and what is imported is named."""
    named = {*manifest.get("dependencies", ()), *manifest.get("after_dependencies", ())}
    for name in sorted(named):
        if not (COMPONENTS / name / "manifest.json").exists():
            yield f"dependencies: there is no integration {name}"
    allowed = named | {platform.value for platform in Platform} | USED_WITHOUT_SAYING
    for file in sorted(folder.glob("*.py")):
        for name in sorted(imported(file) - allowed):
            yield f"dependencies: {file.name} uses {name}, which the manifest does not name"


def imported(file: Path) -> set[str]:
    """The integrations of Home Assistant that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "homeassistant.components":
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= set(re.findall(r"^homeassistant\.components\.(\w+)", node.module))
        elif isinstance(node, ast.Import):
            names = " ".join(name.name for name in node.names)
            found |= set(re.findall(r"\bhomeassistant\.components\.(\w+)", names))
    return found


def of_actions(
    actions: dict[str, Any], texts: dict[str, Any], icons: dict[str, Any]
) -> Iterator[str]:
    """Actions, their texts and their icons are the same; every field can be chosen."""
    for name in sorted(actions.keys() ^ texts["services"].keys()):
        yield f"services: {name} is not both in services.yaml and in the texts"
    for name in sorted(actions.keys() ^ icons["services"].keys()):
        yield f"services: {name} is not both in services.yaml and in icons.json"
    for name in sorted(actions.keys() & texts["services"].keys()):
        fields, text = actions[name]["fields"], texts["services"][name]
        if not text.get("name") or not text.get("description"):
            yield f"services: {name} has no name or no description"
        for field in sorted(fields.keys() ^ text.get("fields", {}).keys()):
            yield f"services: {name}: {field} is not both in services.yaml and in the texts"
        for field, described in fields.items():
            try:
                validate_selector(described["selector"])
            except (vol.Invalid, KeyError) as error:
                yield f"services: {name}: {field}: {error}"
            key = (next(iter(described.get("selector", {}).values()), None) or {}).get(
                "translation_key"
            )
            if key and key not in texts.get("selector", {}):
                yield f"services: {name}: {field}: no texts of selector {key}"


def of_texts(texts: dict[str, Any]) -> Iterator[str]:
    """Known kinds of texts; braces that are closed; no HTML; errors that do not end with a dot."""
    yield from (f"translations: unknown key {key}" for key in sorted(texts.keys() - _TEXT_KEYS))
    for place, text in flat(texts):
        if re.search(r"<[a-z/]", text):
            yield f"translations: {place}: HTML"
        if text != text.strip():
            yield f"translations: {place}: spaces around it"
        if re.sub(r"\{[a-z_]+\}", "", text).strip("{}") != re.sub(r"\{[a-z_]+\}", "", text):
            yield f"translations: {place}: a placeholder that is none"
    for key, steps in texts.get("config", {}).get("step", {}).items():
        described = steps.get("data_description", {}).keys() - steps.get("data", {}).keys()
        yield from (f"translations: config.step.{key}: {name} is no field" for name in described)
    for kind in ("exceptions", "issues"):
        for key in texts.get(kind, {}):
            if not re.fullmatch("[a-z0-9_]+", key):
                yield f"translations: {kind}: {key} is no key"


def flat(texts: Any, place: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON
    """Every text with its place."""
    if isinstance(texts, str):
        yield place, texts
        return
    for key, value in texts.items():
        yield from flat(value, f"{place}.{key}".lstrip("."))


def of_icons(icons: dict[str, Any], texts: dict[str, Any]) -> Iterator[str]:
    """Every icon is one of Material Design, and of an entity that has a text."""
    for place, icon in flat(icons):
        if not _ICON.fullmatch(icon):
            yield f"icons: {place}: {icon}"
    for platform, keys in icons.get("entity", {}).items():
        for key in sorted(keys.keys() - texts["entity"].get(platform, {}).keys()):
            yield f"icons: {platform}.{key} has no text"


def known_rules() -> set[str]:
    """Every rule of quality that an integration of the package answers."""
    found: set[str] = set()
    for file in COMPONENTS.glob("*/quality_scale.yaml"):
        found |= load_yaml_dict(str(file))["rules"].keys()
    return found


def of_quality(manifest: dict[str, Any], rules: dict[str, Any], folder: Path) -> Iterator[str]:
    """Every rule is answered, with a reason where it does not apply; and what is done is there."""
    scale = manifest.get("quality_scale")
    if scale not in TIERS:
        yield f"quality: unknown scale {scale}"
    known = known_rules() | NEWER_RULES
    for rule in sorted(known ^ rules.keys()):
        yield f"quality: {rule} is {'not answered' if rule in known else 'no rule'}"
    for rule, answer in rules.items():
        status = answer if isinstance(answer, str) else answer.get("status")
        if status == "exempt" and not answer.get("comment"):
            yield f"quality: {rule}: an exemption needs a comment"
        if status not in {"done", "exempt"}:
            yield f"quality: {rule} is {status}, which {scale} does not allow"
        if status == "done" and rule in SHOWN_BY:
            module, function = SHOWN_BY[rule]
            if f"def {function}(" not in (folder / module).read_text():
                yield f"quality: {rule}: there is no {function} in {module}"
    platforms = [f for f in folder.glob("*.py") if f.stem in {p.value for p in Platform}]
    for file in platforms:
        if "PARALLEL_UPDATES = " not in file.read_text():
            yield f"quality: parallel-updates: {file.name} has no PARALLEL_UPDATES"
