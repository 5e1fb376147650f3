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
from operator import le
from types import MappingProxyType
from typing import Final, NamedTuple

from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Held, held, hold_ms, padded
from bcm_mqtt.domain.interval.successive import Reading
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import MS_PER_HOUR, to_ms

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
    begin = to_ms(start)
    by_time = {to_ms(one.time): one for one in snapshots if one.power or one.energy}
    known = [(time, by_time[time]) for time in sorted(by_time) if time < begin + INTERVAL_MS]
    powers = {sums.pole: sums for sums in held(list(_powers(known)), begin)}
    energies = {pole: steps for pole, steps in _registers(known, begin, before) if steps}
    return [
        _interval(pole, start, powers.get(pole), energies.get(pole))
        for pole in sorted(powers.keys() | energies.keys())
    ]


def last_registers(snapshots: Iterable[Snapshot]) -> dict[int, RegisterReading]:
    """Each pole's last register reading among snapshots that come by time."""
    latest = {}
    for one in snapshots:
        for pole, watt_hours in enumerate(one.energy or (), start=1):
            if watt_hours is not None:
                latest[pole] = RegisterReading(to_ms(one.time), watt_hours)
    return latest


class _Steps(NamedTuple):
    """What a register counted from one reading to the next, summed up."""

    watt_hours: int
    energy_ms: int
    falls: int
    jumps: int


def _interval(
    pole: int, start: datetime, power: Held | None, energy: _Steps | None
) -> DeviceInterval:
    return DeviceInterval(
        pole,
        start,
        milliwatt_ms=power.amount if power else None,
        power_ms=power.covered_ms if power else 0,
        watt_hours=energy.watt_hours if energy else None,
        energy_ms=energy.energy_ms if energy else 0,
        register_falls=energy.falls if energy else 0,
        register_jumps=energy.jumps if energy else 0,
    )


def _powers(known: Iterable[tuple[int, Snapshot]]) -> Iterator[Reading]:
    for time, one in known:
        if one.power:
            yield Reading(time, time + hold_ms(one.interval_ms), one.power)


def _registers(
    known: Sequence[tuple[int, Snapshot]], begin: int, before: Registers
) -> Iterator[tuple[int, _Steps | None]]:
    rows = [(time, one.energy) for time, one in known if one.energy]
    width = max((len(row) for _, row in rows), default=0)
    times = [time for time, _ in rows]
    columns = zip(*(padded(row, width) for _, row in rows), strict=True)
    for pole, column in enumerate(columns, start=1):
        readings = [
            RegisterReading(time, watt_hours)
            for time, watt_hours in zip(times, column, strict=True)
            if watt_hours is not None
        ]
        within = next(
            (index for index, one in enumerate(readings) if one.time_ms >= begin), len(readings)
        )
        if within:
            yield pole, _steps(readings[within - 1 :])
        elif pole in before:
            yield pole, _steps([before[pole], *readings])
        else:
            yield pole, _steps(readings)


def _steps(readings: Sequence[RegisterReading]) -> _Steps | None:
    if len(readings) > 1 and readings[1].time_ms - readings[0].time_ms > LONGEST_STEP_MS:
        readings = readings[1:]
    if len(readings) < 2:
        return None
    shown = [one.watt_hours for one in readings]
    rising = all(map(le, shown, shown[1:]))
    if rising and shown[-1] - shown[0] <= _SLACK_WATT_HOURS:
        # As nearly always: no step can be too large if all of them together are not.
        return _Steps(shown[-1] - shown[0], readings[-1].time_ms - readings[0].time_ms, 0, 0)
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
