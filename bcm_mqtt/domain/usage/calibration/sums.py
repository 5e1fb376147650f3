"""What a calibration is made from: the sums of a panel's circuits, and what the meter measured."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Flags, Integers, Slots
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import CircuitSpan
from bcm_mqtt.domain.usage.cut import Cut, PricedTime, cuts
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad

_ENOUGH_MS: Final = INTERVAL_MS * 9 // 10
Loads = Mapping[CircuitVersion, CircuitLoad]


@dataclass(frozen=True, slots=True)
class CircuitSums:
    """Energy of circuits by slot.

    Attributes:
        positive: int64, uWh: of those that used some.
        negative: int64, uWh, 0 or less: of those through which some flowed back.
        missing: Where nothing is known of any of them, or one is in several pieces.
    """

    positive: Integers = field(repr=False)
    negative: Integers = field(repr=False)
    missing: Flags = field(repr=False)

    @classmethod
    def none(cls, slots: Slots) -> "CircuitSums":
        """Of no circuit."""
        positive, negative = np.zeros((2, slots.count), np.int64)
        return cls(positive, negative, np.zeros(slots.count, np.bool_))

    def plus(self, other: "CircuitSums") -> "CircuitSums":
        """Of both."""
        return CircuitSums(
            self.positive + other.positive,
            self.negative + other.negative,
            self.missing | other.missing,
        )


@dataclass(frozen=True, slots=True)
class MeterReadings:
    """What the meter measured by slot.

    Attributes:
        microwatt_hours: int64.
        known: Where it was measured for at least nine tenths of the slot, or entered by hand: what
            others are scaled to is not to be a guess.
    """

    microwatt_hours: Integers = field(repr=False)
    known: Flags = field(repr=False)

    @classmethod
    def none(cls, slots: Slots) -> "MeterReadings":
        """Of a meter that was never read."""
        return cls(np.zeros(slots.count, np.int64), np.zeros(slots.count, np.bool_))


def spans_with_cuts(
    spans: Iterable[CircuitSpan], slots: Slots
) -> Iterator[tuple[CircuitVersion, Cut]]:
    """The versions of circuits, each with its time."""
    listed = list(spans)
    if listed:
        start, end = (min(one.start for one in listed), max(one.end for one in listed))
        whole = PricedTime(start, end)
        for one in listed:
            for cut in cuts(whole, one.start, one.end, slots):
                yield one.version, cut


def circuit_sums(spans: Iterable[CircuitSpan], loads: Loads, slots: Slots) -> CircuitSums:
    """The sums of circuits.

    Args:
        spans: Of the circuits, within the month.
        loads: Of each version.
        slots: Of the month.
    """
    sums = CircuitSums.none(slots)
    pieces = dict[CircuitVersion, Integers]()
    for version, cut in spans_with_cuts(spans, slots):
        load = loads[version]
        energy = cut.by_slot(load.microwatt_hours)
        missing = np.zeros(slots.count, np.bool_)
        missing[load.incomplete] = load.missing_ms > 0
        one = CircuitSums(np.maximum(energy, 0), np.minimum(energy, 0), missing & cut.touched)
        sums = sums.plus(one)
        if cut.parts:
            count = pieces.setdefault(version, np.zeros(slots.count, np.int64))
            count[[slot for slot, _, _ in cut.parts]] += 1
    for count in pieces.values():
        sums.missing[count > 1] = True
    return sums


def meter_readings(spans: Iterable[CircuitSpan], loads: Loads, slots: Slots) -> MeterReadings:
    """What a meter measured. Takes what `circuit_sums` takes, of the one circuit that it is."""
    energy, covered_ms = np.zeros((2, slots.count), np.int64)
    known = np.ones(slots.count, np.bool_)
    for version, cut in spans_with_cuts(spans, slots):
        load = loads[version]
        energy += cut.by_slot(load.microwatt_hours)
        covered_ms += cut.by_slot(np.full(slots.count, INTERVAL_MS, np.int64))
        enough = np.ones(slots.count, np.bool_)
        enough[load.incomplete] = load.measured_ms + load.edited_ms >= _ENOUGH_MS
        known &= enough | ~cut.touched
    return MeterReadings(energy, known & (covered_ms == INTERVAL_MS))
