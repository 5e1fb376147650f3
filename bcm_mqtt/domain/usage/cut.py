"""Cuts: which slots of a month a row of usage is made of, by the time that a rate prices.

`PricedTime` is all that usage knows of a tariff.

Where a cut lies within an interval, what is before it takes the share of its time, and
what is after it the rest: the parts add up to the whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Flags, Integers, Slots
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.vee.estimate import Indices

ALL_HOURS = ""
"""The period of a rate that has but one."""

Codes = NDArray[np.uint8]
"""The period of each slot: an index into the names of the periods."""


@dataclass(frozen=True, slots=True, eq=False)
class PricedTime:
    """A span in which one rate holds: start <= t < end. Equal only to itself.

    Attributes:
        start: UTC.
        end: UTC.
        periods: Names of the rate's periods.
        codes: For each slot of the month the period, of no meaning outside of the span;
            None where the rate has but one period.
        billed: Whether it is billed to the customer; what is not is unallocated.
    """

    start: datetime
    end: datetime
    periods: tuple[str, ...] = (ALL_HOURS,)
    codes: Codes | None = field(default=None, repr=False)
    billed: bool = True

    def flags(self, period: str, slots: Slots) -> Flags:
        """Which slots are of the span and the period; `slots` are those of the codes."""
        flags = np.zeros(slots.count, np.bool_)
        if period in self.periods:
            span = Slots.between(self.start, self.end).within(slots)
            code = self.periods.index(period)
            flags[span] = True if self.codes is None else self.codes[span] == code
        return flags


_Part = tuple[int, int, int]
"""A slot that is cut: its number, and from which until which ms of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """The time of a span in one time-of-use period.

    Attributes:
        period: Its name.
        slots: Of the month.
        whole: Slots that are wholly in it, ascending.
        chosen: bool, by slot: which those are.
        parts: Slots that are partly in it, at most two.
    """

    period: str
    slots: Slots
    whole: Indices = field(repr=False)
    chosen: Flags = field(repr=False)
    parts: tuple[_Part, ...] = ()

    @property
    def ms(self) -> int:
        """Its length."""
        return self.whole.size * INTERVAL_MS + sum(until - begin for _, begin, until in self.parts)

    @property
    def touched(self) -> Flags:
        """Which slots it has any of; not to be changed."""
        if not self.parts:
            return self.chosen
        flags = self.chosen.copy()
        flags[[slot for slot, _, _ in self.parts]] = True
        return flags

    def has(self, slot: int) -> bool:
        """Whether any of a slot is in it."""
        return bool(self.chosen[slot]) or any(part[0] == slot for part in self.parts)

    def shares(self, slot: int, value: int) -> list[tuple[int, int, int]]:
        """Of a slot that is cut: from which until which ms, and what of its value that is."""
        return [(part[1], part[2], _share(value, part)) for part in self.parts if part[0] == slot]

    def by_slot(self, values: Integers) -> Integers:
        """What it has of a value per slot."""
        own = np.where(self.chosen, values, 0)
        for part in self.parts:
            own[part[0]] += _share(int(values[part[0]]), part)
        return own

    def part_of(self, slot: int) -> "Cut":
        """What it has of a slot that is cut."""
        parts = tuple(part for part in self.parts if part[0] == slot)
        return Cut(self.period, self.slots, self.whole[:0], np.zeros_like(self.chosen), parts)

    def total(self, values: Integers) -> int:
        """Sum of a value per slot."""
        whole = int(values[self.whole].sum())
        return whole + sum(_share(int(values[part[0]]), part) for part in self.parts)

    def totals_of(self, incomplete: Indices, rows: Integers) -> list[int]:
        """Sum of each row of values per incomplete slot; the other slots have none."""
        totals: list[int] = rows.dot(self.chosen[incomplete].astype(np.int64)).tolist()
        for part in self.parts:
            values = rows[:, incomplete == part[0]].sum(axis=1).tolist()
            totals = [
                total + _share(value, part) for total, value in zip(totals, values, strict=True)
            ]
        return totals

    def among(self, incomplete: Indices) -> Flags:
        """Which incomplete slots it has any of."""
        touched: Flags = self.chosen[incomplete]
        for slot, _, _ in self.parts:
            touched = touched | (incomplete == slot)
        return touched

    @property
    def touched_before(self) -> Indices:
        """How many slots it has any of before each, and in all."""
        return _touched_before(self)

    def by_day(self, series: Slots) -> NDArray[np.float64]:
        """Its share of each day (UTC) of a series of whole days, 0 to 1."""
        return _by_day(self, series)


def cuts(priced: PricedTime, start: datetime, end: datetime, slots: Slots) -> tuple[Cut, ...]:
    """A cut for each period of a rate that has any of a span.

    Args:
        priced: The rate's time.
        start: Of the span, UTC, within it.
        end: Of the span, UTC, within it.
        slots: Of the month.
    """
    return _cuts(priced, to_ms(start) - slots.first_ms, to_ms(end) - slots.first_ms, slots)


@lru_cache(maxsize=4096)
def _cuts(priced: PricedTime, begin: int, until: int, slots: Slots) -> tuple[Cut, ...]:
    first, last = -(-begin // INTERVAL_MS), until // INTERVAL_MS
    span = np.zeros(slots.count, np.bool_)
    span[first:last] = True
    parts = list(_edges(begin, until))
    cuts = []
    for code, period in enumerate(priced.periods):
        chosen, own = span, parts
        if priced.codes is not None:
            chosen = span & (priced.codes == code)
            own = [part for part in parts if priced.codes[part[0]] == code]
        if own or chosen.any():
            cuts.append(Cut(period, slots, np.flatnonzero(chosen), chosen, tuple(own)))
    return tuple(cuts)


def _edges(begin: int, until: int) -> Iterator[_Part]:
    """The slots that a span has a part of."""
    first, last = begin // INTERVAL_MS, until // INTERVAL_MS
    head, tail = begin % INTERVAL_MS, until % INTERVAL_MS
    if first == last:
        yield first, head, tail
        return
    if head:
        yield first, head, INTERVAL_MS
    if tail:
        yield last, 0, tail


def _share(value: int, part: _Part) -> int:
    _, begin, until = part
    return value * until // INTERVAL_MS - value * begin // INTERVAL_MS


@lru_cache(maxsize=256)
def _touched_before(cut: Cut) -> Indices:
    return np.concatenate(([0], np.cumsum(cut.touched)))


@lru_cache(maxsize=4096)
def _by_day(cut: Cut, series: Slots) -> NDArray[np.float64]:
    offset = cut.slots.within(series).start
    weights = np.bincount(
        (cut.whole + offset) // QUARTERS_A_DAY, minlength=series.count // QUARTERS_A_DAY
    ).astype(np.float64)
    for slot, begin, until in cut.parts:
        weights[(slot + offset) // QUARTERS_A_DAY] += (until - begin) / INTERVAL_MS
    return weights / QUARTERS_A_DAY
