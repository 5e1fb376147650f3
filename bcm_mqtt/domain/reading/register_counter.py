"""Live counting of one energy register, by the rules that bills decide by once all is read.

A counter that people see never falls. So what is not normal waits until it has been read twice
and for 15 minutes: then it is named, and what it counted is added. A register that comes back
counts what it rose by over the whole time, less what was counted meanwhile.
"""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from bcm_mqtt.domain.reading.register_levels import RegisterLevel
from bcm_mqtt.domain.reading.register_step import RegisterLimit, StepKind
from bcm_mqtt.domain.reading.register_steps import register_steps
from bcm_mqtt.domain.time import MS_PER_HOUR

_DECIDES_AFTER_MS: Final = 900_000
"""From the first to the last of what waits, which are two readings then."""
_COMES_BACK_MS: Final = 7 * 24 * MS_PER_HOUR
_CARRIED_TIMES: Final = 2
"""The limit is so many times what the breaker carries: that is the estimate of a reset."""


@dataclass(frozen=True, slots=True)
class RegisterCount:
    """A register as far as it was counted.

    Attributes:
        level: The last one that counts.
        waiting: Readings that are not normal after it, joined to levels; none as nearly always.
        left: The level before the register became what it could not be explained by.
        since_left: Wh that were counted from then on.
    """

    level: RegisterLevel
    waiting: tuple[RegisterLevel, ...] = ()
    left: RegisterLevel | None = None
    since_left: int = 0


class Counted(NamedTuple):
    """What a reading of a register adds.

    Attributes:
        register: To go on from; None where it was never read.
        watt_hours: To add, 0 or more.
    """

    register: RegisterCount | None
    watt_hours: int


def counted(
    before: RegisterCount | None, watt_hours: int | None, time_ms: int, limit: RegisterLimit
) -> Counted:
    """What one register counted; circuits sum theirs afterwards.

    Args:
        before: As far as it was counted, or None.
        watt_hours: What it shows now; None for a read that failed, which is never 0 and loses
            nothing: the next reading has what flowed meanwhile.
        time_ms: Of the reading, ms since the epoch.
        limit: Of the register.
    """
    if watt_hours is None:
        return Counted(before, 0)
    now = RegisterLevel(time_ms, time_ms, watt_hours)
    return _next(before, now, limit) if before else Counted(RegisterCount(now), 0)


def _next(before: RegisterCount, now: RegisterLevel, limit: RegisterLimit) -> Counted:
    level, left, (time_ms, _, watt_hours, _) = before.level, before.left, now
    if watt_hours == level.watt_hours:
        level = level._replace(last_ms=max(level.last_ms, time_ms))
        return Counted(replace(before, level=level, waiting=()), 0)
    if time_ms > level.last_ms:
        if limit.carries(level, now):
            return _added(before, now, watt_hours - level.watt_hours)
        if left and time_ms - left.last_ms < _COMES_BACK_MS and limit.carries(left, now):
            rise = watt_hours - left.watt_hours - before.since_left
            return Counted(RegisterCount(now), max(0, rise))
    waiting = _waiting(before.waiting, now, limit)
    if time_ms - waiting[0].first_ms < _DECIDES_AFTER_MS:
        return Counted(replace(before, waiting=waiting), 0)
    return _decided(before, waiting, limit)


def _added(before: RegisterCount, now: RegisterLevel, rise: int) -> Counted:
    left = before.left
    return Counted(RegisterCount(now, (), left, before.since_left + rise if left else 0), rise)


def _waiting(
    waiting: tuple[RegisterLevel, ...], now: RegisterLevel, limit: RegisterLimit
) -> tuple[RegisterLevel, ...]:
    """With one reading more: two levels are enough, the first and the last of what goes on."""
    if not waiting or now.first_ms <= waiting[-1].last_ms:
        return (now,)
    first, last = waiting[0], waiting[-1]
    if now.watt_hours == last.watt_hours:
        return (*waiting[:-1], last._replace(last_ms=now.last_ms))
    if not limit.carries(last, now):
        return (now,)
    return first, now._replace(changes=now.changes + (last.changes if len(waiting) > 1 else 0))


def _decided(
    before: RegisterCount, waiting: tuple[RegisterLevel, ...], limit: RegisterLimit
) -> Counted:
    """What has been read for long enough is what the register is now."""
    level, (first, *more) = before.level, waiting
    ahead = max(level.last_ms, level.first_ms) < first.first_ms
    step, *_ = register_steps([level, first], limit, evidence=_Carried(limit) if ahead else None)
    follows = more[-1].watt_hours - first.watt_hours if more else 0
    gained = (step.watt_hours or 0) + follows
    now = waiting[-1]._replace(changes=1)
    if step.kind is StepKind.UNEXPLAINED:
        left = before.left or level
        return Counted(RegisterCount(now, (), left, before.since_left + gained), gained)
    return _added(before, now, gained)


@dataclass(frozen=True, slots=True)
class _Carried:
    """What the breaker carries at its rating: no more is known of a time."""

    limit: RegisterLimit

    def estimate(self, start_ms: int, end_ms: int) -> float:
        """Of a load at the rating."""
        return self.limit.watts / _CARRIED_TIMES * (end_ms - start_ms) / MS_PER_HOUR

    def integral(self, start_ms: int, end_ms: int) -> float | None:
        """Nothing."""
        del start_ms, end_ms
        return None
