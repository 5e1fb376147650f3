"""Energy that a circuit's devices measured themselves: by registers first, else by power.

A register that was read again after a pause has counted all of it: the energy is spread
evenly over that time, and nothing else is counted in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bcm_mqtt.domain.interval.device_interval import DeviceInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.time import to_ms

MILLIWATT_MS_PER_MICROWATT_HOUR: Final = 3_600
"""1 mW x 1 ms = 1 uWs = 1/3600 uWh."""
MILLIWATT_MS_PER_WATT_HOUR: Final = 1_000_000 * MILLIWATT_MS_PER_MICROWATT_HOUR

DeviceIntervals = Mapping[int, Sequence[DeviceInterval]]
"""What devices measured, by pole, each sequence by start."""
_Leg = Mapping[int, DeviceInterval]


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


@dataclass(frozen=True, slots=True)
class Measured:
    """What a circuit's devices measured.

    Attributes:
        pieces: Energy, by source and start.
        taken: Starts (ms) of the intervals that are in them, of which nothing else counts.
    """

    pieces: tuple[Piece, ...] = ()
    taken: frozenset[int] = frozenset()


def measured(legs: Sequence[Sequence[DeviceInterval]]) -> Measured:
    """The energy of a circuit by its devices.

    Args:
        legs: What was measured of each monitored pole, each by start.
    """
    if not legs or not all(legs):
        return Measured()
    by_start = [{to_ms(item.start): item for item in leg} for leg in legs]
    registers = list(_by_registers(by_start))
    taken = {start for piece in registers for start in _taken(piece)}
    powers = [piece for piece in _by_power(by_start) if piece.start_ms not in taken]
    taken |= {piece.start_ms for piece in powers}
    return Measured((*registers, *powers), frozenset(taken))


def _by_registers(legs: Sequence[_Leg]) -> Iterator[Piece]:
    """A piece for each interval in which all legs' registers were read.

    Where one was not, the others wait for it: what they counted meanwhile is of the time
    that its next difference is of. If it has none, theirs is no energy of the circuit.
    """
    waiting: list[DeviceInterval] = []
    for start in sorted({start for leg in legs for start in leg}):
        read = [leg[start] for leg in legs if start in leg]
        read = [item for item in read if item.watt_hours is not None]
        waiting += read
        if len(read) < len(legs):
            continue
        end, span = start + INTERVAL_MS, max(item.energy_ms for item in read)
        begin = min(start, end - span)
        counted = [item for item in waiting if to_ms(item.start) + INTERVAL_MS > begin]
        yield Piece(
            begin,
            end,
            round(
                sum((item.watt_hours or 0) * item.multiplier for item in counted)
                * MILLIWATT_MS_PER_WATT_HOUR
            ),
            span,
            EnergySource.REGISTER,
        )
        waiting = []


def _taken(piece: Piece) -> range:
    """Starts of the intervals of which a piece has the greater part, or which it is of."""
    first = piece.start_ms + INTERVAL_MS // 2
    return range(first - first % INTERVAL_MS, piece.end_ms, INTERVAL_MS)


def _by_power(legs: Sequence[_Leg]) -> Iterator[Piece]:
    """A piece for each interval in which all legs' power was read, over their joint time."""
    for start in sorted(set(legs[0]).intersection(*legs[1:])):
        items = [leg[start] for leg in legs]
        joint = min(item.power_ms for item in items)
        if joint:
            amount = sum(
                (item.milliwatt_ms or 0) * joint // item.power_ms
                if item.power_ms != joint
                else item.milliwatt_ms or 0
                for item in items
            )
            yield Piece(start, start + INTERVAL_MS, amount, joint, EnergySource.POWER)
