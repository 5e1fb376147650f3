"""Energy that a circuit's devices measured themselves: by registers first, else by power.

What a register counted flowed from one reading to the next: the energy is spread evenly over that
time, whether that is a quarter hour or a pause of days, and nothing else is counted in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from bcm_mqtt.domain.interval.device_interval import DeviceInterval, counted_time
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Integers, Slots
from bcm_mqtt.domain.time import to_ms

MILLIWATT_MS_PER_MICROWATT_HOUR: Final = 3_600
"""1 mW x 1 ms = 1 uWs = 1/3600 uWh."""
MILLIWATT_MS_PER_WATT_HOUR: Final = 1_000_000 * MILLIWATT_MS_PER_MICROWATT_HOUR

DeviceIntervals = Mapping[int, Sequence[DeviceInterval]]
"""What devices measured, by pole, each sequence by start."""
_MOST_EXACT: Final = 2**62 // (2 * INTERVAL_MS)
"""uWh whose product with the time of two slots is exact."""


class EnergySource(StrEnum):
    """Where a circuit's energy is from; the value is what a bill shows."""

    REGISTER = "energy register"
    POWER = "device power"
    CURRENT = "current"


def microwatt_hours(milliwatt_ms: int) -> int:
    """Energy of a power over a time, in uWh, rounded half up."""
    per = MILLIWATT_MS_PER_MICROWATT_HOUR
    return (2 * milliwatt_ms + per) // (2 * per)


@dataclass(frozen=True, slots=True)
class Piece:
    """Energy over a time, of which it is unknown how it was spread.

    Attributes:
        start_ms: Since the epoch.
        end_ms: After it.
        milliwatt_ms: Of all legs.
        measured_ms: Time of it that was measured.
        source: Register or power.
    """

    start_ms: int
    end_ms: int
    milliwatt_ms: int
    measured_ms: int
    source: EnergySource

    @property
    def microwatt_hours(self) -> int:
        """Its energy, rounded half up."""
        return microwatt_hours(self.milliwatt_ms)

    def share(self, amount: int, begin_ms: int, until_ms: int) -> int:
        """Of an amount spread evenly over it what lies in a time; the parts add up to the whole."""
        length = self.end_ms - self.start_ms
        begun = max(begin_ms, self.start_ms) - self.start_ms
        until = min(until_ms, self.end_ms) - self.start_ms
        return amount * until // length - amount * begun // length

    def spread(self, slots: Slots) -> Iterator[tuple[int, int, int]]:
        """Slot, uWh and measured ms of its parts in some slots; all parts add up to the whole."""
        first = (self.start_ms - slots.first_ms) // INTERVAL_MS
        last = (self.end_ms - 1 - slots.first_ms) // INTERVAL_MS
        for slot in range(max(0, first), min(last + 1, slots.count)):
            begin = slots.first_ms + slot * INTERVAL_MS
            energy, measured_ms = (
                self.share(amount, begin, begin + INTERVAL_MS)
                for amount in (self.microwatt_hours, self.measured_ms)
            )
            yield slot, energy, measured_ms


class Leg(NamedTuple):
    """What was measured of a monitored pole.

    Attributes:
        items: By start.
        read_ms: When its register was last read in each, by start, as far as that is known; ms
            since the epoch.
    """

    items: Sequence[DeviceInterval] = ()
    read_ms: Mapping[int, int] = MappingProxyType({})


class _Count(NamedTuple):
    """What the register of one leg counted over a time, and how much of that was measured."""

    begin_ms: int
    end_ms: int
    watt_hours: int
    measured_ms: int
    multiplier: int | Fraction

    @classmethod
    def of(cls, item: DeviceInterval, read_ms: int | None) -> "_Count":
        begin_ms, end_ms = counted_time(item, read_ms)
        measured_ms = item.energy_ms if read_ms is None else end_ms - begin_ms
        return cls(begin_ms, end_ms, item.watt_hours or 0, measured_ms, item.multiplier)

    def cut(self, at_ms: int) -> tuple["_Count", "_Count"]:
        """What is before and after an instant; whole Wh and ms, that add up."""
        passed, length = at_ms - self.begin_ms, self.end_ms - self.begin_ms
        watt_hours = self.watt_hours * passed // length
        measured_ms = self.measured_ms * passed // length
        return (
            self._replace(end_ms=at_ms, watt_hours=watt_hours, measured_ms=measured_ms),
            self._replace(
                begin_ms=at_ms,
                watt_hours=self.watt_hours - watt_hours,
                measured_ms=self.measured_ms - measured_ms,
            ),
        )


