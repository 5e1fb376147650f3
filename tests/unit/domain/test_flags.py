"""Flags: each is declared once, with words for people, and docs/vee.md says the same of it."""

import re
from pathlib import Path

import pytest

from bcm_mqtt.domain.vee.quality import Flag

VEE = (Path(__file__).parents[3] / "docs" / "vee.md").read_text("utf-8")
ROW = re.compile(r"^\| `([a-z_]+)` \| (.+) \| (held|) \| (.+) \|$", re.MULTILINE)


def test_the_table_of_findings_says_which_hold_a_bill_and_what_to_check() -> None:
    documented = {flag: (hold == "held", advice) for flag, _, hold, advice in ROW.findall(VEE)}
    assert documented == {flag.value: (flag.holds, flag.meaning.advice) for flag in Flag}


@pytest.mark.parametrize("flag", Flag)
def test_a_flag_has_a_title_and_a_sentence_and_is_found_by_its_name(flag: Flag) -> None:
    assert Flag(flag.value) is flag
    assert flag.meaning.title[0].isupper()
    assert flag.meaning.advice[0].isupper()
    assert flag.meaning.advice.endswith(".")
