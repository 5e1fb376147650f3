"""Intervals of the supply: 15 minutes of a pole's voltage, power factor and reactive power.

Summed by left-hold as current is, of poles whose device measures them; of a power factor its
magnitude (`reading.supply`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final

from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Held, held, hold_ms
from bcm_mqtt.domain.interval.successive import Reading
from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.domain.reading.supply import power_factors_of
from bcm_mqtt.domain.time import to_ms


@dataclass(frozen=True, slots=True)
class ElectricalInterval:
    """15 minutes of one pole by its device.

    Attributes:
        pole: Pole position, from 1.
        start: UTC, a multiple of 15 minutes.
        millivolt_ms: Sum of mV x ms over the covered time; None without any reading.
        voltage_ms: Time for which a reading of it stood, 0 to 900,000.
        power_factor_ms: Sum of thousandths of the power factor x ms, of its magnitude; or None.
        power_factor_covered_ms: Time for which a reading of it stood.
        millivar_ms: Sum of mvar x ms, signed; or None.
        reactive_ms: Time for which a reading of it stood.
    """

    pole: int
    start: datetime
    millivolt_ms: int | None = None
    voltage_ms: int = 0
    power_factor_ms: int | None = None
    power_factor_covered_ms: int = 0
    millivar_ms: int | None = None
    reactive_ms: int = 0


def measures_supply(snapshot: Snapshot) -> bool:
    """Whether it has anything that these intervals are made of."""
    return any(values(snapshot) for values in _VALUES)


def electrical_intervals_of(
    snapshots: Iterable[Snapshot], start: datetime
) -> list[ElectricalInterval]:
    """The interval of every pole that starts at `start`, from one panel's snapshots.

    Args:
        snapshots: As for `intervals_of`.
        start: UTC, a multiple of 15 minutes.

    Returns:
        One per pole for which a reading of any of the three stood for any time, by pole.
    """
    begin = to_ms(start)
    by_time = {to_ms(one.time): one for one in snapshots}
    known = [(time, by_time[time]) for time in sorted(by_time) if time < begin + INTERVAL_MS]
    sums = [
        {one.pole: one for one in held(list(_readings(known, values)), begin)} for values in _VALUES
    ]
    poles = sorted(set[int]().union(*sums))
    return [_interval(pole, start, [of.get(pole) for of in sums]) for pole in poles]


def _interval(pole: int, start: datetime, sums: Sequence[Held | None]) -> ElectricalInterval:
    (volts, volts_ms), (factors, factors_ms), (vars_, vars_ms) = map(_parts, sums)
    return ElectricalInterval(pole, start, volts, volts_ms, factors, factors_ms, vars_, vars_ms)


def _readings(
    known: Sequence[tuple[int, Snapshot]], values: Callable[[Snapshot], Thousandths | None]
) -> Iterator[Reading]:
    for time, one in known:
        if read := values(one):
            yield Reading(time, time + hold_ms(one.interval_ms), read)


def _parts(sums: Held | None) -> tuple[int | None, int]:
    return (sums.amount, sums.covered_ms) if sums else (None, 0)


_VALUES: Final[tuple[Callable[[Snapshot], Thousandths | None], ...]] = (
    attrgetter("voltage"),
    power_factors_of,
    attrgetter("reactive_power"),
)
"""In the order of the sums."""
