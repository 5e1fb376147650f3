"""The factor of each quarter hour, and what becomes of those that have none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Flags, Integers, Slots
from bcm_mqtt.domain.money import rounded
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.usage.calibration.apportioning import apportioned, divided
from bcm_mqtt.domain.usage.calibration.setting import CalibratedTo
from bcm_mqtt.domain.usage.calibration.sums import CircuitSums, MeterReadings

_STEP: Final = Decimal("0.0001")


class State(IntEnum):
    """What became of a quarter hour."""

    OUTSIDE = 0
    """The calibration does not hold, or the time has not come."""
    SCALED = 1
    """The circuits add up to the meter."""
    BEYOND = 2
    """They differ by more than the bound: each is as it was measured."""
    UNREAD = 3
    """The meter was not read."""
    MISSING = 4
    """Something of a circuit is neither measured nor estimated."""


@dataclass(frozen=True, slots=True)
class PanelScaling:
    """What a panel's circuits add up to.

    Attributes:
        calibration: To which meter.
        scaled: By slot, whether they are scaled.
        targets: int64, uWh by slot: of what is used; what flows back stays as it is.
    """

    calibration: CalibratedTo
    scaled: Flags = field(repr=False)
    targets: Integers = field(repr=False)


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A month of what is behind a meter.

    Attributes:
        setting: What the site states.
        slots: Of the month.
        meter: What the meter measured.
        parts: Energy of each stated part by slot, uWh, in their order.
        circuits: Sums of the circuits as they were measured.
        states: A `State` for each slot.
        panels: What each panel's circuits come to.
    """

    setting: CalibratedTo
    slots: Slots
    meter: MeterReadings
    parts: tuple[Integers, ...] = field(repr=False)
    circuits: CircuitSums
    states: NDArray[np.uint8] = field(repr=False)
    panels: Mapping[str, PanelScaling] = field(repr=False)

    @property
    def targets(self) -> Integers:
        """By slot, what the circuits that use energy should come to, uWh."""
        return _targets(self.meter, self.parts, self.circuits)

    @property
    def differences(self) -> Integers:
        """By slot, what the meter measured beyond the parts and the circuits as measured, uWh."""
        return self.targets - self.circuits.positive

    def where(self, *states: State) -> Flags:
        """The slots that are in one of some states."""
        return np.isin(self.states, states)

    def factor(self, slot: int) -> Decimal | None:
        """By which the circuits of a slot are scaled, to 0.0001; None where they are not."""
        used = int(self.circuits.positive[slot])
        if self.states[slot] != State.SCALED or not used:
            return None
        return rounded(Fraction(int(self.targets[slot]), used), _STEP)

    def factors(self) -> tuple[Decimal, Decimal] | None:
        """The least and the greatest factor; None where nothing was scaled."""
        used = np.flatnonzero(self.where(State.SCALED) & (self.circuits.positive > 0))
        if not used.size:
            return None
        shares = self.targets[used] / self.circuits.positive[used]
        least, greatest = (self.factor(int(used[at])) for at in (shares.argmin(), shares.argmax()))
        return (least, greatest) if least is not None and greatest is not None else None


def calibrated(
    setting: CalibratedTo,
    slots: Slots,
    meter: MeterReadings,
    sums: Mapping[str, CircuitSums],
    until: datetime,
) -> Calibrated:
    """What becomes of each quarter hour of a month.

    Args:
        setting: What the site states.
        slots: Of the month.
        meter: What the meter measured.
        sums: Of the circuits behind it, by panel.
        until: What is later has not come, UTC.
    """
    total = CircuitSums.none(slots)
    for one in sums.values():
        total = total.plus(one)
    parts = tuple(
        one.microwatt_hours(np.maximum(meter.microwatt_hours, 0)) for one in setting.parts
    )
    targets = _targets(meter, parts, total)
    bound = Fraction(setting.bound)
    limit, _ = divided(total.positive, bound.numerator, bound.denominator)
    within = np.abs(targets - total.positive) <= limit
    states = np.where(within, State.SCALED, State.BEYOND).astype(np.uint8)
    states[total.missing] = State.MISSING
    states[~meter.known] = State.UNREAD
    states[~_holds(setting, slots, until)] = State.OUTSIDE
    scaled = states == State.SCALED
    panels = dict[str, PanelScaling]()
    if sums:
        weights = np.stack([np.where(scaled, one.positive, 0) for one in sums.values()])
        shares = apportioned(np.where(scaled, targets, 0), weights)
        panels = {
            panel: PanelScaling(setting, scaled, share)
            for panel, share in zip(sums, shares, strict=True)
        }
    return Calibrated(setting, slots, meter, parts, total, states, panels)


def _targets(meter: MeterReadings, parts: tuple[Integers, ...], sums: CircuitSums) -> Integers:
    stated = sum(parts, np.zeros_like(meter.microwatt_hours))
    targets: Integers = meter.microwatt_hours - stated - sums.negative
    return targets


def _holds(setting: CalibratedTo, slots: Slots, until: datetime) -> Flags:
    starts = slots.starts_ms
    holds: Flags = (starts >= to_ms(setting.valid_from)) & (starts + INTERVAL_MS <= to_ms(until))
    if setting.valid_to is not None:
        holds &= starts < to_ms(setting.valid_to)
    return holds
