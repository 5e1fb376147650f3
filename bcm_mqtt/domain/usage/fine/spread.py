"""A circuit's billed quarter hours, spread over their parts as polls shaped them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from bcm_mqtt.domain.interval.slots import Flags, Floats, Integers, Slots
from bcm_mqtt.domain.usage.fine.shape import PanelShape
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage

_LEAST_SHARE = 0.5
"""Of the parts' magnitudes: where power ran both ways, a small sum of them shapes nothing."""

Shapes = Callable[[str], PanelShape | None]
"""The shape of a panel, by its id; None where none of its polls is stored."""


class FineEnergy(NamedTuple):
    """Energy by part of the quarter hours of some time.

    Attributes:
        microwatt_hours: int64, slots x parts.
        even: Slots whose energy was spread evenly, as nothing was measured within them.
    """

    microwatt_hours: Integers
    even: Flags

    @classmethod
    def none(cls, slots: Slots, parts: int) -> "FineEnergy":
        """Of nothing, to add others to in place."""
        return cls(np.zeros((slots.count, parts), np.int64), np.zeros(slots.count, np.bool_))

    def add(self, other: "FineEnergy", sign: int = 1) -> None:
        """Adds another of the same time, in place."""
        self.microwatt_hours.__iadd__(sign * other.microwatt_hours)
        self.even.__ior__(other.even)


def fine_energy(part: CircuitUsage, shapes: Shapes, slots: Slots, parts: int) -> FineEnergy:
    """Of one circuit with one customer: its billed energy, with the shape of its polls.

    Args:
        part: With its load of all the month.
        shapes: Of panels, of the time.
        slots: The time, whole days of the month.
        parts: Of each quarter hour.
    """
    within = slots.within(part.load.slots)
    energy = np.zeros(part.load.slots.count, np.int64)
    for cut in part.cuts:
        energy += cut.by_slot(part.load.microwatt_hours)
    if part.members:
        made = FineEnergy.none(slots, parts)
        for sign, member in part.members:
            made.add(fine_energy(member, shapes, slots, parts), sign)
        weights, even = made.microwatt_hours.astype(np.float64), made.even
    else:
        weights, even = _measured(part, shapes(part.owner.panel), slots, parts)
    fine, unshaped = spread(energy[within], weights)
    return FineEnergy(fine, (even | unshaped) & (energy[within] != 0))


def _measured(
    part: CircuitUsage, shape: PanelShape | None, slots: Slots, parts: int
) -> tuple[Floats, Flags]:
    if shape is None:
        return np.zeros((slots.count, parts)), np.ones(slots.count, np.bool_)
    weights, measured = shape.weights(part.owner.circuit.poles)
    return weights, ~measured


def spread(energy: Integers, weights: Floats) -> tuple[Integers, Flags]:
    """Energy by slot, spread over parts by their weights; evenly where these say nothing.

    Returns:
        By slot and part, which add up to the energy exactly, and the slots without a shape.
    """
    sums, parts = weights.sum(axis=1), weights.shape[1]
    shaped = np.abs(sums) > _LEAST_SHARE * np.abs(weights).sum(axis=1)
    even = np.arange(1, parts + 1) / parts
    ratios = np.cumsum(weights, axis=1) / np.where(shaped, sums, 1)[:, None]
    until = np.rint(energy[:, None] * np.where(shaped[:, None], ratios, even)).astype(np.int64)
    until[:, -1] = energy
    return np.diff(until, axis=1, prepend=0), ~shaped


def together(usage: Sequence[CircuitUsage], shapes: Shapes, slots: Slots, parts: int) -> FineEnergy:
    """The sum of a customer's circuits."""
    total = FineEnergy.none(slots, parts)
    for part in usage:
        total.add(fine_energy(part, shapes, slots, parts))
    return total
