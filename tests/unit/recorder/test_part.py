"""Each panel is in one part of however many there are, the same on every machine."""

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.payloads import encode_info
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.recorder.part import Panels, Part, part_of
from unit.recorder.test_clock_watch import REPORT

IDS = st.text("abcz059_-", min_size=1, max_size=40)
PARTS = st.integers(1, 9999)
SUMS = {
    1: [1, 1, 1, 1, 1, 1],
    2: [1, 1, 1, 2, 2, 2],
    3: [3, 2, 1, 2, 3, 3],
    4: [1, 3, 3, 4, 4, 2],
}
"""By sha256sum and bc."""


def message(topic: str, payload: bytes = b"{}") -> Message:
    return Message(topic, payload, retain=True, mid=1, qos=1, connection=1)


@given(panel=IDS, of=st.integers(1, 20))
def test_each_panel_is_in_one_part(panel: str, of: int) -> None:
    having = [number for number in range(1, of + 1) if Part(number, of).has(panel)]
    assert having == [part_of(panel, of)]


@given(panels=st.sets(IDS, max_size=8), before=PARTS, after=PARTS)
def test_another_number_of_parts_takes_the_same_panels(
    panels: set[str], before: int, after: int
) -> None:
    def taken(of: int) -> list[str]:
        parts = {part_of(panel, of) for panel in panels}
        return sorted(one for part in parts for one in panels if Part(part, of).has(one))

    assert taken(before) == taken(after) == sorted(panels)


@given(panel=IDS, of=PARTS)
def test_the_part_is_the_documented_sum(panel: str, of: int) -> None:
    assert part_of(panel, of) == int(sha256(panel.encode()).hexdigest()[:16], 16) % of + 1


def test_the_sum_is_that_of_every_release() -> None:
    panels = ("rpp-1a", "rpp-1b", "rpp-2a", "p-0", "p-1", "p-2")
    assert {of: [part_of(panel, of) for panel in panels] for of in (1, 2, 3, 4)} == SUMS


def test_parts_have_about_as_many_panels_each() -> None:
    counts = [0] * 4
    for number in range(4_000):
        counts[part_of(f"rpp-{number}", 4) - 1] += 1
    assert all(900 < count < 1_100 for count in counts), counts


@given(number=PARTS, of=PARTS)
def test_what_an_option_says_is_read_or_refused(number: int, of: int) -> None:
    text = f"{number}/{of}"
    if number > of:
        with pytest.raises(ValueError, match=r"K/N such as 2/4, with K from 1 to N"):
            Part.parse(text)
        return
    part = Part.parse(text)
    assert (str(part), part.name) == (text, f"part-{number}-of-{of}")


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "2", "/", "2/", "/4", "0/4", "5/4", "0/0", "-1/4", "1/4/", " 1/4", "1/4\n"),
        *("1.0/4", "1/99999", "\u00b2/4", "\u0661/\u0664", "a/b", "1 / 4", "+1/4"),
    ],
)
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected K/N such as 2/4"):
        Part.parse(text)


def test_a_panel_is_subscribed_to_when_it_is_first_heard_of() -> None:
    topics = Topics()
    names = [f"rpp-{number}" for number in range(20)]
    of_part = [name for name in names if Part(1, 2).has(name)]
    assert 0 < len(of_part) < len(names)
    panels = Panels(Part(1, 2), topics)
    heard = [one for name in names for one in panels.new_in(message(topics.directory(name)))]
    assert heard == panels.filters == [topics.snapshot(name) for name in of_part]
    assert not any(panels.new_in(message(topics.directory(name))) for name in names)
    assert str(panels) == f"part 1/2: {len(of_part)} panels"


def test_a_bridges_info_names_panels_too() -> None:
    topics = Topics()
    info = encode_info(REPORT)
    panels = Panels(Part(1, 1), topics)
    expected = [topics.snapshot(panel) for panel in REPORT.panels]
    assert expected
    assert panels.new_in(message(topics.bridge_info("dc1"), info)) == expected
    assert panels.new_in(message(topics.bridge_info("dc1"), info)) == []


@pytest.mark.parametrize("hostile", ["#", "+", "a/#", "", "x/y", "x" * 70_000])
def test_a_panel_that_cannot_be_takes_no_other_along(hostile: str) -> None:
    """The client refuses all filters of a subscription where one is none."""
    topics = Topics()
    report = replace(REPORT, panels={hostile: REPORT.panels["rpp-1a"], **REPORT.panels})
    panels = Panels(Part(1, 1), topics)
    heard = panels.new_in(message(topics.bridge_info("dc1"), encode_info(report)))
    assert heard == panels.filters == [topics.snapshot(panel) for panel in REPORT.panels]


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("bcm/rpp-1a/directory", b""),
        ("bcm/rpp-1a/snapshot", b"{}"),
        ("bcm/bridge/dc1/info", b"no JSON"),
        ("bcm/bridge/dc1/info", b""),
        ("bcm/rpp-1a/circuit/3/alarm", b"{}"),
        ("bcm/rpp-1a/main/alarm", b"{}"),
    ],
)
def test_what_names_no_panel_subscribes_to_none(topic: str, payload: bytes) -> None:
    panels = Panels(Part(1, 1), Topics())
    assert panels.new_in(message(topic, payload)) == []
    assert panels.filters == []