def register_pieces(legs: Sequence[Leg]) -> list[Piece]:
    """The energy of a circuit by its registers: a piece for each time that all legs counted.

    Where one was not read, the others wait for it: what they counted meanwhile is of the time
    that its next difference is of. If it has none, theirs is no energy of the circuit.

    Args:
        legs: Of the circuit.
    """
    counts = [
        {
            (start := to_ms(item.start)): _Count.of(item, leg.read_ms.get(start))
            for item in leg.items
            if item.watt_hours is not None
        }
        for leg in legs
    ]
    if len(counts) == 1:
        return [_register_piece((one,), one.measured_ms) for one in counts[0].values()]
    return list(_joint_pieces(counts)) if all(counts) else []


def _joint_pieces(legs: Sequence[Mapping[int, _Count]]) -> Iterator[Piece]:
    waiting: list[list[_Count]] = [[] for _ in legs]
    for start in sorted(set().union(*legs)):
        read = [leg[start] for leg in legs if start in leg]
        if len(read) == len(legs) and not any(waiting) and len({one[:2] for one in read}) == 1:
            # As nearly always: one poll reads all legs.
            yield _register_piece(read, min(one.measured_ms for one in read))
            continue
        for own, leg in zip(waiting, legs, strict=True):
            if start in leg:
                own.append(leg[start])
        if len(read) < len(legs):
            continue
        begin_ms = max(own[0].begin_ms for own in waiting)
        end_ms = min(own[-1].end_ms for own in waiting)
        if begin_ms < end_ms:
            split = [_split(_split(own, begin_ms)[1], end_ms) for own in waiting]
            waiting = [later for _, later in split]
            measured_ms = min(sum(one.measured_ms for one in counted) for counted, _ in split)
            piece = _register_piece([one for counted, _ in split for one in counted], measured_ms)
            yield replace(piece, start_ms=begin_ms, end_ms=end_ms)


def _split(counts: Sequence[_Count], at_ms: int) -> tuple[list[_Count], list[_Count]]:
    """What was counted before and after an instant."""
    before = [one for one in counts if one.end_ms <= at_ms]
    after = [one for one in counts if one.begin_ms >= at_ms]
    for one in counts:
        if one.begin_ms < at_ms < one.end_ms:
            earlier, later = one.cut(at_ms)
            before, after = [*before, earlier], [later, *after]
    return before, after


def _register_piece(counts: Sequence[_Count], measured_ms: int) -> Piece:
    """Of counts over the time of the first one."""
    watt_hours = sum([one.watt_hours * one.multiplier for one in counts])
    amount = round(watt_hours * MILLIWATT_MS_PER_WATT_HOUR)
    begin_ms, end_ms = counts[0][:2]
    return Piece(begin_ms, end_ms, amount, measured_ms, EnergySource.REGISTER)


def power_pieces(legs: Sequence[Leg]) -> list[Piece]:
    """The energy of a circuit by the power that its devices measured.

    A piece for each interval in which all legs' power was read, over their joint time.

    Args:
        legs: Of the circuit.
    """
    if not legs:
        return []
    by_start = [{to_ms(item.start): item for item in leg.items if item.power_ms} for leg in legs]
    pieces = []
    for start in sorted(set(by_start[0]).intersection(*by_start[1:])):
        items = [leg[start] for leg in by_start]
        joint = min(item.power_ms for item in items)
        amount = sum(
            (item.milliwatt_ms or 0) * joint // item.power_ms
            if item.power_ms != joint
            else item.milliwatt_ms or 0
            for item in items
        )
        pieces.append(Piece(start, start + INTERVAL_MS, amount, joint, EnergySource.POWER))
    return pieces


def by_slot(pieces: Sequence[Piece], slots: Slots) -> tuple[Integers, Integers]:
    """The uWh and the measured ms that some pieces have in each slot, as they are spread."""
    rows = [(one.start_ms, one.end_ms, one.microwatt_hours, one.measured_ms) for one in pieces]
    begins, ends, *amounts = np.array(rows, np.int64).reshape(-1, 4).T
    first = (begins - slots.first_ms) // INTERVAL_MS
    last = (ends - 1 - slots.first_ms) // INTERVAL_MS
    # As nearly all are: of others the product of energy and time may be too large.
    short = (last - first < 2) & (np.abs(amounts[0]) < _MOST_EXACT)
    sums = np.zeros((2, slots.count), np.int64)
    for place in np.flatnonzero(~short).tolist():
        for slot, energy, measured_ms in pieces[place].spread(slots):
            sums[:, slot] += energy, measured_ms
    first, last, begins, ends = first[short], last[short], begins[short], ends[short]
    begun = np.minimum(slots.first_ms + (first + 1) * INTERVAL_MS, ends) - begins
    for amount, total in zip(amounts, sums, strict=True):
        head = amount[short] * begun // (ends - begins)
        for at, part in ((first, head), (last, amount[short] - head)):
            there = (at >= 0) & (at < slots.count)
            np.add.at(total, at[there], part[there])
    return sums[0], sums[1]
