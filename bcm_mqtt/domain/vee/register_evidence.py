"""What else is known of the energy of a register's time: by VEE, by power, by current."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.interval import HALF_MEASURED_MS, INTERVAL_MS
from bcm_mqtt.domain.interval.load_profile import LoadProfile
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Flags, Integers, Slots
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.vee.estimate import LikeDays, estimates
from bcm_mqtt.domain.vee.measured_energy import Leg, by_slot, microwatt_hours, register_pieces
from bcm_mqtt.domain.vee.quality import Quality

_MICRO: Final = 1_000_000
_WENT_ON: Final = 0.8
"""A quantity that was read for this part of a time says what its energy was."""

Amounts = NDArray[np.float64]


@dataclass(frozen=True)
class PoleEvidence:
    """The evidence of one pole, by slot.

    Attributes:
        slots: The intervals.
        like: Calendar of them.
        counted: int64, uWh that the register counted by the steps that are beyond doubt.
        counted_ms: int64, time of that.
        power: uWh by the power that the same meter measured.
        power_ms: int64, time of that.
        current: uWh by its current at nominal voltage and the stated power factor.
        current_ms: int64, time of that.
    """

    slots: Slots
    like: LikeDays = field(repr=False)
    counted: Integers = field(repr=False)
    counted_ms: Integers = field(repr=False)
    power: Amounts = field(repr=False)
    power_ms: Integers = field(repr=False)
    current: Amounts = field(repr=False)
    current_ms: Integers = field(repr=False)

    def estimate(self, start_ms: int, end_ms: int) -> float | None:
        """By VEE, as if nothing had been counted in the slots that it has half of; in Wh."""
        touched = self._touched(start_ms, end_ms)
        if touched is None:
            return None
        places, overlap = touched
        known = self._known.copy()
        known[places[overlap >= HALF_MEASURED_MS]] = False
        values = self._whole[places]
        gaps = places[~known[places]]
        if gaps.size:
            made = estimates(np.round(self._whole).astype(np.int64), known, gaps, self.like)
            if (made.qualities == Quality.MISSING).any():
                return None
            values[~known[places]] = made.values
        return float((values * overlap).sum() / INTERVAL_MS / _MICRO)

    def integral(self, start_ms: int, end_ms: int) -> float | None:
        """Of the power, else of the current as it went with the register before; in Wh."""
        touched = self._touched(start_ms, end_ms)
        if touched is None:
            return None
        places, overlap = touched
        for energy, time in ((self.power, self.power_ms), (self._calibrated, self.current_ms)):
            read = np.minimum(time[places], overlap)
            if read.sum() >= _WENT_ON * (end_ms - start_ms):
                rate = energy[places] / np.maximum(time[places], 1)
                return float((rate * read).sum() * (end_ms - start_ms) / read.sum() / _MICRO)
        return None

    @classmethod
    def of(
        cls,
        profile: LoadProfile,
        like: LikeDays,
        pole: int,
        leg: Leg,
        factor: float,
    ) -> Self:
        """Of a pole.

        Args:
            profile: Of its panel.
            like: Calendar of the profile's slots.
            pole: Its position.
            leg: What its device measured, with what its register counted beyond doubt.
            factor: uWh per mA and ms of its circuit.
        """
        slots = profile.slots
        counted, counted_ms = by_slot(register_pieces([leg]), slots)
        power, power_ms = np.zeros((2, slots.count), np.int64)
        for item in leg.items:
            slot = (to_ms(item.start) - slots.first_ms) // INTERVAL_MS
            if item.milliwatt_ms is not None and 0 <= slot < slots.count:
                power[slot], power_ms[slot] = microwatt_hours(item.milliwatt_ms), item.power_ms
        rows = profile.rows_of([pole])
        none = np.zeros(slots.count, np.int64)
        amp_ms, amp_time = (
            (none, none)
            if rows is None
            else (profile.milliamp_ms[rows[0]], profile.covered_ms[rows[0]])
        )
        by_power, by_current = power.astype(np.float64), np.asarray(amp_ms * factor, np.float64)
        return cls(slots, like, counted, counted_ms, by_power, power_ms, by_current, amp_time)

    @cached_property
    def _known(self) -> Flags:
        known: Flags = self.counted_ms >= HALF_MEASURED_MS
        return known

    @cached_property
    def _whole(self) -> Amounts:
        whole: Amounts = self.counted * (INTERVAL_MS / np.maximum(self.counted_ms, 1))
        return np.where(self._known, whole, self.counted)

    @cached_property
    def _calibrated(self) -> Amounts:
        """The current's energy as the register had it, where both went on for a day or more."""
        both = self._known & (self.current_ms >= HALF_MEASURED_MS)
        by_current = float(self.current[both].sum())
        if np.count_nonzero(both) < QUARTERS_A_DAY or not by_current:
            return self.current
        return self.current * (float(self.counted[both].sum()) / by_current)

    def _touched(self, start_ms: int, end_ms: int) -> tuple[NDArray[np.intp], Integers] | None:
        """The slots of a time and how much of it each has; None where some of it is outside."""
        if start_ms < self.slots.first_ms or end_ms > self.slots.end_ms or end_ms <= start_ms:
            return None
        first = (start_ms - self.slots.first_ms) // INTERVAL_MS
        last = (end_ms - 1 - self.slots.first_ms) // INTERVAL_MS
        places = np.arange(first, last + 1)
        begins = self.slots.first_ms + places * INTERVAL_MS
        overlap = np.minimum(begins + INTERVAL_MS, end_ms) - np.maximum(begins, start_ms)
        return places, overlap
