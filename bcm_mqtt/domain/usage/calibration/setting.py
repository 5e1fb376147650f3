"""What a site states of a calibration: the revenue meter, what is behind it, and its bound."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Final

from bcm_mqtt.domain.interval.slots import QUARTERS_A_DAY, Integers
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.domain.usage.calibration.apportioning import divided
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH

USUAL_BOUND: Final = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Scope:
    """The circuits of a panel that are behind a meter.

    Attributes:
        panel: Panel id.
        only: First poles of them; None is all of the panel's.
        without: First poles that are not: the meter itself, what feeds other panels behind the
            meter, and what is not monitored and has a stated part.
    """

    panel: str
    only: frozenset[int] | None = None
    without: frozenset[int] = frozenset()

    def has(self, first_pole: int) -> bool:
        """Whether a circuit is one of them."""
        return first_pole not in self.without and (self.only is None or first_pole in self.only)


@dataclass(frozen=True, slots=True)
class StatedPart:
    """Energy behind the meter that is not monitored, as it is agreed.

    Attributes:
        name: What it is: `PANEL:POLE` of a circuit that is not monitored, or other words.
        share: Of what the meter measures, 0 to 1.
        kwh_a_day: Spread evenly, a 96th in each quarter hour.
    """

    name: str
    share: Decimal = Decimal(0)
    kwh_a_day: Decimal = Decimal(0)

    def microwatt_hours(self, fed: Integers) -> Integers:
        """Its energy by slot, rounded half up; `fed` is what the meter measured, uWh."""
        share = Fraction(self.share)
        floors, rests = divided(fed, share.numerator, share.denominator)
        steady = Fraction(self.kwh_a_day) * MICROWATT_HOURS_PER_KWH / QUARTERS_A_DAY
        return floors + (2 * rests >= share.denominator) + floor(steady + Fraction(1, 2))


@dataclass(frozen=True, slots=True)
class CalibratedTo:
    """Circuits that are calibrated to a revenue meter.

    Attributes:
        id: As the configuration has it.
        name: Of the meter, as bills have it.
        meter: The circuit that it is measured as.
        scopes: What is behind it, by panel.
        parts: What of it is not monitored.
        bound: Greatest share, 0 to 1, by which circuits are scaled up or down.
        valid_from: From when it holds, UTC, on a quarter hour.
        valid_to: Until when; None is for good.
    """

    id: str
    name: str
    meter: Feeder
    scopes: tuple[Scope, ...]
    parts: tuple[StatedPart, ...] = ()
    bound: Decimal = USUAL_BOUND
    valid_from: datetime = BEGINNING
    valid_to: datetime | None = None

    def holds_within(self, start: datetime, end: datetime) -> bool:
        """Whether it holds in any of a time."""
        return self.valid_from < end and (self.valid_to is None or start < self.valid_to)

    def scope(self, panel: str) -> Scope | None:
        """The circuits of a panel; None where none of them is behind the meter."""
        return next((one for one in self.scopes if one.panel == panel), None)

    @property
    def text(self) -> str:
        """All that figures depend on, but its time; equal settings have equal texts."""
        behind = (
            f"{one.panel} {'all' if one.only is None else sorted(one.only)} {sorted(one.without)}"
            for one in self.scopes
        )
        parts = (
            f"{one.name} {one.share.normalize()} {one.kwh_a_day.normalize()}" for one in self.parts
        )
        return "\n".join((str(self.meter), str(self.bound.normalize()), *behind, *parts))

    def has(self, panel: str, first_pole: int) -> bool:
        """Whether a circuit is behind the meter and scaled."""
        scope = self.scope(panel)
        return scope is not None and scope.has(first_pole)


def scopes_of(
    meter: Feeder,
    panels: Iterable[str],
    circuits: Iterable[Feeder],
    feeders: Mapping[str, Feeder],
    parts: Collection[str],
) -> tuple[Scope, ...]:
    """What is behind a meter, with the panels that its circuits feed, and what those feed.

    Args:
        meter: The circuit that it is measured as.
        panels: All circuits of which are behind it.
        circuits: Others that are. What the meter feeds is behind it in any case.
        feeders: The circuits that feed panels, by panel.
        parts: Names of what has a stated part.
    """
    only, without = defaultdict[str, set[int]](set), defaultdict[str, set[int]](set)
    for one in circuits:
        only[one.panel].add(one.pole)
    without[meter.panel].add(meter.pole)
    whole = set(panels)
    coming = True
    while coming:
        fed = {
            panel
            for panel, by in feeders.items()
            if by == meter or by.panel in whole or by.pole in only.get(by.panel, ())
        }
        coming = not fed <= whole
        whole |= fed
    for panel in whole:
        only.pop(panel, None)
        if panel in feeders:
            without[feeders[panel].panel].add(feeders[panel].pole)
    for name in parts:
        panel, _, pole = name.rpartition(":")
        if panel in {*whole, *only} and pole.isdecimal():
            without[panel].add(int(pole))
    return tuple(
        Scope(
            panel,
            frozenset(only[panel]) if panel in only else None,
            frozenset(without.get(panel, ())),
        )
        for panel in sorted({*whole, *only})
    )


def panels_behind(calibrations: Iterable[CalibratedTo], panels: Collection[str]) -> frozenset[str]:
    """The panels that share a revenue meter with any of some, the meters' own as well."""
    groups = ({one.meter.panel, *(scope.panel for scope in one.scopes)} for one in calibrations)
    return frozenset(panel for one in groups if not one.isdisjoint(panels) for panel in one)


def mains_of(
    feeders: Mapping[str, Feeder], calibrations: Iterable[CalibratedTo]
) -> frozenset[Feeder]:
    """Circuits whose energy is that of others: what feeds panels, and revenue meters."""
    return frozenset((*feeders.values(), *(one.meter for one in calibrations)))
