"""The pace of live values, by worked numbers."""

from datetime import timedelta

import pytest

from bcm_mqtt.mqtt.discovery.components import CIRCUIT_SENSORS, MAIN_SENSORS
from bcm_mqtt.mqtt.pace import AT_ONCE, PACES, quarter_hour
from unit.builders import NOON

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("quantity", "before", "after", "says"),
    [
        ("current", 10.0, 10.4, False),  # 5 % of 10 A are 0.5 A
        ("current", 10.0, 10.5, True),
        ("current", 10.0, 9.5, True),
        ("current", 0.0, 0.1, False),
        ("current", 0.0, 0.2, True),
        ("current", 0.2, 0.0, True),
        ("power", 100.0, 124.0, False),
        ("power", 100.0, 125.0, True),
        ("power", -1000.0, -1050.0, True),
        ("power", 2000.0, 2099.0, False),
        ("load", 50.0, 52.0, False),
        ("load", 50.0, 52.5, True),
        ("imbalance", 3.0, 5.0, True),
    ],
)
def test_a_change_is_said_from_its_deadband_on(
    quantity: str, before: float, after: float, *, says: bool
) -> None:
    assert PACES[quantity].says(before, after) == says


def test_at_once_says_every_change() -> None:
    assert AT_ONCE.says(10.0, 10.1)
    assert AT_ONCE.interval == timedelta(0)


def test_every_quantity_but_energy_has_a_pace() -> None:
    assert PACES.keys() == {*CIRCUIT_SENSORS, *MAIN_SENSORS} - {"energy"}


@pytest.mark.parametrize(("after_noon_s", "quarters"), [(0, 0), (899, 0), (900, 1), (3_600, 4)])
def test_quarter_hours_are_those_of_the_clock(after_noon_s: int, quarters: int) -> None:
    time = NOON + timedelta(seconds=after_noon_s)
    assert quarter_hour(time) - quarter_hour(NOON) == quarters
