"""A panel's polls of some time, as the weights of parts of quarter hours by pole."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.polls import Polls
from bcm_mqtt.domain.interval.slots import Flags, Floats, Integers, Slots
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.usage.fine.sums import FineSums, fine_sums

POLLS_A_STEP = 5
"""At least so many polls are in a step of a window, or it is not measured."""


@dataclass(frozen=True, slots=True)
class PanelShape:
    """How power ran within the quarter hours of some time.

    Attributes:
        slots: Of the time.
        parts: Of each quarter hour.
        power: Sums of measured power.
        current: Sums of current, for poles without.
        slowest_ms: The longest poll period of the time.
    """

    slots: Slots
    parts: int
    power: FineSums = field(repr=False)
    current: FineSums = field(repr=False)
    slowest_ms: int

    @classmethod
    def of(cls, polls: Polls, slots: Slots, parts: int) -> "PanelShape":
        """Of a panel's polls, also those from before the time that hold into it."""
        step_ms = INTERVAL_MS // parts
        span = polls.poles, slots.first_ms, slots.end_ms, step_ms
        power, current = (
            fine_sums(polls.readings(one), *span) for one in (Quantity.POWER, Quantity.CURRENT)
        )
        within = polls.times_ms >= slots.first_ms
        return cls(slots, parts, power, current, int(polls.interval_ms[within].max(initial=0)))

    def is_fast_enough(self, step_ms: int) -> bool:
        """Whether polls came at least five times in a step, as far as any came."""
        return self.slowest_ms * POLLS_A_STEP <= step_ms

    def weights(self, poles: Collection[int]) -> tuple[Floats, Flags]:
        """Of a circuit's legs together by slot and part, and in which slots anything was measured.

        What no reading covers of a slot weighs as the mean of what is covered. A leg with a
        reading of power counts by it, else by its current.
        """
        total = np.zeros((self.slots.count, self.parts))
        measured = np.zeros(self.slots.count, np.bool_)
        by_power = any(self._has(self.power, pole) for pole in poles)
        sums = self.power if by_power else self.current
        step_ms = INTERVAL_MS // self.parts
        for pole in poles:
            if not self._has(sums, pole):
                continue
            amount, covered = (self._by_slot(array[pole - 1]) for array in sums)
            amounts, times = amount.sum(axis=1), covered.sum(axis=1)
            means = amounts / np.maximum(times, 1)
            total += amount + (step_ms - covered) * means[:, None]
            measured |= times > 0
        return total, measured

    @staticmethod
    def _has(sums: FineSums, pole: int) -> bool:
        return pole <= len(sums.covered_ms) and bool(sums.covered_ms[pole - 1].any())

    def _by_slot(self, values: Integers) -> Integers:
        return values.reshape(self.slots.count, self.parts)
