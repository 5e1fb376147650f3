"""Poles, sides and phases of a panel, and the names of its services."""

import pytest

from bcm_mqtt.domain.site.panel import Connection, Service, System, breaker_poles
from unit.domain.examples import panel


def test_phase_letters_go_a_b_c_down_the_panel_and_are_the_same_on_both_sides() -> None:
    assert "".join(map(panel().phase, range(1, 13))) == "AABBCCAABBCC"


def test_phase_letters_follow_the_formula_for_all_84_poles() -> None:
    assert [panel().phase(pole) for pole in range(1, 85)] == [
        "ABC"[((pole - 1) // 2) % 3] for pole in range(1, 85)
    ]


def test_a_delta_panel_has_three_phases() -> None:
    assert [panel("480").phase(pole) for pole in (1, 3, 5)] == ["A", "B", "C"]


def test_a_split_phase_panel_has_two_phases() -> None:
    assert "".join(map(panel("120/240").phase, range(1, 10))) == "AABBAABBA"


@pytest.mark.parametrize("first", [1, 2, 11, 38])
def test_a_breaker_goes_down_one_side_n_n2_n4_over_different_phases(first: int) -> None:
    assert breaker_poles(first, 1) == (first,)
    assert breaker_poles(first, 2) == (first, first + 2)
    poles = breaker_poles(first, 3)
    assert poles == (first, first + 2, first + 4)
    assert len({pole % 2 for pole in poles}) == 1
    assert {panel().phase(pole) for pole in poles} == {"A", "B", "C"}


def test_a_two_pole_breaker_on_split_phase_has_both_lines() -> None:
    split = panel("120/240")
    assert {split.phase(pole) for pole in breaker_poles(5, 2)} == {"A", "B"}


def test_an_unmonitored_pole_is_left_out() -> None:
    assert panel(unmonitored=[3, 9]).monitored((1, 3, 5)) == (1, 5)


@pytest.mark.parametrize(
    ("name", "system", "v_ln", "v_ll"),
    [
        ("120/208", System.WYE, 120, 208),
        ("230/400", System.WYE, 230, 400),
        ("277/480", System.WYE, 277, 480),
        ("347/600", System.WYE, 347, 600),
        ("120/240", System.SPLIT, 120, 240),
        ("240", System.DELTA, None, 240),
        ("480", System.DELTA, None, 480),
    ],
)
def test_a_service_is_read_from_its_name(
    name: str, system: System, v_ln: int | None, v_ll: int
) -> None:
    assert Service.parse(name) == Service(name, system, v_ln, v_ll)


@pytest.mark.parametrize(
    "name", ["", "0", "0/0", "120/", "208/120", "120/480", "120/208/240", "120 V", "-480", "12.5"]
)
def test_a_service_that_is_none_says_what_was_expected(name: str) -> None:
    with pytest.raises(ValueError, match="expected line-neutral/line-line such as 120/208"):
        Service.parse(name)


@pytest.mark.parametrize(
    ("connection", "poles"),
    [("1P", 1), ("2P", 2), ("2P-N", 2), ("3P", 3), ("3P-D", 3), ("none", 0)],
)
def test_a_connection_takes_as_many_poles_as_its_name_says(connection: str, poles: int) -> None:
    assert Connection(connection).pole_count == poles


def test_the_usual_connection_is_known_from_the_number_of_poles() -> None:
    assert [Connection.usual(count) for count in (1, 2, 3)] == ["1P", "2P", "3P"]
