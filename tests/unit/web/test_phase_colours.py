"""Phase colours: those of the country, and each to be told from its ground on both themes."""

import re

import pytest

from bcm_mqtt.domain.site.panel import Service
from bcm_mqtt.web.app import STATIC
from bcm_mqtt.web.pages.rendering import phase_colours, phase_name

GROUNDS = {"light": ("#ffffff", "#fbfbf8"), "dark": ("#171e27", "#1a222c")}
"""Of cards and of breakers, as style.css has them."""


@pytest.mark.parametrize(
    ("service", "convention", "colours"),
    [
        ("120/208", "", "low"),
        ("120/240", "", "low"),
        ("277/480", "", "high"),
        ("347/600", "", "high"),
        ("230/400", "", "iec"),
        ("220/380", "", "iec"),
        ("240/415", "", "iec"),
        ("230/400", "north-america", "high"),
        ("120/208", "iec", "iec"),
    ],
)
def test_colours_are_those_of_the_convention_or_of_the_voltage(
    service: str, convention: str, colours: str
) -> None:
    assert phase_colours(Service.parse(service), convention) == colours


def test_phases_are_marked_as_in_the_country_of_their_colours() -> None:
    def marked(service: str) -> list[str]:
        return [phase_name(letter, Service.parse(service)) for letter in "ABC"]

    assert marked("230/400") == ["L1", "L2", "L3"]
    assert marked("120/208") == ["A", "B", "C"]


def luminance(colour: str) -> float:
    """Relative, by WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_each_phase_stands_out_from_its_ground_by_3_to_1() -> None:
    assert round(contrast("#ffffff", "#000000"), 6) == 21
    style = (STATIC / "style.css").read_text("utf-8")
    assert all(ground in style for grounds in GROUNDS.values() for ground in grounds)
    rules = re.findall(
        r"^(.*)\.colours-(\w+) {(.*)}", (STATIC / "phases.css").read_text(), re.MULTILINE
    )
    assert len(rules) == 9
    weak = [
        (name, letter, colour, ground)
        for before, name, body in rules
        for letter, colour in re.findall(r"--(\w): (#\w{6});", body)
        for ground in GROUNDS["dark" if ":root" in before else "light"]
        if contrast(colour, ground) < 3
    ]
    assert weak == []
    assert {name for _, name, _ in rules} == {"low", "high", "iec"}
