"""`profiles` and `profiles show`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bcm_mqtt.cli.profiles import profiles
from bcm_mqtt.errors import InputError
from bcm_mqtt.profiles import shipped_profiles

KEYS = [
    "pole",
    "meter",
    "channel",
    "device_id",
    "unit_offset",
    "register",
    "address",
    "function_code",
]


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(profiles, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_bg08_has_a_row_for_each_pole_and_nothing_else() -> None:
    rows = json.loads(shown("show", "bg08", "--format", "json"))
    assert [row["pole"] for row in rows] == list(range(1, 49))
    assert {tuple(row) for row in rows} == {tuple(KEYS)}
    assert list(rows[1].values()) == [2, 1, 1, 5, 4, 501, 501, 3]


def test_a_meter_of_many_quantities_has_a_row_for_each() -> None:
    rows = json.loads(shown("show", "e30", "--format", "json"))
    assert len(rows) == 42 * 4
    assert list(rows[0]) == [*KEYS, "quantity", "type", "word_order", "scale", "scaled_by"]
    assert list(rows[1].values())[5:] == [
        *[1252, 1251, 3, "power", "int16", "high-first", "1000", "exponent_register 1042"]
    ]


def test_the_list_names_every_profile_and_its_quantities() -> None:
    output = shown()
    assert all(name in output for name in shipped_profiles())
    assert "current, power, voltage, energy" in output


def test_a_file_is_shown_before_it_is_used(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "id: own\ntitle: Own\nsource: its manual\nfunction_code: 4\naddressing: wire\n"
        "power: {type: uint16, scale: 1, first_register: 5}\npoles: 2\n"
    )
    rows = json.loads(shown("show", str(file), "--format", "json"))
    assert [(row["register"], row["function_code"]) for row in rows] == [(5, 4), (6, 4)]


def test_an_unknown_name_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(InputError, match="expected one of bg08, e30"):
        CliRunner().invoke(profiles, ["show", "bg8"], catch_exceptions=False)
