"""Live counting of one energy register, by the rules that bills decide by once all is read.

A counter that people see never falls. So what is not normal waits until it has been read twice
and for 15 minutes: then it is named, and what it counted is added. A register that comes back
counts what it rose by over the whole time, less what was counted meanwhile.

An exchange of the meter may be dated before the new one is read, or long after: then the step
that was named otherwise is counted again. What was counted too much is not taken away: the counter
stands until as much has flowed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from bcm_mqtt.domain.reading.register_levels import RegisterLevel
from bcm_mqtt.domain.reading.register_step import RegisterExchange, RegisterLimit
from bcm_mqtt.domain.reading.register_steps import distance_ms, register_steps
from bcm_mqtt.domain.reading.register_trust import DAY_MS
from bcm_mqtt.domain.time import MS_PER_HOUR

_DECIDES_AFTER_MS: Final = 900_000
"""From the first to the last of what waits, which are two readings then."""
_COMES_BACK_MS: Final = 7 * 24 * MS_PER_HOUR
_CARRIED_TIMES: Final = 2
"""The limit is so many times what the breaker carries: that is the estimate of a reset."""
_MOST_BREAKS: Final = 4
"""So many are remembered, for exchanges that are dated afterwards."""


class RegisterBreak(NamedTuple):
    """A step of a register that was not normal.

    Attributes:
        before: Last level before it.
        after: First one after it.
        watt_hours: That were counted of it.
    """

    before: RegisterLevel
    after: RegisterLevel
    watt_hours: int

    def counted(self, exchange: RegisterExchange, limit: RegisterLimit) -> int | None:
        """What an exchange makes of it, Wh; None if it is another one's."""
        if distance_ms(self.before, self.after, exchange.time_ms) > DAY_MS:
            return None
        parts = exchange.counted(self.before, self.after, limit)
        return None if parts is None else round(parts[0] * exchange.old_share) + parts[1]


@dataclass(frozen=True, slots=True)
class RegisterCount:
    """A register as far as it was counted.

    Attributes:
        level: The last one that counts.
        waiting: Readings that are not normal after it, joined to levels; none as nearly always.
        left: The level before the register became what it could not be explained by.
        since_left: Wh that were counted from then on.
        ahead: Wh that were counted too much.
        breaks: The last ones, by time.
    """

    level: RegisterLevel
    waiting: tuple[RegisterLevel, ...] = ()
    left: RegisterLevel | None = None
    since_left: int = 0
    ahead: int = 0
    breaks: tuple[RegisterBreak, ...] = ()


class Counted(NamedTuple):
    """What a reading of a register adds.

    Attributes:
        register: To go on from; None where it was never read.
        watt_hours: To add, 0 or more.
    """

    register: RegisterCount | None
    watt_hours: int


def counted(
    before: RegisterCount | None,
    watt_hours: int | None,
    time_ms: int,
    limit: RegisterLimit,
    exchanges: Sequence[RegisterExchange] = (),
    between: int = 0,
) -> Counted:
    """What one register counted; circuits sum theirs afterwards.

    Args:
        before: As far as it was counted, or None.
        watt_hours: What it shows now; None for a read that failed, which is never 0 and loses
            nothing: the next reading has what flowed meanwhile.
        time_ms: Of the reading, ms since the epoch.
        limit: Of the register.
        exchanges: Of its meter, as far as they are known.
        between: Wh by measured power since the last reading, which whoever counts adds where
            another source has taken over: readings that are stated later count in their place.
    """
    if watt_hours is None:
        return Counted(before, 0)
    now = RegisterLevel(time_ms, time_ms, watt_hours)
    if before is None:
        return Counted(RegisterCount(now), 0)
    if limit.scale.is_replaced(before.level.last_ms, time_ms):
        step = RegisterBreak(before.level, now, between)
        return Counted(_broken(before, now, step, 0).register, 0)
    after, gained = _next(before, now, limit, exchanges)
    for exchange in exchanges if after.breaks else ():
        after, more = _explained(after, exchange, limit)
        gained += more
    rise = gained - after.ahead
    return Counted(replace(after, ahead=max(0, -rise)), max(0, rise))


