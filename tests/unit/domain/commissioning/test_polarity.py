"""Polarity, phase and voltage by the load that was switched: worked phasors."""

from cmath import exp
from math import radians

import pytest

from bcm_mqtt.domain.commissioning.polarity import with_polarity
from bcm_mqtt.domain.commissioning.result import Result, Verdict
from bcm_mqtt.domain.commissioning.steps import Step
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument
from unit.builders import NOON, circuit, panel


def found(
    *angles: float, amps: float = 10.0, volts: float = 120.0, rows: tuple[Instrument, ...] = ()
) -> list[Result]:
    """Of a breaker whose legs' power stands at angles, in degrees, to their voltages."""
    poles = (1, 3, 5)[: len(angles)]
    version = circuit(poles)
    phasors = [amps * volts * exp(1j * radians(angle)) for angle in angles]
    steps = {
        pole: Step(pole, 0.0, amps, power.real, power.imag, volts)
        for pole, power in zip(poles, phasors, strict=True)
    }
    results = [Result("rpp-1a", NOON, str(pole), "", Verdict.RIGHT, pole) for pole in poles]
    return with_polarity(results, steps, Directory(panel(), (version,), rows), version, NOON)


def test_a_healthy_load_has_no_fault() -> None:
    (one,) = found(11.5)
    assert (one.fault, one.correction, one.step_mw) == ("", "", 1_175_910)


def test_a_reversed_transformer_would_have_the_other_sign() -> None:
    (one,) = found(191.5)
    assert one.corrections == {"sign": "-1"}
    (again,) = found(191.5, rows=(Instrument((1,), sign=-1),))
    assert again.corrections == {"sign": "1"}


@pytest.mark.parametrize(("off", "shift"), [(120, "240"), (240, "120")])
def test_another_phases_voltage_would_have_a_shift(off: float, shift: str) -> None:
    (one,) = found(11.5 + off)
    assert one.fault.startswith("Current transformers are on other phases than their voltages")
    assert one.corrections == {"voltage_shift": shift}


def test_one_reversed_leg_of_three_is_named_alone() -> None:
    results = found(11.5, 191.5, 11.5)
    assert [one.corrections for one in results] == [{}, {"sign": "-1"}, {}]


def test_a_voltage_that_is_not_the_services() -> None:
    (one,) = found(11.5, volts=208.0)
    assert "208 V" in one.fault


def test_too_small_a_load_is_not_judged() -> None:
    (one,) = found(191.5, amps=0.8)
    assert (one.fault, one.step_mw) == ("", None)
