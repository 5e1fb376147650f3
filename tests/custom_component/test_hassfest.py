"""Hassfest's rules hold, and each of them is one that can be broken."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hassfest import problems

FOLDER = Path(__file__).parents[2] / "custom_components" / "bcm_mqtt"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    copied = tmp_path / "bcm_mqtt"
    shutil.copytree(FOLDER, copied, ignore=shutil.ignore_patterns("__pycache__"))
    return copied


def changed(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


def replaced(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


def test_it_breaks_no_rule() -> None:
    assert problems(FOLDER) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda made: made.update(aaa=1), "expected domain, name, then"),
        (lambda made: made.update(zzz=1), "unknown key zzz"),
        (lambda made: made.update(domain="bcm"), "is not the folder's name"),
        (lambda made: made.update(integration_type="box"), "unknown integration_type box"),
        (lambda made: made.update(iot_class="push"), "unknown iot_class push"),
        (lambda made: made.pop("version"), "needs a version"),
        (lambda made: made.update(documentation="docs"), "documentation is no address"),
        (lambda made: made.update(codeowners=["me"]), "begin with @"),
        (lambda made: made.update(mqtt=["a/#/b"]), "is no topic"),
        (lambda made: made.update(dependencies=["mqtt", "mqt"]), "no integration mqt"),
        (lambda made: made.update(dependencies=[]), "uses mqtt, which the manifest"),
        (lambda made: made.update(quality_scale="iron"), "unknown scale iron"),
    ],
)
def test_a_manifest_that_breaks_a_rule_is_named(
    copy: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    changed(copy / "manifest.json", change)
    assert said in "\n".join(problems(copy))


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("services.yaml", "set_circuit:", "put_circuit:", "put_circuit is not both"),
        ("services.yaml", "    pole:", "    poles:", "pole is not both"),
        ("services.yaml", "mode: box", "mode: slide", "set_circuit: rating"),
        ("icons.json", "mdi:bell-check", "bell-check", "acknowledge_alarm"),
        ("icons.json", '"stored_until"', '"stored"', "sensor.stored has no text"),
        ("translations/en.json", '"alarm_kind"', '"kind"', "no texts of selector alarm_kind"),
        ("translations/en.json", '"Outbox lasts"', '"<b>Outbox</b>"', "HTML"),
        ("translations/en.json", '"Outbox lasts"', '"Outbox lasts "', "spaces around it"),
        ("translations/en.json", '"Outbox lasts"', '"Outbox {"', "a placeholder that is none"),
        ("translations/en.json", '"exceptions"', '"errors"', "unknown key errors"),
        ("quality_scale.yaml", "docs-triggers:", "docs-trigger:", "docs-triggers is not answered"),
        ("quality_scale.yaml", "diagnostics: done", "diagnostics: todo", "does not allow"),
        ("diagnostics.py", "async_get_config_entry", "get_config_entry", "no async_get_config"),
        ("sensor.py", "PARALLEL_UPDATES = 0", "", "sensor.py has no PARALLEL_UPDATES"),
    ],
)
def test_a_file_that_breaks_a_rule_is_named(
    copy: Path, file: str, before: str, after: str, said: str
) -> None:
    replaced(copy / file, before, after)
    assert said in "\n".join(problems(copy))