class _Next(NamedTuple):
    """A register with another reading, and the Wh that it adds, of which it may be ahead."""

    register: RegisterCount
    watt_hours: int


def _next(
    before: RegisterCount,
    now: RegisterLevel,
    limit: RegisterLimit,
    exchanges: Sequence[RegisterExchange],
) -> _Next:
    level, left, (time_ms, _, watt_hours, _) = before.level, before.left, now
    if watt_hours == level.watt_hours:
        level = level._replace(last_ms=max(level.last_ms, time_ms))
        return _Next(replace(before, level=level, waiting=()), 0)
    if time_ms > level.last_ms:
        if limit.carries(level, now):
            return _carried(before, now, limit, exchanges)
        if left and time_ms - left.last_ms < _COMES_BACK_MS and limit.carries(left, now):
            rise = max(0, watt_hours - left.watt_hours - before.since_left)
            return _broken(before, now, RegisterBreak(level, now, rise), rise)
    waiting = _waiting(before.waiting, now, limit)
    if time_ms - waiting[0].first_ms < _DECIDES_AFTER_MS:
        return _Next(replace(before, waiting=waiting), 0)
    return _decided(before, waiting, limit)


def _carried(
    before: RegisterCount,
    now: RegisterLevel,
    limit: RegisterLimit,
    exchanges: Sequence[RegisterExchange],
) -> _Next:
    """A normal step, if it is not from one meter to another that shows about the same."""
    rise = now.watt_hours - before.level.watt_hours
    for exchange in exchanges:
        if before.level.last_ms < exchange.time_ms <= now.first_ms:
            step = RegisterBreak(before.level, now, rise)
            if (counted := step.counted(exchange, limit)) is not None:
                return _broken(before, now, step._replace(watt_hours=counted), counted)
    return _added(before, now, rise)


def _added(before: RegisterCount, now: RegisterLevel, rise: int) -> _Next:
    since_left = before.since_left + rise if before.left else 0
    return _Next(replace(before, level=now, waiting=(), since_left=since_left), rise)


def _broken(before: RegisterCount, now: RegisterLevel, step: RegisterBreak, gained: int) -> _Next:
    """Goes on after a step that was not normal, from which the register is not expected back."""
    breaks = (*before.breaks, step)[-_MOST_BREAKS:]
    return _Next(RegisterCount(now, ahead=before.ahead, breaks=breaks), gained)


def _explained(before: RegisterCount, exchange: RegisterExchange, limit: RegisterLimit) -> _Next:
    """With what an exchange adds to what was counted of the step nearest to it that it fits."""
    time_ms = exchange.time_ms
    by_distance = sorted(
        enumerate(before.breaks), key=lambda of: distance_ms(of[1].before, of[1].after, time_ms)
    )
    for at, step in by_distance:
        if (counted := step.counted(exchange, limit)) is not None:
            breaks = list(before.breaks)
            breaks[at] = step._replace(watt_hours=counted)
            register = replace(before, breaks=tuple(breaks))
            if before.left and before.left.last_ms == step.before.last_ms:
                register = replace(register, left=None, since_left=0)
            return _Next(register, counted - step.watt_hours)
    return _Next(before, 0)


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
) -> _Next:
    """What has been read for long enough is what the register is now."""
    level, (first, *more) = before.level, waiting
    later = max(level.last_ms, level.first_ms) < first.first_ms
    step, *_ = register_steps([level, first], limit, evidence=_Carried(limit) if later else None)
    made = RegisterBreak(level, first, step.watt_hours or 0)
    follows = more[-1].watt_hours - first.watt_hours if more else 0
    gained, now = made.watt_hours + follows, waiting[-1]._replace(changes=1)
    after, _ = _broken(before, now, made, gained)
    if left := before.left or (level if step.watt_hours is None else None):
        after = replace(after, left=left, since_left=before.since_left + gained)
    return _Next(after, gained)


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
