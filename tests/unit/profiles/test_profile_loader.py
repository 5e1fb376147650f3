"""Profiles load whole or are refused with file, line, key and what was expected."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import bcm_mqtt.profiles
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.profiles import (
    Addressing,
    Measure,
    Profile,
    ValueType,
    load_profile,
    shipped_profiles,
)
from bcm_mqtt.profiles.mqtt import shipped_mqtt_profiles
from bcm_mqtt.profiles.shipped import Shipped
from bcm_mqtt.profiles.snmp import agent_profiles

SHIPPED = sorted(
    file.name for file in files(bcm_mqtt.profiles).iterdir() if file.name.endswith(".yaml")
)
GOOD = """\
id: two
title: Two channels
source: a test
function_code: 4
addressing: one-based
current: {type: uint16, scale: 0.01}
channels:
  - {pole: 3, meter: 1, channel: 2, device_id: 1, register: 7}
  - {pole: 1, meter: 1, channel: 1, device_id: 1, register: 6}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "two.yaml"


def problems(file: Path, text: str) -> list[Problem]:
    file.write_text(text)
    with pytest.raises(InputError) as raised:
        load_profile(file)
    assert {problem.source for problem in raised.value.problems} == {str(file)}
    return list(raised.value.problems)


def test_there_are_shipped_profiles() -> None:
    assert "bg08.yaml" in SHIPPED
    assert len(shipped_profiles()) == len(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_is_named_as_its_file_and_measures_each_pole_once(name: str) -> None:
    profile = shipped_profiles()[name.removesuffix(".yaml")]
    assert f"{profile.id}.yaml" == name
    assert profile.title
    assert profile.source
    poles = [channel.pole for channel in profile.channels]
    assert poles == sorted(set(poles))
    assert {row.device_id for row in profile.rows()} == set(range(1, profile.unit_count + 1))
    rows = profile.quantity_rows()
    assert {row.function_code for row in rows} <= {3, 4}
    assert all(0 <= row.address <= 65535 for row in rows)


def test_a_profile_is_read_from_its_file(file: Path) -> None:
    file.write_text(GOOD)
    profile = load_profile(file)
    assert (profile.id, profile.function_code) == ("two", 4)
    assert profile.addressing is Addressing.ONE_BASED
    assert profile.measures == (Measure(Quantity.CURRENT, ValueType.UINT16, scale=Decimal("0.01")),)
    assert [channel.pole for channel in profile.channels] == [1, 3]
    assert (profile.pole_count, profile.unit_count) == (3, 1)


def test_a_one_based_register_is_one_less_on_the_wire(file: Path) -> None:
    file.write_text(GOOD)
    assert [(row.register, row.address) for row in load_profile(file).rows()] == [(6, 5), (7, 6)]


WHOLE = "expected a whole number from"
SCALE = "expected the value of one count as a decimal above 0, such as 0.1"
TYPES = "expected uint16, int16, uint32, int32, uint64, int64, float32 or float64"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("id: two", "id: Two!", (1, "id", "expected [a-z0-9_-]+, not 'Two!'")),
        ("title: Two channels", "title: 2", (2, "title", "expected a text, not 2")),
        ("title: Two channels\n", "", (1, "title", "is required")),
        ("source:", "titel: x\nsource:", (3, "titel", "unknown key: did you mean title?")),
        (
            "function_code: 4",
            "function_code: 6",
            (4, "function_code", "expected 3 (holding) or 4 (input), not 6"),
        ),
        ("one-based", "zero", (5, "addressing", "expected wire, one-based or modicon, not 'zero'")),
        ("uint16", "int8", (6, "current.type", f"{TYPES}, not 'int8'")),
        ("scale: 0.01", "scale: -1", (6, "current.scale", f"{SCALE}, not -1")),
        ("scale: 0.01", "scale: .nan", (6, "current.scale", f"{SCALE}, not nan")),
        ("pole: 3", "pole: 85", (8, "channels.0.pole", f"{WHOLE} 1 to 84, not 85")),
        ("pole: 1,", "pole: true,", (9, "channels.1.pole", f"{WHOLE} 1 to 84, not True")),
        (
            "register: 6",
            "register: 0x10000",
            (9, "channels.1", "register 65536: expected 1 to 65535"),
        ),
        (
            "register: 6",
            "register: 6, device: 1",
            (9, "channels.1.device", "unknown key: did you mean device_id?"),
        ),
        ("pole: 3", "pole: 1", (9, "channels.1", "pole 1 is given twice")),
        ("ter: 6", "ter: 7", (9, "channels.1", "register 7 of device 1 is pole 3 already")),
        ("nel: 1", "nel: 2", (9, "channels.1", "channel 2 of device 1 is pole 3 already")),
    ],
)
def test_a_bad_profile_is_refused_with_line_key_and_what_was_expected(
    file: Path, old: str, new: str, problem: tuple[int, str, str]
) -> None:
    assert problems(file, GOOD.replace(old, new)) == [Problem(str(file), *problem)]


