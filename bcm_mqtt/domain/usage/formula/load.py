"""The load of a formula: its members' loads by interval, added and taken away.

Each member is estimated and edited by itself, before the formula. An interval of which any time
of any member is missing is missing whole: what is left of a difference says nothing.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.load_profile import profile_of
from bcm_mqtt.domain.interval.slots import Flags, Integers, Slots
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad, Horizon
from bcm_mqtt.domain.vee.interval_energy import CircuitIntervals
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.domain.vee.quality import Quality

_WORST_LAST: Final = (
    Quality.VALID,
    Quality.DERIVED,
    Quality.QUESTIONABLE,
    Quality.EDITED,
    Quality.MIXED,
    Quality.INTERPOLATED,
    Quality.LIKE_DAY,
    Quality.MISSING,
)
_RANKS: Final = np.zeros(256, np.uint8)
_RANKS[list(_WORST_LAST)] = np.arange(len(_WORST_LAST))
_BY_RANK: Final = np.array(_WORST_LAST, np.uint8)

SignedLoads = Sequence[tuple[int, CircuitLoad]]
"""The loads of a formula's members in one month, each with 1 or -1."""


def formula_load(members: SignedLoads) -> CircuitLoad:
    """The load of a formula, as if it came to these members all month.

    Args:
        members: At least one; all of the same slots.
    """
    slots = members[0][1].slots
    spread = [_Spread.of(load) for _, load in members]
    signs = np.array([sign for sign, _ in members], np.int64)
    missing = np.max([one.missing_ms for one in spread], axis=0)
    known = missing == 0
    times = _times(spread, known)
    amounts = np.stack([load.microwatt_hours for _, load in members])
    energy = np.where(known, signs @ amounts, 0)
    incomplete = np.flatnonzero(times[0] != INTERVAL_MS)
    estimated, edited = (
        np.where(known, signs @ np.stack(rows), 0)[incomplete]
        for rows in zip(*((one.estimated, one.edited) for one in spread), strict=True)
    )
    ranks = np.max([_RANKS[one.qualities] for one in spread], axis=0)[incomplete]
    qualities = np.where(known[incomplete], _BY_RANK[ranks], Quality.MISSING).astype(np.uint8)
    how = np.stack([estimated, edited, *(row[incomplete] for row in times)])
    return CircuitLoad(
        slots,
        _intervals(members, slots, known),
        energy,
        incomplete,
        how,
        qualities,
        _horizon(members),
    )


class _Spread:
    """How a load came about, by all slots of the month and not its incomplete ones alone."""

    __slots__ = ("edited", "edited_ms", "estimated", "estimated_ms", "measured_ms", "qualities")

    def __init__(self, load: CircuitLoad) -> None:
        count, at = load.slots.count, load.incomplete
        self.estimated, self.edited, self.measured_ms, self.estimated_ms, self.edited_ms = (
            _whole(row, at, count, fill)
            for row, fill in zip(load.how, (0, 0, INTERVAL_MS, 0, 0), strict=True)
        )
        self.qualities = np.full(count, Quality.VALID, np.uint8)
        self.qualities[at] = load.qualities

    @classmethod
    def of(cls, load: CircuitLoad) -> "_Spread":
        return cls(load)

    @property
    def missing_ms(self) -> Integers:
        missing: Integers = INTERVAL_MS - self.measured_ms - self.estimated_ms - self.edited_ms
        return missing


def _whole(row: Integers, at: NDArray[np.intp], count: int, fill: int) -> Integers:
    whole = np.full(count, fill, np.int64)
    whole[at] = row
    return whole


def _times(spread: Sequence[_Spread], known: Flags) -> tuple[Integers, Integers, Integers]:
    """Measured, estimated and edited ms: measured is what all members are, the rest the worst."""
    measured = np.min([one.measured_ms for one in spread], axis=0)
    rest = INTERVAL_MS - measured
    estimated = np.minimum(rest, np.max([one.estimated_ms for one in spread], axis=0))
    times = measured, estimated, rest - estimated
    first, second, third = (np.where(known, row, 0) for row in times)
    return first, second, third


def _intervals(members: SignedLoads, slots: Slots, known: Flags) -> CircuitIntervals:
    """What was measured of all members together, of the month alone."""
    parts = [(sign, load.intervals, slots.within(load.intervals.slots)) for sign, load in members]
    measured_ms = np.min([one.measured_ms[part] for _, one, part in parts], axis=0)
    energy = np.sum([sign * one.microwatt_hours[part] for sign, one, part in parts], axis=0)
    return CircuitIntervals(
        profile_of({}, slots),
        (),
        np.where(known & (measured_ms > 0), energy, 0),
        np.where(known, measured_ms, 0),
        sources=_sources(parts),
        indicative=any(one.indicative for _, one, _ in parts),
        supply=_supply(parts),
    )


_Parts = Sequence[tuple[int, CircuitIntervals, slice]]


def _sources(parts: _Parts) -> NDArray[np.uint8] | None:
    """Of each slot the least certain source: current before power before registers."""
    if all(one.sources is None for _, one, _ in parts):
        return None
    current = CircuitIntervals.code(EnergySource.CURRENT)
    codes = [
        np.full(one.slots.count, current, np.uint8)[part]
        if one.sources is None
        else one.sources[part]
        for _, one, part in parts
    ]
    least: NDArray[np.uint8] = np.min(codes, axis=0)
    return least


def _supply(parts: _Parts) -> NDArray[np.uint8] | None:
    """Bits of what all members whose energy is from current had measured."""
    if all(one.supply is None for _, one, _ in parts):
        return None
    bits: NDArray[np.uint8] = np.bitwise_and.reduce(
        [
            np.zeros(one.slots.count, np.uint8)[part]
            if one.supply is None
            else np.where(one.by_current[part], one.supply[part], np.uint8(255))
            for _, one, part in parts
        ]
    ).astype(np.uint8)
    return bits


def _horizon(members: SignedLoads) -> Horizon:
    """Of the month's own slots."""
    begins, ends, presents = [], [], []
    for _, load in members:
        before = load.slots.within(load.intervals.slots).start
        begins.append(load.horizon.begin - before)
        ends.append(load.horizon.end - before)
        if load.horizon.present is not None:
            presents.append(load.horizon.present - before)
    return Horizon(max(begins), min(ends), min(presents, default=None))
