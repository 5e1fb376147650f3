"""What an energy register counted from one level to the next, by the rules of registers.

A register rises by what flows, and no more can flow than its breaker lets through. All else is
named: a glitch that returns, a rollover, a slip, a reset, an exchange that somebody dated. What
cannot be named is unexplained: the time is unmeasured, and so is what follows, unless its first
day agrees with what else is known of that time.

What is counted and what is reported as unknown add up to the difference of the readings.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.reading.register_levels import RegisterLevel
from bcm_mqtt.domain.reading.register_step import (
    RegisterExchange,
    RegisterLimit,
    RegisterStep,
    StepKind,
)
from bcm_mqtt.domain.reading.register_trust import (
    DAY_MS,
    Evidence,
    NoEvidence,
    compared,
    trusted,
    without_backwards,
)
from bcm_mqtt.domain.time import MS_PER_HOUR

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_SLIP_WATT_HOURS: Final = 1_000
_SLIP_PART: Final = 1_000
"""A slip is at most this part of the register: what a meter had not yet stored when its power
failed."""
_RESET_FACTOR: Final = 1.2


def register_steps(
    levels: Sequence[RegisterLevel],
    limit: RegisterLimit,
    exchanges: Sequence[RegisterExchange] = (),
    evidence: Evidence | None = None,
) -> list[RegisterStep]:
    """The steps of one register, by time; readings within a glitch have none.

    Args:
        levels: By time, joined.
        limit: Of the register.
        exchanges: Of its meter, by time.
        evidence: Decides about resets, about what follows an unexplained step, and about long
            steps. Without it only a register that fell to 0 was reset, what follows an
            unexplained step is unmeasured, and no step is compared.
    """
    known = evidence or NoEvidence()
    steps = without_backwards(_Walk(levels, limit, exchanges, known).steps())
    return [compared(step, limit, known) for step in trusted(steps, limit, known)]


class _Walk:
    """Goes through the levels of a register, each step from the last level that counts."""

    def __init__(
        self,
        levels: Sequence[RegisterLevel],
        limit: RegisterLimit,
        exchanges: Sequence[RegisterExchange],
        evidence: Evidence,
    ) -> None:
        self._levels = levels
        self._limit = limit
        self._evidence = evidence
        self._breaks = [
            at for at in range(1, len(levels)) if not limit.carries(levels[at - 1], levels[at])
        ]
        # First reading, Wh and changes of the levels after each break, and of those before.
        columns = np.array([level[:1] + level[2:] for level in levels], np.int64).reshape(-1, 3)
        self._after = columns[self._breaks].T
        self._before = columns[[at - 1 for at in self._breaks]].T
        # Of a floating-point number the greatest value has the coarsest step.
        self._unit = max((limit.scale.step_at(level.watt_hours) for level in levels), default=0.0)
        self._exchanges = _placed(levels, limit, exchanges, self._breaks)
        self._made: list[RegisterStep] = []

    def steps(self) -> list[RegisterStep]:
        broken = set(self._breaks)
        good, at = 0, 1
        while at < len(self._levels):
            if at in self._exchanges:
                step = self._exchange(good, at)
            elif at not in broken:
                step = self._step(StepKind.NORMAL, good, at, self._rise(good, at))
            else:
                step = self._named(good, at)
            self._made.append(step)
            good, at = step.level, step.level + 1
        return self._made

    def _rise(self, good: int, at: int) -> int:
        return self._levels[at].watt_hours - self._levels[good].watt_hours

    def _step(
        self, kind: StepKind, good: int, at: int, counted: int | None, difference: int | None = None
    ) -> RegisterStep:
        one, other = self._levels[good], self._levels[at]
        rise = other.watt_hours - one.watt_hours
        return RegisterStep(
            kind,
            one.last_ms,
            other.first_ms,
            one.first_ms,
            one.watt_hours,
            other.watt_hours,
            counted,
            rise if difference is None else difference,
            at,
        )

    def _named(self, good: int, at: int) -> RegisterStep:
        """A step that is not normal, in the order in which names are tried."""
        if (before := self._spike_over(good, at)) is not None:
            self._made.pop()
            return self._step(StepKind.GLITCH, before, at, self._rise(before, at))
        if (back := self._return(good, at)) is not None:
            return self._step(StepKind.GLITCH, good, back, self._rise(good, back))
        one, other = self._levels[good], self._levels[at]
        if other.watt_hours < one.watt_hours:
            if (rolled := self._rolled_over(one, other)) is not None:
                return self._step(StepKind.ROLLOVER, good, at, rolled, rolled)
            unit = self._limit.scale.step_at(one.watt_hours)
            slip = max(unit, min(_SLIP_WATT_HOURS, one.watt_hours / _SLIP_PART))
            if one.watt_hours - other.watt_hours <= slip:
                return self._step(StepKind.SLIP, good, at, 0)
            estimate = self._evidence.estimate(one.last_ms, other.first_ms) or 0.0
            if 0 <= other.watt_hours <= _RESET_FACTOR * estimate + unit:
                return self._step(StepKind.RESET, good, at, other.watt_hours)
        return self._step(StepKind.UNEXPLAINED, good, at, None)

    def _spike_over(self, good: int, at: int) -> int | None:
        """The level before the last one, if the register is back near that one: it was too high."""
        if not self._made or self._made[-1].kind is not StepKind.NORMAL or self._rise(good, at) > 0:
            return None
        before = good - 1  # a normal step leads from the level right before
        carries = self._limit.carries(self._levels[before], self._levels[at])
        return before if carries else None

    def _return(self, good: int, at: int) -> int | None:
        """Where the register comes back as suddenly as it went away, before any exchange."""
        until = min((place for place in self._exchanges if place > at), default=len(self._levels))
        first = bisect_right(self._breaks, at)
        after, before = self._after[:, first:], self._before[:, first:]
        back = np.flatnonzero(self._carries(good, after) & ~self._carries(good, before))
        place = self._breaks[first + int(back[0])] if back.size else until
        return place if place < until else None

    def _carries(self, good: int, levels: Integers) -> Flags:
        one, (first_ms, watt_hours, changes) = self._levels[good], levels
        rise = watt_hours - one.watt_hours
        flows = self._limit.watts * (first_ms - one.first_ms) / MS_PER_HOUR
        near: Flags = (rise >= 0) & (rise <= flows + changes * self._unit)
        return near

    def _rolled_over(self, one: RegisterLevel, other: RegisterLevel) -> int | None:
        for capacity in self._limit.scale.capacities_watt_hours:
            left = capacity - one.watt_hours
            counted = left + other.watt_hours
            if left > 0 and 0 <= counted <= self._limit.most(one, other, one.watt_hours):
                return counted
        return None

    def _exchange(self, good: int, at: int) -> RegisterStep:
        exchange, one, other = self._exchanges[at], self._levels[good], self._levels[at]
        last, first = exchange.last_watt_hours, exchange.first_watt_hours
        if last is None or first is None:
            return self._step(StepKind.EXCHANGE, good, at, None)
        if (parts := exchange.counted(one, other, self._limit)) is None:
            return self._step(StepKind.UNRESOLVED, good, at, None)
        return self._step(StepKind.EXCHANGE, good, at, sum(parts), sum(parts))


def _placed(
    levels: Sequence[RegisterLevel],
    limit: RegisterLimit,
    exchanges: Sequence[RegisterExchange],
    breaks: Sequence[int],
) -> dict[int, RegisterExchange]:
    """Which level each exchange leads to: where its readings fit, else the nearest break.

    People date an exchange to the hour or the day; the readings show when it was.
    """
    placed: dict[int, RegisterExchange] = {}
    for exchange in exchanges:
        within = [
            at
            for at in range(1, len(levels))
            if levels[at - 1].last_ms < exchange.time_ms <= levels[at].first_ms
        ]
        far = 0 if exchange.is_exact else DAY_MS
        near = [at for at in breaks if _distance(levels, at, exchange.time_ms) <= far]
        near.sort(key=lambda at: _distance(levels, at, exchange.time_ms))
        fits = [
            at for at in (*near, *within) if exchange.counted(levels[at - 1], levels[at], limit)
        ]
        for at in (*fits, *near, *within)[:1]:
            placed[at] = exchange
    return placed


def _distance(levels: Sequence[RegisterLevel], at: int, time_ms: int) -> int:
    return distance_ms(levels[at - 1], levels[at], time_ms)


def distance_ms(before: RegisterLevel, after: RegisterLevel, time_ms: int) -> int:
    """How far a time is from a step of a register."""
    return max(0, before.last_ms - time_ms, time_ms - after.first_ms)
