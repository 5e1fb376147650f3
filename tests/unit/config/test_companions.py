"""voltage_from and power_factor_from: which poles they mean, and what is refused."""

from pathlib import Path

import pytest

from bcm_mqtt.domain.site.companion import Companion
from unit.config.site_files import changed, complaints, loaded

METER = """first_unit_id: 9
    {keys}
  main:
    gateway: babel-1
    profile: sdm630
    unit_ids: [20]
  ps:
    gateway: babel-1
    profile: powerscout18
    first_unit_id: 30"""


def files(keys: str, *more: tuple[str, str]) -> dict[str, str | bytes]:
    return changed("bcm.yaml", ("first_unit_id: 9", METER.replace("{keys}", keys)), *more)


def test_a_panel_or_one_of_its_meters_gives_a_pole_for_each_phase(tmp_path: Path) -> None:
    keys = "voltage_from: ps\n    power_factor_from: ps:2"
    panels = loaded(tmp_path, files(keys)).panels
    panel = panels["rpp-1b"].panel
    assert panel.voltage_from == Companion("ps", (1, 3, 5))
    assert panel.power_factor_from == Companion("ps", (2, 4, 6))
    assert panels["rpp-1a"].panel.voltage_from is None
    directory = loaded(tmp_path, files("power_factor_from: main")).directories["rpp-1b"]
    assert directory.panel.power_factor_from == Companion("main", (1, 3, 5))


def test_a_panel_may_be_its_own(tmp_path: Path) -> None:
    keys = "unit_ids: [20]\n    voltage_from: main"
    panels = loaded(tmp_path, files("name: x", ("unit_ids: [20]", keys))).panels
    assert panels["main"].panel.voltage_from == Companion("main", (1, 3, 5))


def test_on_split_phase_there_are_two(tmp_path: Path) -> None:
    keys = "voltage_from: main\n    service: 120/240"
    of = files(keys, ("unit_ids: [20]", "unit_ids: [20]\n    service: 120/240"))
    assert loaded(tmp_path, of).panels["rpp-1b"].panel.voltage_from == Companion("main", (1, 3))


def test_a_power_factor_of_1_is_stated_or_assumed(tmp_path: Path) -> None:
    assert not loaded(tmp_path, files("name: x")).panels["rpp-1b"].panel.states_power_factor
    stated = loaded(tmp_path, files("power_factor: 1")).panels["rpp-1b"].panel
    assert stated.states_power_factor


@pytest.mark.parametrize(
    ("keys", "more", "complaint"),
    [
        ("voltage_from: mian", (), "unknown panel 'mian': expected one of main, ps, rpp-1a, rpp"),
        ("voltage_from: 'main 1'", (), "'main 1' is no meter: expected PANEL or PANEL:POLE such"),
        ("voltage_from: rpp-1a", (), "profile bg08 measures no voltages at rpp-1a"),
        ("voltage_from: main:7", (), "profile sdm630 measures no voltages at main:7"),
        ("voltage_from: main:3", (), "main:3 measures no voltages of phase A"),
        (
            "power_factor_from: ps",
            (),
            "panel ps measures the power factors of several circuits: expected one of them",
        ),
        (
            "voltage_from: main\n    service: 277/480",
            (),
            "panel main has service 120/208: expected 277/480 as of this panel",
        ),
        (
            "voltage_from: main\n    service: '480'",
            (),
            "service 480 has no neutral, to which companions measure voltages",
        ),
        (
            "voltage_from: main",
            (("unit_ids: [20]", "unit_ids: [20]\n    voltage_from: ps"),),
            "panel main has voltage_from ps: expected a panel without it",
        ),
    ],
)
def test_what_is_refused_with_a_line(
    tmp_path: Path, keys: str, more: tuple[tuple[str, str], ...], complaint: str
) -> None:
    (found,) = complaints(tmp_path, files(keys, *more))
    assert found.startswith("bcm.yaml:")
    assert complaint in found


def test_panels_that_take_it_from_each_other_go_in_circles(tmp_path: Path) -> None:
    keys = "unit_ids: [20]\n    voltage_from: ps"
    more = ("first_unit_id: 30", "first_unit_id: 30\n    voltage_from: main")
    found = complaints(tmp_path, files("name: x", ("unit_ids: [20]", keys), more))
    assert [line.split(": ", 1)[1] for line in found] == [
        "panels.main.voltage_from: panel ps has voltage_from main: expected a panel without it",
        "panels.ps.voltage_from: panel main has voltage_from ps: expected a panel without it",
    ]
