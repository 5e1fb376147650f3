"""A formula circuit's past by 15-minute interval: its members' mean powers, with their signs."""

from collections.abc import Iterable, Sequence

import numpy as np

from bcm_mqtt.domain.history.circuit_slots import CircuitSlots
from bcm_mqtt.domain.history.points import ratio
from bcm_mqtt.domain.interval.interval import HALF_MEASURED
from bcm_mqtt.domain.interval.slots import Slots


def formula_slots(members: Sequence[tuple[int, CircuitSlots]]) -> CircuitSlots:
    """A formula by slot; energy may be below 0.

    A slot of which any member is measured for less than half of its time is not measured: a sum
    without it would not be the formula's. Else it is measured for as long as all members are.

    Args:
        members: At least one, each with 1 or -1, of the same slots and the time in which the
            formula is made of them.
    """
    circuits = [one for _, one in members]
    known = np.logical_and.reduce(
        [
            (one.measured_ms > 0) & (one.measured_ms >= HALF_MEASURED * one.expected_ms)
            for one in circuits
        ]
    )
    measured_ms = np.where(known, np.min([one.measured_ms for one in circuits], axis=0), 0.0)
    # Of members measured for the same time the part is 1, and the sum exact as the bill's.
    parts = [np.where(known, ratio(measured_ms, one.measured_ms), 0.0) for one in circuits]
    energy = np.sum(
        [
            sign * part * one.microwatt_hours
            for part, (sign, one) in zip(parts, members, strict=True)
        ],
        axis=0,
    )
    return CircuitSlots(
        circuits[0].slots,
        {},
        energy,
        measured_ms,
        np.min([one.expected_ms for one in circuits], axis=0),
        np.min([one.held for one in circuits], axis=0),
    )


def one_after_the_other(parts: Iterable[CircuitSlots], slots: Slots) -> CircuitSlots:
    """A circuit by slot from its times, of which no two overlap."""
    energy, measured_ms, expected_ms, held = np.zeros((4, slots.count))
    for one in parts:
        energy += one.microwatt_hours
        measured_ms += one.measured_ms
        expected_ms += one.expected_ms
        held += one.held
    return CircuitSlots(slots, {}, energy, measured_ms, expected_ms, held)
