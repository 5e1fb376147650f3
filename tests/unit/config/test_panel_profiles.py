"""A panel's profile: shipped, generic with parameters, or a file of the site."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.profiles import ValueType
from unit.config.site_files import changed, complaints, loaded, only

OWN = """\
id: own
title: A meter of two channels
source: its manual
function_code: 4
addressing: wire
power: {type: float32, scale: 1, first_register: 10}
poles: 2
"""
PLACE = "first_unit_id: 9"


def test_generic_takes_its_map_from_the_panel(tmp_path: Path) -> None:
    parameters = (
        "{first_register: 100, poles: 24, type: uint32, scale: 0.001, function_code: 4, "
        "channels_per_device: 12, min_delay: 20ms}"
    )
    change = (PLACE, f"{PLACE}\n    profile: generic\n    parameters: {parameters}")
    panel = loaded(tmp_path, changed("bcm.yaml", change)).panels["rpp-1b"]
    assert (panel.panel.pole_count, only(panel).unit_ids) == (24, (9, 10))
    current = only(panel).profile.measure(Quantity.CURRENT)
    assert (current.type, current.scale) == (ValueType.UINT32, Decimal("0.001"))
    assert (only(panel).profile.function_code, only(panel).profile.min_delay) == (
        4,
        timedelta(milliseconds=20),
    )
    rows = only(panel).profile.rows()
    assert [rows[index].address for index in (0, 1, 11, 12)] == [100, 102, 122, 100]


@pytest.mark.parametrize(
    ("settings", "key", "message"),
    [
        (
            "profile: generic\n    parameters: {first_registre: 1}",
            "first_registre",
            "unknown parameter: did you mean first_register?",
        ),
        ("parameters: {poles: 1}", "poles", "unknown parameter: profile bg08 has none"),
        (
            "profile: generic\n    parameters: {poles: 100}",
            "poles",
            "expected a whole number from 1 to 84, not 100",
        ),
        (
            "profile: generic\n    parameters: {type: int8}",
            "type",
            "expected uint16, int16, uint32, int32, uint64, int64, float32 or float64, not 'int8'",
        ),
        (
            "profile: generic\n    parameters: {first_register: 65530}",
            "first_register",
            "register 65536: expected 0 to 65535",
        ),
    ],
)
def test_a_wrong_parameter_is_named_with_its_place(
    tmp_path: Path, settings: str, key: str, message: str
) -> None:
    found = complaints(tmp_path, changed("bcm.yaml", (PLACE, f"{PLACE}\n    {settings}")))
    line = 16 + settings.count("\n")
    assert found[0] == f"bcm.yaml:{line}: panels.rpp-1b.parameters.{key}: {message}"


def test_a_profile_may_be_a_file_beside_the_configuration(tmp_path: Path) -> None:
    files = changed("bcm.yaml", (PLACE, f"{PLACE}\n    profile: own.yaml"))
    panel = loaded(tmp_path, {**files, "own.yaml": OWN}).panels["rpp-1b"]
    assert (only(panel).profile.id, panel.panel.pole_count) == ("own", 2)


def test_a_mistake_in_a_profile_of_the_site_has_its_file_and_line(tmp_path: Path) -> None:
    files = changed("bcm.yaml", (PLACE, f"{PLACE}\n    profile: own.yaml"))
    (found,) = complaints(tmp_path, {**files, "own.yaml": OWN.replace("float32", "float")})
    assert found.startswith("own.yaml:6: power.type: expected uint16, int16")


@pytest.mark.parametrize(("written", "address"), [("-1", 500), ("+1", 502), ("wire", 501)])
def test_a_panel_shifts_every_address_either_way(
    tmp_path: Path, written: str, address: int
) -> None:
    files = changed("bcm.yaml", (PLACE, f"{PLACE}\n    addressing: {written}"))
    profile = only(loaded(tmp_path, files).panels["rpp-1b"]).profile
    assert profile.rows()[0].address == address


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("addressing: 2", "expected wire, one-based, modicon, -1 or +1, not 2"),
        ("addressing: true", "expected wire, one-based, modicon, -1 or +1, not True"),
        (
            "addressing: -1\n    profile: sdm630\n    unit_ids: [99]",
            "register 0 would be address -1",
        ),
        (
            "addressing: one-based\n    profile: sdm630\n    unit_ids: [99]",
            "register 0 would be address -1",
        ),
    ],
)
def test_an_addressing_that_leads_nowhere_is_refused(
    tmp_path: Path, settings: str, message: str
) -> None:
    found = complaints(tmp_path, changed("bcm.yaml", (PLACE, f"{PLACE}\n    {settings}")))
    assert any(f"panels.rpp-1b.addressing: {message}" in line for line in found), found


def test_a_parameter_may_set_several_keys(tmp_path: Path) -> None:
    settings = "profile: powerscout3\n    parameters: {scalar_zero: 0.00001, scalar_register: 4301}"
    files = changed("bcm.yaml", (PLACE, f"{PLACE}\n    {settings}"))
    profile = only(loaded(tmp_path, files).panels["rpp-1b"]).profile
    scaled = {item.quantity: item.factor for item in profile.measures if item.factor}
    assert {factor.first_register for factor in scaled.values()} == {4301}
    factors = {quantity: dict(factor.values) for quantity, factor in scaled.items()}
    assert factors[Quantity.POWER][0] == factors[Quantity.ENERGY][0] == Decimal("0.00001")
    assert factors[Quantity.REACTIVE_POWER][0] == factors[Quantity.APPARENT_POWER][0]
    assert factors[Quantity.CURRENT][0] == Decimal("0.01")


def test_a_start_that_leads_nowhere_is_named_by_its_parameter(tmp_path: Path) -> None:
    settings = "profile: sunspec-meter\n    parameters: {start: 65490}"
    found = complaints(tmp_path, changed("bcm.yaml", (PLACE, f"{PLACE}\n    {settings}")))
    message = "panels.rpp-1b.parameters.start: register 52 would be address 65542"
    assert any(message in line for line in found), found


def test_a_wrong_value_of_several_keys_is_named_once(tmp_path: Path) -> None:
    settings = "profile: powerscout3\n    parameters: {scalar_zero: none}"
    found = complaints(tmp_path, changed("bcm.yaml", (PLACE, f"{PLACE}\n    {settings}")))
    ours = [line for line in found if "scalar_zero" in line]
    assert len(ours) == 1, found
