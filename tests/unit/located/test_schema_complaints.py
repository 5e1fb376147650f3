"""A schema's complaints as problems: file, line, key and what was expected, all at once."""

from pathlib import Path
from typing import Any

import pytest
import voluptuous as vol

from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document, Each, read_yaml, salvaged, validated


def text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise vol.Invalid("expected a text")


def lower(value: object) -> str:
    if text(value).islower():
        return text(value)
    raise vol.Invalid("expected small letters")


SCHEMA = vol.Schema(
    {
        vol.Required("name"): text,
        vol.Optional("size"): vol.All(int, vol.Range(1, 9, msg="expected 1 to 9")),
        vol.Optional("things", default=dict): {lower: {vol.Required("colour"): text}},
        vol.Optional("list"): vol.All(Each({vol.Required("shape"): text}), vol.Length(min=1)),
    }
)


def document(folder: Path, content: str) -> Document:
    file = folder / "main.yaml"
    file.write_text(content)
    (folder / "secrets.yaml").write_text("password: hunter2\n")
    return read_yaml(file, environment={"NAME": "hunter3"})


def complaints(folder: Path, content: str) -> list[tuple[int, str, str]]:
    with pytest.raises(InputError) as raised:
        validated(document(folder, content), SCHEMA)
    return [(problem.line, problem.key, problem.message) for problem in raised.value.problems]


def test_a_good_document_is_returned_as_the_schema_has_it(tmp_path: Path) -> None:
    assert validated(document(tmp_path, "name: a\n"), SCHEMA) == {"name": "a", "things": {}}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("name: 5\n", (1, "name", "expected a text, not 5")),
        ("name: a\nsize: 10\n", (2, "size", "expected 1 to 9, not 10")),
        ("name: a\nsize: [1]\n", (2, "size", "expected int, not a list")),
        ("name: a\nthings: x\n", (2, "things", "expected a dictionary, not 'x'")),
        ("size: 1\n", (1, "name", "is required")),
        ("name: a\nthings:\n  b: {}\n", (3, "things.b.colour", "is required")),
        ("- name\n", (1, "", "expected a dictionary, not a list")),
        ("", (1, "", "expected a dictionary, not None")),
    ],
)
def test_a_mistake_has_line_key_what_was_expected_and_what_was_found(
    tmp_path: Path, content: str, complaint: tuple[int, str, str]
) -> None:
    assert complaints(tmp_path, content) == [complaint]


@pytest.mark.parametrize(
    ("content", "key", "message"),
    [
        ("nmae: a\n", "nmae", "did you mean name?"),
        ("thing: {}\n", "thing", "did you mean things?"),
        ("things: {b: {colour: red, color: x}}\n", "things.b.color", "did you mean colour?"),
        ("list: [{shape: a, shap: b}]\n", "list.0.shap", "did you mean shape?"),
        ("xyzzy: a\n", "xyzzy", "expected one of list, name, size, things"),
        ("7: a\n", "7", "expected one of list, name, size, things"),
        ("things: {b: {colour: red, q: x}}\n", "things.b.q", "expected one of colour"),
    ],
)
def test_an_unknown_key_suggests_the_nearest_or_names_all(
    tmp_path: Path, content: str, key: str, message: str
) -> None:
    assert complaints(tmp_path, f"name: a\n{content}") == [(2, key, f"unknown key: {message}")]


def test_a_key_that_is_itself_wrong_is_named_and_not_its_value(tmp_path: Path) -> None:
    assert complaints(tmp_path, "name: a\nthings:\n  BIG: {colour: red}\n") == [
        (3, "things.BIG", "expected small letters, not 'BIG'")
    ]


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    content = "size: 0\nthings:\n  a: {}\n  b: {colour: 1}\nlist:\n  - {shape: 2, other: 3}\n"
    content += "  - {shape: good}\n  - {}\n  - 5\n"
    assert [(line, key) for line, key, _ in complaints(tmp_path, content)] == [
        (1, "name"),
        (1, "size"),
        (3, "things.a.colour"),
        (4, "things.b.colour"),
        (6, "list.0.other"),
        (6, "list.0.shape"),
        (8, "list.2.shape"),
        (9, "list.3"),
    ]


@pytest.mark.parametrize(
    "content",
    ["name: !secret password\nsize: !secret password\n", "name: a\nsize: !env NAME\n"],
)
def test_a_value_from_a_secret_or_the_environment_is_never_printed(
    tmp_path: Path, content: str
) -> None:
    assert complaints(tmp_path, content) == [(2, "size", "expected int")]


def test_a_secret_is_struck_out_of_a_message_that_quotes_it(tmp_path: Path) -> None:
    found = document(tmp_path, "name: !secret password\nother: hunter2\n")
    assert found.problem(("name",), "no 'hunter2' in /x/hunter2/y").message == "no *** in /x/***/y"
    assert found.problem(("other",), "no 'hunter2'").message == "no 'hunter2'"


def test_what_is_right_is_saved_so_that_it_can_be_checked_further(tmp_path: Path) -> None:
    content = "size: 0\nthings:\n  a: {colour: red}\n  b: {}\nlist: [{}]\n"
    data, problems = salvaged(document(tmp_path, content), SCHEMA, {})
    assert data is None  # the required name cannot be left out
    assert len(problems) == 4
    data, problems = salvaged(document(tmp_path, f"name: a\n{content}"), SCHEMA, {})
    assert data == {"name": "a", "things": {"a": {"colour": "red"}}}
    assert [problem.key for problem in problems] == ["size", "things.b.colour", "list.0.shape"]


def test_a_mistake_that_cannot_be_left_out_is_substituted(tmp_path: Path) -> None:
    data, problems = salvaged(document(tmp_path, "name: 5\n"), SCHEMA, {("name",): "x"})
    assert data == {"name": "x", "things": {}}
    assert [problem.message for problem in problems] == ["expected a text, not 5"]


def test_salvaging_changes_nothing_in_the_document(tmp_path: Path) -> None:
    found = document(tmp_path, "name: 5\nlist: [{}]\n")
    before: Any = {"name": 5, "list": [{}]}
    salvaged(found, SCHEMA, {("name",): "x"})
    assert found.data == before


def test_a_document_tells_which_keys_were_written(tmp_path: Path) -> None:
    found = document(tmp_path, "name: a\nthings: {b: 1, 7: 2}\n")
    assert found.keys("things") == {"b", "7"}
    assert found.keys("name") == found.keys("nothing") == set()


@pytest.mark.parametrize(
    ("problem", "shown"),
    [
        (Problem("a.yaml", 3, "b.c", "is wrong"), "a.yaml:3: b.c: is wrong"),
        (Problem("a.yaml", 0, "", "is wrong"), "a.yaml: is wrong"),
        (Problem("", 0, "b", "is wrong"), "b: is wrong"),
        (Problem("", 3, "", "is wrong"), "is wrong"),
    ],
)
def test_a_problem_is_shown_in_one_line(problem: Problem, shown: str) -> None:
    assert str(problem) == shown


def test_problems_are_sorted_by_place_and_each_is_told_once() -> None:
    late, early = Problem("a", 9, "", "x"), Problem("a", 2, "", "y")
    error = InputError([late, early, late])
    assert error.problems == (early, late)
    assert str(error) == "a:2: y; a:9: x"
    assert InputError.of("z", source="a", line=1, key="k").problems == (Problem("a", 1, "k", "z"),)
