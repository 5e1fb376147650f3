"""Explanations of registers: what their steps were, with readings that a calculator adds up."""

import pytest

from bcm_mqtt.billing.explaining.register_lines import register_lines
from bcm_mqtt.domain.reading.register_levels import levels_of
from bcm_mqtt.domain.reading.register_step import RegisterLimit, RegisterScale
from bcm_mqtt.domain.reading.register_steps import register_steps
from bcm_mqtt.domain.vee.register_energy import PoleStep

LIMIT = RegisterLimit(9200.0, RegisterScale(1.0, (10**9,)))
MINUTE = 60_000


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (
            (5000, 0, 5033),
            ("glitch", 33, "5,033 Wh - 5,000 Wh", "read 5,000 Wh, then 5,033 Wh"),
        ),
        (
            (10**9 - 5, 12),
            (
                "rollover",
                17,
                "1,000,000,000 Wh + 12 Wh - 999,999,995 Wh",
                "read 999,999,995 Wh, then 12 Wh",
            ),
        ),
        ((5000, 4995), ("slip", 0, "", "read 5,000 Wh, then 4,995 Wh")),
        (
            (5000, 900_000),
            ("unexplained", None, "", "read 5,000 Wh, then 900,000 Wh: the time is not measured"),
        ),
    ],
)
def test_a_step_is_shown_with_its_readings(
    shown: tuple[int, ...], expected: tuple[str, int | None, str, str]
) -> None:
    readings = [(at * MINUTE, value) for at, value in enumerate(shown)]
    steps = [PoleStep(5, step) for step in register_steps(levels_of(readings), LIMIT)]
    (line,) = register_lines(steps, 0, 60 * MINUTE)
    kind = line.what.removeprefix("pole 5: ").partition(",")[0]
    assert (kind, line.amount, line.formula, line.note) == expected
    assert list(register_lines(steps, 60 * MINUTE, 120 * MINUTE)) == []
