"""Energy from a device's kWh registers: what each counted since it was last read.

The difference of two readings is energy; a register as it stands is not, because it may
have begun years ago or on another panel. A register that falls was reset or has rolled
over: it counts from 0 again. One that shows more than can have flowed is another
meter's, or was misread: it is where counting goes on from, and itself counts nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from bcm_mqtt.domain.time import SECONDS_PER_HOUR

_SLACK_WATT_HOURS: Final = 10_000
"""Beyond what can have flowed: one count of a register that counts in steps of 10 kWh."""


@dataclass(frozen=True, slots=True)
class Register:
    """An energy register as it was last read.

    Attributes:
        watt_hours: What it showed.
        since: UTC time at which it first showed that.
    """

    watt_hours: int
    since: datetime


class Counted(NamedTuple):
    """What a reading of a register adds.

    Attributes:
        register: To compare the next reading with; None where it was never read.
        watt_hours: Energy since the reading before, 0 or more.
    """

    register: Register | None
    watt_hours: int


def counted(
    before: Register | None, watt_hours: int | None, time: datetime, most_watts: float
) -> Counted:
    """What one channel's register counted; circuits sum their channels afterwards.

    Args:
        before: As it was last read, or None.
        watt_hours: What it shows now; None for a read that failed, which is never 0 and
            loses nothing: the next reading has what flowed meanwhile.
        time: Of the reading, UTC.
        most_watts: More than the channel can carry.
    """
    if watt_hours is None or (before and before.watt_hours == watt_hours):
        return Counted(before, 0)
    now = Register(watt_hours, time)
    if before is None:
        return Counted(now, 0)
    rising = watt_hours > before.watt_hours
    gained = watt_hours - before.watt_hours if rising else max(0, watt_hours)
    # Since it last changed, not since it was last read: a coarse register stands for long.
    hours = max(0.0, (time - before.since).total_seconds()) / SECONDS_PER_HOUR
    return Counted(now, gained if gained <= most_watt_hours(most_watts, hours) else 0)


def most_watt_hours(most_watts: float, hours: float) -> float:
    """More than a register can have counted in a time."""
    return _SLACK_WATT_HOURS + most_watts * hours
