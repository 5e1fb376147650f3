"""Intervals of what a device measures itself: 15 minutes of a pole's power and energy register.

Power is summed as current is. A register's energy is the difference between its last
reading in the interval and its last one before, so what flowed while it could not be read
is in the interval in which it was read again, and nothing is lost or counted twice. How
long that was is stored with it: billing spreads it over that time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from bcm_mqtt.domain.interval.interval import INTERVAL_MS, held
from bcm_mqtt.domain.interval.polls import Polls, Readings
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import MS_PER_HOUR, from_ms, to_ms

_MOST_WATTS: Final = 10_000_000
"""More than a channel can carry, whatever its circuit is: 10 kA at 480 V, twice."""
_SLACK_WATT_HOURS: Final = 10_000
"""Beyond that: one count of a register that counts in steps of 10 kWh."""
_NEAR_MS: Final = 20_000
"""Of polls of 15 s, that may come late, the last one before an end stands for that end: so what
flowed in 15 minutes, or in a month, is one difference of the register, off by 20 s at most."""
LONGEST_STEP_MS: Final = 62 * 24 * MS_PER_HOUR
"""A register that was not read for longer begins again: what flowed belongs to no month."""


@dataclass(frozen=True, slots=True)
class DeviceInterval:
    """15 minutes of one pole by its device.

    Attributes:
        pole: Pole position, from 1.
        start: UTC, a multiple of 15 minutes.
        milliwatt_ms: Sum of mW x ms over the covered time; None without any power reading.
        power_ms: Time for which a power reading stood, 0 to 900,000.
        watt_hours: What the energy register counted; None unless it was read twice.
        energy_ms: Time in which it counted that. It ends with the register's last reading
            in the interval and reaches back before the interval where it was not read.
        register_falls: How often the register fell: a reset, or a roll-over. It counts
            from 0 again then.
        register_jumps: How often it showed more than can have flowed; nothing is counted
            then.
        multiplier: By which what the register counted is energy; not stored, see `corrected`.
    """

    pole: int
    start: datetime
    milliwatt_ms: int | None
    power_ms: int
    watt_hours: int | None
    energy_ms: int
    register_falls: int = 0
    register_jumps: int = 0
    multiplier: int | Fraction = 1


def counted_time(item: DeviceInterval, read_ms: int | None) -> tuple[int, int]:
    """From when until when what a register counted in an interval flowed, ms since the epoch.

    From one reading to the next, so that the times of successive intervals join, whenever the
    register was read.

    Args:
        item: Of which the register was read.
        read_ms: When it was last read in it; None where that is not known: it is taken for the
            end of the interval.
    """
    if read_ms is None:
        start = to_ms(item.start)
        end = start + INTERVAL_MS
        return min(start, end - item.energy_ms), end
    begin, end = _boundary(read_ms - item.energy_ms), _boundary(read_ms)
    # Both may be near the same end.
    return (begin if begin < end else read_ms - max(item.energy_ms, 1)), end


def _boundary(read_ms: int) -> int:
    """A reading right before the end of 15 minutes is taken for one at that end."""
    left = -read_ms % INTERVAL_MS
    return read_ms + left if left <= _NEAR_MS else read_ms


class RegisterReading(NamedTuple):
    """A pole's energy register when it was read.

    Attributes:
        time_ms: Since the epoch.
        watt_hours: What it showed.
    """

    time_ms: int
    watt_hours: int


Registers = Mapping[int, RegisterReading]
"""By pole."""


def device_intervals_of(
    snapshots: Iterable[Snapshot],
    start: datetime,
    before: Registers = MappingProxyType({}),
) -> list[DeviceInterval]:
    """The interval of every pole that starts at `start`, from one panel's snapshots.

    Args:
        snapshots: As for `intervals_of`.
        start: UTC, a multiple of 15 minutes.
        before: Each pole's last register reading before `start`, for poles of which it is
            not among the snapshots.

    Returns:
        One per pole whose power stood for any time or whose register was read in it after
        it had been read before, by pole.
    """
    return device_intervals(*device_readings(Polls.of(snapshots)), to_ms(start), before)


def device_readings(polls: Polls) -> tuple[Readings, Readings]:
    """Of power and of energy registers."""
    return polls.readings(Quantity.POWER), polls.readings(Quantity.ENERGY)


def device_intervals(
    power: Readings, energy: Readings, begin_ms: int, before: Registers
) -> list[DeviceInterval]:
    """The intervals of `device_readings`; see `device_intervals_of`."""
    powers = {pole: (amount, ms) for pole, amount, ms, *_ in held(power, begin_ms).by_pole()}
    counted = _counted(energy.before(begin_ms + INTERVAL_MS), begin_ms, before)
    energies = {pole: steps for pole, steps in counted if steps}
    start = from_ms(begin_ms)
    return [
        DeviceInterval(
            pole, start, *powers.get(pole, (None, 0)), *energies.get(pole, (None, 0, 0, 0))
        )
        for pole in sorted(powers.keys() | energies.keys())
    ]


def last_registers(energy: Readings) -> dict[int, RegisterReading]:
    """Each pole's last register reading."""
    return {
        pole: RegisterReading(int(read.times_ms[-1]), watt_hours)
        for poles, read in energy.read_together()
        for pole, watt_hours in zip(poles.tolist(), read.values[-1].tolist(), strict=True)
    }


class _Steps(NamedTuple):
    """What a register counted from one reading to the next, summed up."""

    watt_hours: int
    energy_ms: int
    falls: int
    jumps: int


def _counted(
    energy: Readings, begin: int, before: Registers
) -> Iterator[tuple[int, _Steps | None]]:
    for poles, read in energy.read_together():
        within = int(np.searchsorted(read.times_ms, begin))
        times, shown = (
            read.times_ms[max(0, within - 1) :].tolist(),
            read.values[max(0, within - 1) :],
        )
        length = times[-1] - times[0]
        gained = shown[-1] - shown[0]
        # As nearly always: no step can be too large if all of them together are not.
        plain = (np.diff(shown, axis=0) >= 0).all(axis=0) & (gained <= _SLACK_WATT_HOURS)
        plain &= within > 0 and len(times) > 1 and times[1] - times[0] <= LONGEST_STEP_MS
        for at, pole in enumerate(poles.tolist()):
            if plain[at]:
                yield pole, _Steps(int(gained[at]), length, 0, 0)
            else:
                readings = list(map(RegisterReading, times, shown[:, at].tolist()))
                if not within and pole in before:
                    readings = [before[pole], *readings]
                yield pole, _steps(readings)


def _steps(readings: Sequence[RegisterReading]) -> _Steps | None:
    if len(readings) > 1 and readings[1].time_ms - readings[0].time_ms > LONGEST_STEP_MS:
        readings = readings[1:]
    if len(readings) < 2:
        return None
    watt_hours = energy_ms = falls = jumps = 0
    for one, following in pairwise(readings):
        fell = following.watt_hours < one.watt_hours
        gained = max(0, following.watt_hours) if fell else following.watt_hours - one.watt_hours
        length = following.time_ms - one.time_ms
        if gained > _SLACK_WATT_HOURS + _MOST_WATTS * (length / MS_PER_HOUR):
            jumps += 1
        else:
            falls += fell
            watt_hours += gained
            energy_ms += length
    return _Steps(watt_hours, energy_ms, falls, jumps)
