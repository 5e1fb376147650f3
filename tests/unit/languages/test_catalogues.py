"""What is wrong with a catalogue is found, and every text of a source."""

import ast
from importlib.util import module_from_spec, spec_from_file_location
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bcm_mqtt.languages import LANGUAGES

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "bcm_mqtt"


def _script() -> object:
    spec = spec_from_file_location("texts", ROOT / "scripts" / "texts.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TEXTS = _script()


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_a_catalogue_has_every_text_translated_and_no_other(language: str) -> None:
    problems = list(TEXTS.problems(language, TEXTS.stored(language), TEXTS.wanted()))  # type: ignore[attr-defined]

    assert problems == []


def catalogue(text: str) -> Catalog:
    return read_po(BytesIO(f'msgid ""\nmsgstr ""\n\n{text}'.encode()), locale="de")


def wanted(*texts: str) -> Catalog:
    made = Catalog()
    for text in texts:
        made.add(text)
    return made


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('msgid "%(count)s of 5 %%"\nmsgstr "%(count)s von 5 %%"\n', ""),
        ('msgid "%(count)s of 5 %%"\nmsgstr ""\n', "no translation"),
        ('msgid "%(count)s of 5 %%"\nmsgstr "%(zahl)s von 5 %%"\n', "other placeholders"),
        ('msgid "%(count)s of 5 %%"\nmsgstr "von 5 %%"\n', "other placeholders"),
        ('msgid "%(count)s of 5 %%"\nmsgstr "%(count)s von 5 %"\n', "other placeholders"),
        ('#, fuzzy\nmsgid "%(count)s of 5 %%"\nmsgstr "%(count)s von 5 %%"\n', "fuzzy"),
        ('msgid "Old"\nmsgstr "Alt"\n', "no translation"),
    ],
    ids=["right", "empty", "renamed", "left out", "lone percent", "fuzzy", "another"],
)
def test_what_is_wrong_with_a_translation_is_found(entry: str, problem: str) -> None:
    found = list(TEXTS.problems("de", catalogue(entry), wanted("%(count)s of 5 %%")))  # type: ignore[attr-defined]

    assert bool(found) == bool(problem)
    assert problem in " ".join(found)


def test_a_text_that_no_source_has_is_found() -> None:
    entry = 'msgid "Old"\nmsgstr "Alt"\n'

    assert list(TEXTS.problems("de", catalogue(entry), wanted())) == [  # type: ignore[attr-defined]
        "de.po: no source has 'Old': run make texts"
    ]


def test_no_text_stands_within_an_f_string_where_nobody_finds_it() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.JoinedStr)
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"_", "N_", "ngettext", "pgettext"}
    ]

    assert found == []
