"""What a profile says of how an energy register counts."""

from pathlib import Path

import pytest

from bcm_mqtt.errors import InputError
from bcm_mqtt.profiles import Profile, load_profile, shipped_profiles

KWH, MWH = 1_000, 1_000_000
CODES = "{first_register: 20, values: {0: 0.1, 1: 1}}"


def meter(folder: Path, energy: str) -> Profile:
    file = folder / "meter.yaml"
    file.write_text(
        "{id: m, title: M, source: s, function_code: 3, addressing: wire, poles: 1, "
        f"current: {{type: uint16, scale: 0.1, first_register: 1}}, energy: {energy}}}"
    )
    return load_profile(file)


@pytest.mark.parametrize(
    ("energy", "step", "capacities"),
    [
        ("{type: uint16, scale: 1, first_register: 9}", KWH, (MWH, 10 * MWH, 65_536 * KWH)),
        ("{type: int16, scale: 1, first_register: 9}", KWH, (MWH, 10 * MWH, 32_768 * KWH)),
        (
            "{type: uint32, scale: 0.001, first_register: 9}",
            1,
            (MWH, 10 * MWH, 100 * MWH, 1000 * MWH, 2**32),
        ),
        ("{type: uint32, scale: 0.1, first_register: 9, capacity: 10000000}", 100, (1000 * MWH,)),
        (
            "{type: uint16, scale: 1, first_register: 9, scale_register: " + CODES + "}",
            KWH,
            (MWH, 6_553_600, 10 * MWH, 65_536 * KWH),
        ),
    ],
)
def test_an_integer_rolls_over_where_it_is_stated_or_its_digits_or_bits_end(
    tmp_path: Path, energy: str, step: int, capacities: tuple[int, ...]
) -> None:
    scale = meter(tmp_path, energy).register_scale(1)
    assert scale is not None
    assert (scale.step_watt_hours, scale.capacities_watt_hours) == (step, capacities)
    assert scale.float_bits == 0


@pytest.mark.parametrize(("kind", "bits"), [("float32", 24), ("float64", 53)])
def test_a_float_has_the_step_of_where_it_stands(tmp_path: Path, kind: str, bits: int) -> None:
    scale = meter(tmp_path, f"{{type: {kind}, scale: 1, first_register: 9}}").register_scale(1)
    assert scale is not None
    assert (scale.float_bits, scale.count_watt_hours) == (bits, 1000)
    assert scale.capacities_watt_hours[0] == MWH


def test_a_step_that_is_stated_when_it_is_read_is_a_kwh_at_most() -> None:
    scale = shipped_profiles()["powerscout18"].register_scale(1)
    assert scale is not None
    assert scale.step_watt_hours == KWH


def test_a_pole_without_such_a_register_has_none() -> None:
    assert shipped_profiles()["bg08"].register_scale(1) is None
    assert shipped_profiles()["sdm630"].register_scale(2) is None
    assert shipped_profiles()["sdm630"].register_scale(3) is not None


def test_only_energy_has_a_capacity(tmp_path: Path) -> None:
    file = tmp_path / "meter.yaml"
    file.write_text(
        "{id: m, title: M, source: s, function_code: 3, addressing: wire, poles: 1, "
        "current: {type: uint16, scale: 0.1, first_register: 1, capacity: 100}}"
    )
    with pytest.raises(InputError) as caught:
        load_profile(file)
    (problem,) = caught.value.problems
    assert problem.key == "current.capacity"
    assert problem.message == "only an energy register begins again from 0"
