"""A register against the power of the same meter: 5 % of a day and 0.1 kWh."""

from datetime import UTC, datetime

import pytest

from bcm_mqtt.domain.interval.device_interval import DeviceInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.register_power import PowerDifference, against_power
from bcm_mqtt.domain.time import to_ms
from unit.domain.examples import QUARTER

DAY = datetime(2026, 11, 20, tzinfo=UTC)


def day(watt_hours: int, watts: int, *, quarters: int = 96) -> list[DeviceInterval]:
    return [
        DeviceInterval(
            5,
            DAY + number * QUARTER,
            watts * 1000 * INTERVAL_MS,
            INTERVAL_MS,
            watt_hours,
            INTERVAL_MS,
        )
        for number in range(quarters)
    ]


@pytest.mark.parametrize(
    ("items", "found"),
    [
        (day(250, 1000), []),
        (day(262, 1000), []),  # 4.8 %
        (day(263, 1000), [PowerDifference(5, to_ms(DAY), 96 * 263, 24_000)]),
        (day(237, 1000), [PowerDifference(5, to_ms(DAY), 96 * 237, 24_000)]),
        (day(263, 1000, quarters=47), []),  # too little of a day
        (day(2, 4), []),  # twice as much, but 0.096 kWh
        (day(500, 1000, quarters=48), [PowerDifference(5, to_ms(DAY), 24_000, 12_000)]),
        ([], []),
    ],
)
def test_a_day_differs_by_more_than_5_percent_and_a_tenth_of_a_kwh(
    items: list[DeviceInterval], found: list[PowerDifference]
) -> None:
    assert against_power(items) == found
