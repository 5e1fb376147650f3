"""YAML with the place of each value, and tags that take values from elsewhere."""

from datetime import date
from pathlib import Path

import pytest

from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document, Place, read_yaml


def read(folder: Path, text: str, **environment: str) -> Document:
    file = folder / "main.yaml"
    file.write_text(text)
    return read_yaml(file, environment=environment)


def refused(folder: Path, text: str, **environment: str) -> list[tuple[str, int, str, str]]:
    with pytest.raises(InputError) as raised:
        read(folder, text, **environment)
    return [
        (problem.source.removeprefix(f"{folder}/"), problem.line, problem.key, problem.message)
        for problem in raised.value.problems
    ]


def test_values_are_plain_and_know_their_line(tmp_path: Path) -> None:
    document = read(tmp_path, "a: 1\n\nb:\n  - x\n  # comment\n  - {c: 0.10, d: [true, null]}\n")
    assert document.data == {"a": 1, "b": ["x", {"c": 0.1, "d": [True, None]}]}
    lines = {
        ("a",): 1,
        ("b",): 3,
        ("b", 0): 4,
        ("b", 1): 6,
        ("b", 1, "c"): 6,
        ("b", 1, "d", 1): 6,
    }
    assert {path: document.place(path).line for path in lines} == lines
    assert type(document.data["b"][1]["c"]) is float


def test_a_value_that_is_not_there_has_the_place_of_what_it_would_stand_in(
    tmp_path: Path,
) -> None:
    document = read(tmp_path, "a:\n  b: 1\nc: 2\n")
    assert document.place(("a", "x", "y")).line == 1
    assert document.place(("x",)) == Place(str(tmp_path / "main.yaml"), 1)


def test_env_takes_the_value_from_the_environment(tmp_path: Path) -> None:
    document = read(tmp_path, "a: !env USER_NAME\n", USER_NAME="ann")
    assert document.data == {"a": "ann"}
    assert document.place(("a",)).secret


def test_an_environment_variable_that_is_not_set_is_a_problem(tmp_path: Path) -> None:
    assert refused(tmp_path, "x: 1\na:\n  b: !env NOBODY\n", SOMEBODY="x") == [
        ("main.yaml", 3, "a.b", "environment variable NOBODY is not set")
    ]


@pytest.mark.parametrize(
    "written", ["hunter2", "0123", "1_000", "true", "1e5", "2026-01-01", "null", "0x10"]
)
def test_a_secret_is_the_text_that_stands_in_secrets_yaml(tmp_path: Path, written: str) -> None:
    (tmp_path / "secrets.yaml").write_text(f"password: {written}\n")
    document = read(tmp_path, "a: !secret password\n")
    assert document.data == {"a": written}
    assert document.place(("a",)).secret


@pytest.mark.parametrize("secrets", [None, "other: x\n", "- password\n", "password: [x]\n", ""])
def test_a_secret_that_is_not_there_is_a_problem(tmp_path: Path, secrets: str | None) -> None:
    if secrets is not None:
        (tmp_path / "secrets.yaml").write_text(secrets)
    assert refused(tmp_path, "a: !secret password\n") == [
        ("main.yaml", 1, "a", f"secret password is not in {tmp_path / 'secrets.yaml'}")
    ]


def test_a_mistake_in_secrets_yaml_prints_no_secret(tmp_path: Path) -> None:
    (tmp_path / "secrets.yaml").write_text("password: hunter2\npassword: hunter3\n")
    found = refused(tmp_path, "a: !secret password\n")
    assert ("secrets.yaml", 2, "", 'not YAML: found duplicate key "password"') in found
    assert "hunter" not in str(found)


def test_an_include_is_read_in_place_and_its_values_know_their_own_file(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "b.yaml").write_text("# first\nc: 1\nd: !include ../e.yaml\n")
    (tmp_path / "e.yaml").write_text("- x\n- y\n")
    document = read(tmp_path, "a: 0\nb: !include part/b.yaml\n")
    assert document.data == {"a": 0, "b": {"c": 1, "d": ["x", "y"]}}
    assert document.place(("b", "c")) == Place(str(tmp_path / "part" / "b.yaml"), 2)
    assert document.place(("b", "d", 1)).line == 2
    assert document.place(("b", "d", 1)).source.endswith("e.yaml")
    assert document.place(("a",)).source == str(tmp_path / "main.yaml")


