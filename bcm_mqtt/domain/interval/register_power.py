"""Days on which an energy register and the power that the same meter measured differ."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from bcm_mqtt.domain.interval.device_interval import DeviceInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.time import MS_PER_HOUR, to_ms

_WHOLE: Final = 0.9
"""Of 15 minutes: so much of it must both have been read for."""
_DAY_MS: Final = 24 * MS_PER_HOUR
_HALF_A_DAY: Final = 48
_DIFFERS: Final = 0.05
_DIFFERS_WATT_HOURS: Final = 100
_MILLIWATT_MS_PER_WATT_HOUR: Final = 3_600_000_000


class PowerDifference(NamedTuple):
    """A day (UTC) of one pole.

    Attributes:
        pole: Its position.
        start_ms: Of the day, ms since the epoch.
        register: Wh that the register counted.
        power: Wh by the power, over the same time.
    """

    pole: int
    start_ms: int
    register: int
    power: int


def against_power(items: Sequence[DeviceInterval]) -> list[PowerDifference]:
    """Of a pole, the days that differ by more than 5 % and 0.1 kWh, by time.

    Args:
        items: Of the pole, with what its register counted.
    """
    both = [
        (
            to_ms(item.start) // _DAY_MS,
            float(item.watt_hours * item.multiplier),
            item.milliwatt_ms / item.power_ms * INTERVAL_MS / _MILLIWATT_MS_PER_WATT_HOUR,
        )
        for item in items
        if item.watt_hours is not None
        and item.milliwatt_ms is not None
        and item.power_ms >= _WHOLE * INTERVAL_MS
        and abs(item.energy_ms - INTERVAL_MS) <= (1 - _WHOLE) * INTERVAL_MS
    ]
    if not both:
        return []
    days, place = np.unique([day for day, _, _ in both], return_inverse=True)
    register, power = (
        np.bincount(place, [row[column] for row in both], days.size) for column in (1, 2)
    )
    differs = np.abs(register - power) > np.maximum(_DIFFERS * power, _DIFFERS_WATT_HOURS)
    differs &= np.bincount(place) >= _HALF_A_DAY
    return [
        PowerDifference(
            items[0].pole, int(days[at]) * _DAY_MS, round(register[at]), round(power[at])
        )
        for at in np.flatnonzero(differs).tolist()
    ]