def test_a_profile_without_channels_is_refused(file: Path) -> None:
    text = GOOD[: GOOD.index("  - ")].replace("channels:", "channels: []")
    assert problems(file, text) == [
        Problem(str(file), 7, "channels", "expected at least one channel, not a list")
    ]


def test_all_mistakes_of_a_profile_are_named_at_once(file: Path) -> None:
    text = GOOD.replace("id: two", "id: T").replace("pole: 3", "pole: 0").replace("uint16", "u8")
    text = text.replace("register: 6", "register: -1")
    assert [problem.line for problem in problems(file, text)] == [1, 6, 8, 9]


def test_a_profile_that_is_not_there_is_refused(file: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file or directory"):
        load_profile(file)


PATTERN = "expected a bit pattern such as 0x8000, or the first and last of several"
RICH = """\
id: rich
title: Two channels of everything
source: a test
function_code: 3
addressing: one-based
max_gap: 4
max_registers: 20
min_delay: 30ms
current: {type: int16, scale: 1, first_register: 10,
  exponent_register: {first_register: 1, step: 1}}
voltage: {type: float32, word_order: low-first, scale: 1, invalid: [0xFFFFFFFF, [1, 2]]}
energy: {type: uint64, scale: 1, first_register: 20, step: 8, function_code: 4}
channels:
  - {pole: 1, channel: 1, voltage: 30}
  - {pole: 3, channel: 2, voltage: 30, current: 15}
"""


def test_registers_are_counted_from_the_first_or_given_by_the_channel(file: Path) -> None:
    file.write_text(RICH)
    profile = load_profile(file)
    assert (profile.max_gap, profile.max_registers) == (4, 20)
    assert profile.min_delay == timedelta(milliseconds=30)
    current, energy, voltage = profile.measures
    assert voltage.invalid == ((0xFFFFFFFF, 0xFFFFFFFF), (1, 2))
    assert current.factor is not None
    assert [current.factor.register(channel) for channel in (1, 2)] == [1, 2]
    assert energy.function_code == 4
    assert [
        (row.pole, row.quantity, row.register, row.address, row.function_code)
        for row in profile.quantity_rows()
    ] == [
        (1, "current", 10, 9, 3),
        (1, "energy", 20, 19, 4),
        (1, "voltage", 30, 29, 3),
        (3, "current", 15, 14, 3),
        (3, "energy", 28, 27, 4),
        (3, "voltage", 30, 29, 3),
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("max_gap: 4", "max_gap: 126", (6, "max_gap", f"{WHOLE} 0 to 125, not 126")),
        (
            "30ms",
            "30s",
            (8, "min_delay", "expected a duration from 0ms to 10000ms such as 50ms, not '30s'"),
        ),
        (
            "low-first",
            "little",
            (11, "voltage.word_order", "expected high-first or low-first, not 'little'"),
        ),
        (
            "[1, 2]",
            "[2, 1]",
            (
                11,
                "voltage.invalid.1",
                f"{PATTERN}, not a list",
            ),
        ),
        ("step: 8", "step: 3", (15, "channels.1", "register 23 of device 1 is pole 1 already")),
        ("current: 15", "current: 0", (15, "channels.1", "register 0: expected 1 to 65535")),
        (
            "{first_register: 1, step: 1}",
            "{first_register: 1}, scale_register: {first_register: 2}",
            (10, "current.exponent_register", "expected one register that scales, not two"),
        ),
        (
            "first_register: 20, step: 8, ",
            "",
            (12, "energy", "expected first_register, or registers of channels"),
        ),
        (
            "first_register: 10,",
            "",
            (14, "channels.0", "expected a register of its current"),
        ),
        (
            "channels:\n",
            "poles: 2\nchannels:\n",
            (14, "channels", "expected either channels or poles"),
        ),
    ],
)
def test_a_bad_layout_is_refused_with_line_key_and_what_was_expected(
    file: Path, old: str, new: str, problem: tuple[int, str, str]
) -> None:
    assert RICH.count(old) >= 1
    assert problems(file, RICH.replace(old, new, 1)) == [Problem(str(file), *problem)]


def test_a_profile_measures_something(file: Path) -> None:
    text = GOOD.replace("current: {type: uint16, scale: 0.01}\n", "")
    (problem,) = problems(file, text)
    assert problem.message.startswith("expected one of current, power")


def test_a_shipped_profile_is_loaded_when_it_is_looked_up() -> None:
    loaded: list[str] = []

    def load(file: Path) -> Profile:
        loaded.append(file.name)
        return load_profile(file)

    shipped = Shipped("bcm_mqtt.profiles", load)
    assert "bg08" in list(shipped)
    assert shipped.get("bg09") is None
    assert loaded == []
    assert shipped["bg08"] is shipped["bg08"]
    assert loaded == ["bg08.yaml"]


@pytest.mark.parametrize(
    "profiles", [shipped_profiles(), shipped_mqtt_profiles(), agent_profiles()]
)
def test_a_shipped_profile_has_the_name_of_its_file(profiles: Mapping[str, Any]) -> None:
    assert profiles
    assert [profile.id for profile in profiles.values()] == list(profiles)