def test_a_file_may_be_included_twice(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("x: 1\n")
    document = read(tmp_path, "a: !include b.yaml\nb: !include b.yaml\n")
    assert document.data == {"a": {"x": 1}, "b": {"x": 1}}


def test_secrets_of_an_included_file_stand_beside_that_file(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "secrets.yaml").write_text("password: inner\n")
    (tmp_path / "part" / "b.yaml").write_text("c: !secret password\n")
    assert read(tmp_path, "a: !include part/b.yaml\n").data == {"a": {"c": "inner"}}


def test_an_include_of_a_file_that_is_not_there_is_a_problem_where_it_stands(
    tmp_path: Path,
) -> None:
    assert refused(tmp_path, "a: 1\nb:\n  - !include c.yaml\n") == [
        ("main.yaml", 3, "b.0", f"no such file {tmp_path / 'c.yaml'}")
    ]


@pytest.mark.parametrize(
    ("included", "source", "key"), [("main.yaml", "b.yaml", "a.c"), ("b.yaml", "b.yaml", "a.c")]
)
def test_an_include_loop_is_a_problem_and_not_endless(
    tmp_path: Path, included: str, source: str, key: str
) -> None:
    (tmp_path / "b.yaml").write_text(f"c: !include {included}\n")
    assert refused(tmp_path, "a: !include b.yaml\n") == [
        (source, 1, key, f"{included} includes itself")
    ]


def test_an_unknown_tag_is_a_problem(tmp_path: Path) -> None:
    expected = "expected !env, !secret or !include"
    assert refused(tmp_path, "a: !password x\nb: !environ y\n") == [
        ("main.yaml", 1, "a", f"unknown tag !password: {expected}"),
        ("main.yaml", 2, "b", f"unknown tag !environ: {expected}"),
    ]


@pytest.mark.parametrize("value", ["{b: c}", "[b]"])
def test_a_tag_before_a_mapping_or_a_list_is_a_problem(tmp_path: Path, value: str) -> None:
    assert refused(tmp_path, f"x: 1\na: !env {value}\n") == [
        ("main.yaml", 2, "a", "tag !env stands before a single text, not a mapping or a list")
    ]


def test_all_tags_that_lead_nowhere_are_named_at_once(tmp_path: Path) -> None:
    found = refused(tmp_path, "a: !env A\nb: !secret b\nc: !include c.yaml\nd: !d d\n")
    assert [(line, key) for _, line, key, _ in found] == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


def test_anchors_aliases_and_merged_keys_are_plain_values_with_a_place(tmp_path: Path) -> None:
    document = read(tmp_path, "a: &a {x: &flag true, y: 2}\nb:\n  <<: *a\n  y: 3\n  z: *flag\n")
    assert document.data == {"a": {"x": True, "y": 2}, "b": {"x": True, "y": 3, "z": True}}
    assert document.data["b"]["z"] is True
    assert document.place(("b", "y")).line == 4
    assert document.place(("b", "x")).line == 2


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeffa: 1\n").data == {"a": 1}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: [1, 2\n", 3, "expected ',' or ']'"),
        ("a: 1\nb: 2\na: 3\n", 3, 'found duplicate key "a"'),
        ("a: 1\n\tb: 2\n", 2, "a tab, where YAML takes spaces only: replace it with spaces"),
        ("a: *nobody\n", 1, "found undefined alias"),
        ('a: "x\0y"\n', 0, "unacceptable character"),
    ],
)
def test_what_is_no_yaml_is_refused_in_one_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    ((source, found, key, said),) = refused(tmp_path, text)
    assert (source, key) == ("main.yaml", "")
    assert said.startswith("not YAML: ")
    assert "\n" not in said
    assert (found, message in said) == (line, True), said


def test_a_day_that_no_calendar_has_stays_a_text_for_the_schema_to_refuse(tmp_path: Path) -> None:
    document = read(tmp_path, "a: 2026-02-30\nb: 2026-02-28T25:00:00\nc: 2026-02-28\n")
    assert document.data == {"a": "2026-02-30", "b": "2026-02-28T25:00:00", "c": date(2026, 2, 28)}
    assert document.place(("b",)).line == 2


@pytest.mark.parametrize("number", ["9" * 5000, f"0x{'f' * 5000}"], ids=["decimal", "hexadecimal"])
def test_a_number_of_thousands_of_digits_stays_a_text_too(tmp_path: Path, number: str) -> None:
    document = read(tmp_path, f"a: 1\nb: {number}\n")
    assert document.data == {"a": 1, "b": number}


@pytest.mark.parametrize(
    "text",
    ["- " * 2000 + "1", "{a: " * 1000 + "1" + "}" * 1000, "site: &a\n  <<: *a\n"],
    ids=["list", "mapping", "merged into itself"],
)
def test_what_is_nested_too_deeply_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    ((source, _, _, said),) = refused(tmp_path, text)
    assert source == "main.yaml"
    assert said == "not YAML that can be read: it is nested too deeply, or in itself"


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for file, reason in (
        (tmp_path / "nothing.yaml", "No such file or directory"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(InputError) as raised:
            read_yaml(file)
        assert raised.value.problems == (Problem(str(file), 0, "", f"cannot be read: {reason}"),)
    (tmp_path / "latin.yaml").write_bytes("a: Müller\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"latin.yaml:1: is not UTF-8 text: byte 0xFC"):
        read_yaml(tmp_path / "latin.yaml")
