"""A customer's load: the sum of all circuits by interval, their peaks and days."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.domain.interval.slots import Flags, Integers, Slots
from bcm_mqtt.domain.time import MS_PER_HOUR, from_ms, to_ms

MICROWATT_HOURS_PER_KWH = 1_000_000_000
_INTERVALS_AN_HOUR = 4
_MICROWATT_HOURS_PER_WATT_HOUR = 1_000_000
_HALF = _MICROWATT_HOURS_PER_WATT_HOUR // 2


def kw_of(microwatt_hours: int) -> Decimal:
    """Mean power of an interval's energy in kW, rounded half up to 0.001."""
    return kwh_of(microwatt_hours * _INTERVALS_AN_HOUR)


def kwh_of(microwatt_hours: int) -> Decimal:
    """Energy in kWh, rounded half up to 0.001."""
    return Decimal((microwatt_hours + _HALF) // _MICROWATT_HOURS_PER_WATT_HOUR).scaleb(-3)


@dataclass(frozen=True, slots=True)
class Peak:
    """The greatest mean power over a 15-minute interval: the demand.

    Attributes:
        kw: Rounded half up to 0.001 kW.
        at: Start of the first interval that has it, UTC.
        measured: Whether all of the interval was measured.
    """

    kw: Decimal
    at: datetime
    measured: bool


@dataclass(frozen=True, slots=True)
class PartOfInterval:
    """What a row has of a 15-minute interval that another row has the rest of.

    Attributes:
        at: Start of the interval, UTC.
        microwatt_hours: Energy of the row's part.
        measured: Whether all of the interval was measured.
    """

    at: datetime
    microwatt_hours: int
    measured: bool


@dataclass(frozen=True, slots=True)
class DayEnergy:
    """A local day's energy, rounded half up to 0.001 kWh; `estimated_kwh` is of `kwh`."""

    day: date
    kwh: Decimal
    estimated_kwh: Decimal


@dataclass(frozen=True, slots=True)
class HourlyEnergy:
    """Energy by hour.

    Attributes:
        start: Of the first hour, UTC, a whole hour.
        kwh: One for each hour, rounded to 0.001.
    """

    start: datetime
    kwh: tuple[Decimal, ...]


@dataclass(slots=True)
class ReactiveLoad:
    """A sum of circuits' reactive energy by interval, of a customer whose tariff prices it.

    Attributes:
        microvar_hours: int64, slots; None of no circuit.
        unknown: Slots in which a circuit used energy and its reactive power was not measured.
        unknown_by: How many slots of each circuit, by panel id and the text of the circuit's id;
            0 of one of which all is known.
    """

    microvar_hours: Integers | None = field(default=None, repr=False)
    unknown: Flags | None = field(default=None, repr=False)
    unknown_by: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, other: "ReactiveLoad") -> None:
        """Adds another sum of the same slots, in place."""
        if other.microvar_hours is None or other.unknown is None:
            return
        if self.microvar_hours is None or self.unknown is None:
            self.microvar_hours = np.zeros_like(other.microvar_hours)
            self.unknown = np.zeros_like(other.unknown)
        self.microvar_hours += other.microvar_hours
        self.unknown |= other.unknown
        for circuit, slots in other.unknown_by.items():
            self.unknown_by[circuit] = self.unknown_by.get(circuit, 0) + slots


@dataclass(frozen=True, slots=True)
class Load:
    """A sum of circuits by interval; the coincident load of a customer, or of a site.

    Attributes:
        slots: The intervals of the month.
        microwatt_hours: int64, slots: energy, measured, estimated and edited.
        estimated: int64, slots: uWh of it that are estimated or edited.
        missing_ms: int64, slots: circuit time that is neither measured nor estimated.
        reactive: Reactive energy, of a customer whose tariff prices it; bills do not store it.
        groups: Of a customer with several tariffs the loads that each of them rates, by the name
            of the group; bills do not store them.
    """

    slots: Slots
    microwatt_hours: Integers = field(repr=False)
    estimated: Integers = field(repr=False)
    missing_ms: Integers = field(repr=False)
    reactive: ReactiveLoad = field(
        init=False, default_factory=ReactiveLoad, repr=False, compare=False
    )
    groups: "dict[str, Load]" = field(init=False, default_factory=dict, repr=False, compare=False)

    @classmethod
    def none(cls, slots: Slots) -> Self:
        """The load of no circuit, to add others to in place."""
        energy, estimated, missing = (np.zeros(slots.count, np.int64) for _ in range(3))
        return cls(slots, energy, estimated, missing)

    def add(self, other: "Load") -> None:
        """Adds another load of the same slots, in place."""
        self.microwatt_hours.__iadd__(other.microwatt_hours)
        self.estimated.__iadd__(other.estimated)
        self.missing_ms.__iadd__(other.missing_ms)
        self.reactive.add(other.reactive)
        for name, load in other.groups.items():
            self.of_group(name).add(load)

    def of_group(self, name: str) -> "Load":
        """The part of a group, to add others to in place."""
        return self.groups.setdefault(name, Load.none(self.slots))

    def peak(self, where: Flags | None = None) -> Peak | None:
        """The greatest interval, of those in `where`; None when all are 0 or there is none."""
        energy = self.microwatt_hours
        if where is not None:
            energy = np.where(where, energy, 0)
        if not energy.size or not (greatest := int(energy.max())):
            return None
        slot = int(energy.argmax())
        whole = not self.estimated[slot] and not self.missing_ms[slot]
        return Peak(kw_of(greatest), self.slots.at(slot), bool(whole))

    def hours(self, until: datetime) -> "HourlyEnergy":
        """Energy by hour of UTC, of whole hours before `until`.

        Where a month begins or ends at a half hour, the first or last hour holds its part only.
        The hours add up to the rounded energy of all.
        """
        first_ms = self.slots.first_ms // MS_PER_HOUR * MS_PER_HOUR
        hours = (self.slots.starts_ms - first_ms) // MS_PER_HOUR
        whole = min(to_ms(until), -(-self.slots.end_ms // MS_PER_HOUR) * MS_PER_HOUR)
        count = max(0, (whole - first_ms) // MS_PER_HOUR)
        within = hours < count
        sums = np.zeros(count, np.int64)
        np.add.at(sums, hours[within], self.microwatt_hours[within])
        totals = [Decimal(0), *(kwh_of(int(total)) for total in np.cumsum(sums))]
        return HourlyEnergy(
            from_ms(first_ms), tuple(after - before for before, after in pairwise(totals))
        )

    def days(self, zone: ZoneInfo) -> Iterator[DayEnergy]:
        """Energy by local day; the days add up to the rounded energy of all."""
        local = self.slots.local(zone)
        days, first = np.unique(local.days, return_index=True)
        if not days.size:
            return
        sums = (
            np.cumsum(np.add.reduceat(amounts, first))
            for amounts in (self.microwatt_hours, self.estimated)
        )
        before = before_estimated = Decimal(0)
        for day, energy, estimated in zip(days, *sums, strict=True):
            until, until_estimated = kwh_of(int(energy)), kwh_of(int(estimated))
            yield DayEnergy(
                date.fromordinal(int(day)), until - before, until_estimated - before_estimated
            )
            before, before_estimated = until, until_estimated
