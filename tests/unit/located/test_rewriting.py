"""Changes of a YAML text: the place that is meant changes, and no other character."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bcm_mqtt.errors import InputError
from bcm_mqtt.located.rewriting import entry_at, with_entry, with_value, without
from bcm_mqtt.located.yaml_text import AsWritten, Value

TEXT = """\
# The site.
site: {id: dc1, name: "Data Center 1"}   # as on the door
gateways:
  # On the roof.
  babel-1: {host: 10.0.0.21, port: 502}   # cabinet 3

  usb-1:   # in the cellar
    serial: '/dev/ttyUSB0'
    timeout:   500ms   # slow
  # Nothing follows.
panels: {}
customers:
  Acme:
    address:
      - 1 Main Street   # the tenant's
      - New York
    # end of Acme
mqtt: {password: !secret broker}
common: &common {a: 1}
other: *common
last: 11.50"""


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """Lines that are gone, and new ones."""
    old, new = before.splitlines(), after.splitlines()
    return [one for one in old if one not in new], [one for one in new if one not in old]


@pytest.mark.parametrize(
    ("path", "value", "gone", "new"),
    [
        (
            ("gateways", "babel-1", "port"),
            AsWritten.of("1502"),
            ["  babel-1: {host: 10.0.0.21, port: 502}   # cabinet 3"],
            ["  babel-1: {host: 10.0.0.21, port: 1502}   # cabinet 3"],
        ),
        (
            ("gateways", "usb-1", "serial"),
            "/dev/it's",
            ["    serial: '/dev/ttyUSB0'"],
            ["    serial: '/dev/it''s'"],
        ),
        (("gateways", "usb-1", "baudrate"), AsWritten.of("9600"), [], ["    baudrate: 9600"]),
        (
            ("gateways", "babel-1", "timeout"),
            "1s",
            ["  babel-1: {host: 10.0.0.21, port: 502}   # cabinet 3"],
            ["  babel-1: {host: 10.0.0.21, port: 502, timeout: 1s}   # cabinet 3"],
        ),
        (
            ("panels", "rpp-1a"),
            {"name": "yes", "unit_ids": [1, 2]},
            ["panels: {}"],
            ["panels:", '  rpp-1a: {name: "yes", unit_ids: [1, 2]}'],
        ),
        (
            ("customers", "Acme", "address"),
            ["1 Main Street", "Suite 5", "New York"],
            [],
            ["      - Suite 5"],
        ),
        (
            ("alarms", "customers", "Acme", "warning"),
            70,
            [],
            ["alarms:", "  customers:", "    Acme: {warning: 70}"],
        ),
        (("last",), AsWritten.of("11.75"), ["last: 11.50"], ["last: 11.75"]),
    ],
)
def test_a_value_is_put_in_its_place(
    path: tuple[str, ...], value: Value, gone: list[str], new: list[str]
) -> None:
    assert changed(TEXT, with_value(TEXT, path, value)) == (gone, new)


@pytest.mark.parametrize(
    ("path", "gone", "new"),
    [
        (
            ("gateways", "usb-1"),
            [
                "  usb-1:   # in the cellar",
                "    serial: '/dev/ttyUSB0'",
                "    timeout:   500ms   # slow",
            ],
            [],
        ),
        (
            ("gateways", "babel-1", "port"),
            ["  babel-1: {host: 10.0.0.21, port: 502}   # cabinet 3"],
            ["  babel-1: {host: 10.0.0.21}   # cabinet 3"],
        ),
        (("gateways", "usb-1", "timeout"), ["    timeout:   500ms   # slow"], []),
        (("last",), ["last: 11.50"], []),
    ],
)
def test_a_key_is_removed(path: tuple[str, ...], gone: list[str], new: list[str]) -> None:
    assert changed(TEXT, without(TEXT, path)) == (gone, new)


def test_the_last_entry_leaves_an_empty_mapping() -> None:
    text = "panels:\n  # ours\n  a:\n    x: 1\nsite: {id: a}\n"

    left = without(text, ("panels", "a"))

    assert left == "panels:\n  # ours\n  {}\nsite: {id: a}\n"
    assert with_value(left, ("panels", "b"), {"x": 2}).endswith("b: {x: 2}\nsite: {id: a}\n")


def test_an_entry_is_shown_and_changed_as_text() -> None:
    entry = entry_at(TEXT, ("gateways", "usb-1"))

    assert entry is not None
    assert (entry.text, entry.line) == ("serial: '/dev/ttyUSB0'\ntimeout:   500ms   # slow", 8)
    new = with_entry(TEXT, ("gateways", "usb-1"), "serial: b\n# new\nbaudrate: 9600\n")
    assert "  usb-1:   # in the cellar\n    serial: b\n    # new\n    baudrate: 9600\n" in new
    assert with_entry(TEXT, ("gateways", "babel-1"), "{host: b}") == TEXT.replace(
        "{host: 10.0.0.21, port: 502}", "{host: b}"
    )
    more = with_entry(TEXT, ("tariffs", "standard"), "versions:\n  - {energy: 11.50}")
    added = "tariffs:\n  standard:\n    versions:\n      - {energy: 11.50}"
    assert more.endswith(f"last: 11.50\n{added}\n")


@pytest.mark.parametrize(
    ("path", "value"),
    [(("mqtt", "password"), "x"), (("common",), {"a": 2}), (("other", "a"), 2), (("other",), 1)],
)
def test_what_is_written_with_a_tag_or_an_anchor_is_left_to_people(
    path: tuple[str, ...], value: Value
) -> None:
    with pytest.raises(InputError, match="change the file by hand"):
        with_value(TEXT, path, value)


def test_a_text_that_is_no_yaml_is_refused_with_its_line() -> None:
    with pytest.raises(InputError) as refused:
        with_entry(TEXT, ("gateways", "usb-1"), "serial: a\nb: [1")
    assert refused.value.problems[0].line == 2
    with pytest.raises(InputError, match="without"):
        with_entry(TEXT, ("gateways", "usb-1"), "a: &x [1, 2]\nb: [*x, *x]")


def test_line_breaks_of_windows_stay() -> None:
    text = TEXT.replace("\n", "\r\n")

    more = with_value(text, ("gateways", "usb-1", "parity"), "none")

    assert "    parity: none\r\n" in more
    assert "\n" not in more.replace("\r\n", "")


SCALARS = st.text(max_size=12) | st.integers(-5, 99) | st.booleans()
KEYS = st.text("abc", min_size=1, max_size=2)
VALUES = SCALARS | st.lists(SCALARS, max_size=3)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(KEYS, KEYS, st.none() | VALUES), max_size=8))
def test_whatever_is_set_is_read_again(steps: list[tuple[str, str, Value | None]]) -> None:
    text, expected = "# head\n", dict[str, dict[str, Value]]()
    for outer, inner, value in steps:
        if value is None:
            if inner not in expected.get(outer, {}):
                continue
            text = without(text, (outer, inner))
            del expected[outer][inner]
        else:
            try:
                text = with_value(text, (outer, inner), value)
            except InputError:
                continue  # an empty list in the place of lines
            expected.setdefault(outer, {})[inner] = value
    assert text.startswith("# head\n")
    assert (YAML(typ="safe").load(text) or {}) == expected
