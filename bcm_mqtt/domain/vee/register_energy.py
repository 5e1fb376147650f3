"""Energy of a circuit's registers by interval, as the rules of registers count it.

What is stored of 15 minutes by device is what the register rose by. Where every step was normal
that is what counts, and is taken as it is. Else the intervals are made again from the steps.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from bcm_mqtt.domain.interval.corrected import corrected_registers
from bcm_mqtt.domain.interval.device_interval import DeviceInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.register_interval import RegisterPast
from bcm_mqtt.domain.reading.register_levels import RegisterLevel, joined
from bcm_mqtt.domain.reading.register_step import (
    RegisterExchange,
    RegisterLimit,
    RegisterStep,
    StepKind,
)
from bcm_mqtt.domain.reading.register_steps import register_steps
from bcm_mqtt.domain.reading.register_trust import LONG_MS, Evidence
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.time import MS_PER_HOUR, from_ms, to_ms
from bcm_mqtt.domain.vee.measured_energy import DeviceIntervals, Leg
from bcm_mqtt.domain.vee.panel_registers import Registers, as_shown

_DOUBTED: Final = frozenset({StepKind.UNEXPLAINED, StepKind.UNRESOLVED, StepKind.BACKWARDS})
"""How long a register stands after such a step is not measured either."""


class _Counted(NamedTuple):
    """What counts of an interval: Wh, their time, and the last reading that counts, in ms."""

    watt_hours: int | None
    energy_ms: int
    read_ms: int


_NOTHING: Final = _Counted(None, 0, 0)


class PoleStep(NamedTuple):
    """A step of the register of a pole."""

    pole: int
    step: RegisterStep


@dataclass(frozen=True)
class _Register:
    """A pole's register over a time, with what limits it."""

    past: RegisterPast
    limit: RegisterLimit
    exchanges: Sequence[RegisterExchange] = ()

    def is_plain(self) -> bool:
        """Whether every step was normal and short, so that what is stored of it counts."""
        if self.exchanges:
            return False
        first, last, shown, changes = self.past.levels.T
        rises, gaps = np.diff(shown), first[1:] - last[:-1]
        stood = first[1:] - self.past.since_ms[:-1]
        unit = self.limit.scale.step_at(float(np.abs(shown).min(initial=0)))
        flows = self.limit.watts / MS_PER_HOUR
        steep = rises > flows * stood + unit * changes[1:]
        ticks = (stood > LONG_MS) & (rises > gaps * flows)
        return not ((rises < 0) | steep | (gaps > LONG_MS) | ticks).any()

    @cached_property
    def levels(self) -> list[RegisterLevel]:
        return joined(level for _, level, _ in self.rows)

    @cached_property
    def rows(self) -> list[tuple[int, RegisterLevel, int]]:
        """Of each level: the interval's start, the level in it, its place among whole ones."""
        since = self.past.since_ms
        places = np.cumsum(since != np.concatenate(([-1], since[:-1]))) - 1
        levels = [RegisterLevel(*level) for level in self.past.levels.tolist()]
        return list(zip(self.past.starts_ms.tolist(), levels, places.tolist(), strict=True))

    def steps(self, evidence: Evidence | None = None) -> list[RegisterStep]:
        return register_steps(self.levels, self.limit, self.exchanges, evidence)

    def needs_evidence(self, steps: Sequence[RegisterStep]) -> bool:
        """Whether it could change a step."""
        return any(
            step.kind is not StepKind.NORMAL or step.end_ms - step.start_ms > LONG_MS
            for step in steps
        )

    def is_tick(self, step: RegisterStep) -> bool:
        """Whether it shows at once what flowed over a long time in which the register stood.

        It counts coarsely, or its meter had not refreshed it.
        """
        if step.watt_hours is None or step.end_ms - step.since_ms <= LONG_MS:
            return False
        flows = self.limit.watts * (step.end_ms - step.start_ms) / MS_PER_HOUR
        return step.watt_hours > flows

    def energies(self, steps: Sequence[RegisterStep]) -> dict[int, _Counted]:
        """What counts, by the interval in which it was read."""
        into = {step.level: step for step in steps}
        watt_hours, ms = defaultdict[int, int](int), defaultdict[int, int](int)
        read_ms: dict[int, int] = {}
        before, last_ms = -1, self.rows[0][1].first_ms
        for start, level, place in self.rows:
            step = into.get(place)
            if step is None and place:
                continue  # within a glitch
            begin_ms = last_ms
            if step and place != before:
                watt_hours[start] += step.watt_hours or 0
                if step.watt_hours is None:
                    begin_ms = level.first_ms
                elif self.is_tick(step):
                    begin_ms = step.since_ms
                    _forget(ms, read_ms, begin_ms, start)
            if step is None or step.kind not in _DOUBTED:
                ms[start] += level.last_ms - begin_ms
                read_ms[start] = level.last_ms
            before, last_ms = place, level.last_ms
        return {
            start: _Counted(watt_hours[start], time, read_ms[start])
            for start, time in ms.items()
            if time > 0
        }

    def counted(
        self, pole: int, items: Sequence[DeviceInterval], steps: Sequence[RegisterStep]
    ) -> Leg:
        """The pole's device intervals with the energy that counts in place of what is stored."""
        read_ms = self.past.last_ms
        if all(step.kind is StepKind.NORMAL and not self.is_tick(step) for step in steps):
            return Leg([_without_falls(item) for item in items], read_ms)
        energies = self.energies(steps)
        # The first one counts from a reading that is not among these.
        known = {*self.past.starts_ms.tolist()} - {int(self.past.starts_ms[0])}
        made = {to_ms(item.start): _without_falls(item) for item in items}
        for start in known:
            counted = energies.get(start, _NOTHING)
            item = made.get(start) or DeviceInterval(pole, from_ms(start), None, 0, None, 0)
            made[start] = replace(
                item,
                watt_hours=counted.watt_hours,
                energy_ms=counted.energy_ms,
                register_falls=0,
                register_jumps=0,
            )
            read_ms[start] = counted.read_ms
        return Leg([item for _, item in sorted(made.items())], read_ms)


