"""Registers by which a device says what it is."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.errors import InputError
from bcm_mqtt.profiles import Identification, load_profile

TEXT = Identification(register=6, length=4, pattern="iEM3[1-3]")
NUMBER = Identification(register=11, values=(70, 71))


@pytest.mark.parametrize(
    ("registers", "said"),
    [
        ([0x6945, 0x4D33, 0x3235, 0x3520], "'iEM3255'"),  # iE M3 25 5 and a space
        ([0x6945, 0x4D33, 0x3100, 0], "'iEM31'"),
    ],
)
def test_a_text_is_read_as_it_is_filled_up(registers: list[int], said: str) -> None:
    assert TEXT.matches(registers)
    assert TEXT.said(registers) == said


def test_a_text_may_have_the_first_character_in_the_low_byte() -> None:
    assert TEXT.matches([0x4569, 0x334D, 0x3532, 0x2035])


def test_a_text_may_have_one_character_in_each_register() -> None:
    identification = Identification(register=200, length=6, pattern="MAP12E")
    assert identification.matches([ord(letter) for letter in "MAP12E"])
    assert not identification.matches([ord(letter) for letter in "WBMAO4"])


def test_a_text_must_begin_with_the_pattern() -> None:
    assert not TEXT.matches([0x4169, 0x454D, 0x3331, 0x3535])  # AiEM3155


def test_a_number_must_be_one_of_those_given() -> None:
    assert NUMBER.matches([71])
    assert not NUMBER.matches([1648])
    assert NUMBER.said([1648]) == "1648"
    assert NUMBER.expected() == "one of 70, 71"


def test_a_long_number_has_its_high_word_first() -> None:
    identification = Identification(register=0, length=2, values=(0x0001_86A0,))
    assert identification.matches([1, 0x86A0])


@given(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=20))
def test_whatever_is_read_can_be_told_in_a_line_of_ascii(registers: list[int]) -> None:
    for identification in (TEXT, NUMBER):
        said = identification.said(registers)
        assert said.isascii()
        assert said.isprintable()
        identification.matches(registers)


PROFILE = """
id: mine
title: My meter
source: its manual
function_code: 3
addressing: one-based
current: {type: uint16, scale: 1, first_register: 501}
poles: 3
identification: %s
"""


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{register: 5}", "8: identification: expected either values or a pattern"),
        (
            "{register: 5, values: [1], pattern: x}",
            "8: identification: expected either values or a pattern",
        ),
        ("{values: [1]}", "8: identification.register: is required"),
        (
            "{register: 0, values: [1]}",
            "8: identification.register: register 0: expected 1 to 65535",
        ),
        (
            "{register: 65530, length: 7, pattern: x}",
            "8: identification.register: register 65536: expected 1 to 65535",
        ),
        (
            "{register: 5, pattern: '['}",
            "8: identification.pattern: expected a regular expression such as iEM3[0-9], not '['",
        ),
        (
            "{register: 5, values: []}",
            "8: identification.values: expected at least one value, not a list",
        ),
        (
            "{register: 5, value: [1]}",
            "8: identification.value: unknown key: did you mean values?",
        ),
    ],
)
def test_a_wrong_identification_is_told_with_its_line(
    tmp_path: Path, written: str, told: str
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(PROFILE.lstrip() % written)
    with pytest.raises(InputError) as caught:
        load_profile(file)
    assert [str(problem) for problem in caught.value.problems][:1] == [f"{file}:{told}"]


def test_a_right_one_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(PROFILE % "{register: 5, values: [1, 2], function_code: 4}")
    found = load_profile(file).identification
    assert found == Identification(register=5, values=(1, 2), function_code=4)