def _forget(ms: dict[int, int], read_ms: dict[int, int], since_ms: int, until_start: int) -> None:
    """Of the time in which a register stood nothing was measured before it went on."""
    begun = since_ms - since_ms % INTERVAL_MS
    if read_ms.get(begun, since_ms) > since_ms:
        ms[begun] -= read_ms[begun] - since_ms
        read_ms[begun] = since_ms
    for start in range(begun + INTERVAL_MS, until_start, INTERVAL_MS):
        ms.pop(start, None)


def _without_falls(item: DeviceInterval) -> DeviceInterval:
    """What is stored of 15 minutes of which the readings are not: a fall is unexplained."""
    if not item.register_falls and not item.register_jumps:
        return item
    return replace(item, watt_hours=None, energy_ms=0, register_falls=0, register_jumps=0)


def _unexplained(items: Sequence[DeviceInterval]) -> Iterator[RegisterStep]:
    """The falls of intervals of which the readings are not stored."""
    for item in items:
        if item.register_falls or item.register_jumps:
            start = to_ms(item.start)
            end = start + INTERVAL_MS
            yield RegisterStep(StepKind.UNEXPLAINED, start, end, start, 0, 0, None, 0, -1)


class ByRegister(NamedTuple):
    """What counts of a circuit's poles.

    Attributes:
        legs: By pole.
        steps: That are not normal, or differ from what is expected of their time.
    """

    legs: dict[int, Leg]
    steps: tuple[PoleStep, ...]


def counted_by_registers(
    registers: Registers,
    poles: Sequence[int],
    devices: DeviceIntervals,
    watts: float,
    evidence: Callable[[int, Leg], Evidence],
) -> ByRegister:
    """What counts of some poles of a circuit.

    Args:
        registers: Of the panel.
        poles: Monitored ones of the circuit.
        devices: What devices measured of the panel, as it is stored.
        watts: What a register of one of the poles can have counted.
        evidence: Of a pole, from what its register counted by the steps that need none.
    """
    counted, steps = dict[int, Leg](), list[PoleStep]()
    for pole in poles:
        items = devices.get(pole, ())
        leg = Leg(items)
        rows = registers.instruments.get(pole, ())
        past = registers.past.get(pole)
        stored = items
        if past is not None:
            first = from_ms(int(past.starts_ms[0]))
            stored = [item for item in items if item.start < first]
            register = _Register(
                past, registers.limit(pole, watts), registers.exchanges.get(pole, ())
            )
            if register.is_plain():
                leg = Leg(items, past.last_ms)
            else:
                found = register.steps()
                if register.needs_evidence(found):
                    beyond_doubt = register.counted(pole, items, found)
                    known = evidence(pole, _corrected(beyond_doubt, rows))
                    found = register.steps(as_shown(known, rows))
                leg = register.counted(pole, items, found)
                steps += [PoleStep(pole, step) for step in found if _matters(step)]
        steps += [PoleStep(pole, step) for step in _unexplained(stored)]
        if leg.items:
            without_falls = Leg([_without_falls(item) for item in leg.items], leg.read_ms)
            counted[pole] = _corrected(without_falls, rows)
    return ByRegister(counted, tuple(steps))


def _corrected(leg: Leg, rows: Sequence[Instrument]) -> Leg:
    return Leg(corrected_registers(leg.items, rows, leg.read_ms), leg.read_ms)


def _matters(step: RegisterStep) -> bool:
    return step.kind is not StepKind.NORMAL or step.expected is not None
