"""What a source of readings is, whatever its kind, and the settings of those over Modbus."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.register_step import RegisterScale
from bcm_mqtt.profiles import Profile


@dataclass(frozen=True, slots=True)
class Period:
    """What of a source is read together, and how often.

    Attributes:
        quantities: That are read.
        interval: Between two polls; zero is free running.
    """

    quantities: frozenset[Quantity]
    interval: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """Where some poles of a panel are read, and what is read of them.

    A kind of source is a class of its own with what only it needs.

    Attributes:
        name: In the identity of its snapshots; "" of a panel that lists no sources.
        gateway: Id of what it is read through, in `gateways`: one task reads all that has the
            same.
        measured: Which quantities it reads, by pole of the panel; at least one pole.
        poll_interval: Between two polls; zero is free running.
        periods: Of the quantities that have another one.
        valid_from: From when it is read, UTC, on a quarter hour; None is always.
        valid_to: Until when, UTC, on a quarter hour; None is for good.
        units: What each of its units measures, by the unit id that meters.csv knows it by; none
            of a kind whose meters have no number.
        register_scales: How energy registers count, by pole, of those that have one.
        steps: In which it gives a quantity, in its unit, of those that always have the same.
    """

    name: str = ""
    gateway: str
    measured: Mapping[int, frozenset[Quantity]]
    poll_interval: timedelta
    periods: Mapping[Quantity, timedelta] = field(default_factory=dict)
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    units: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    register_scales: Mapping[int, RegisterScale] = field(default_factory=dict)
    steps: Mapping[Quantity, Decimal] = field(default_factory=dict)

    @property
    def poles(self) -> tuple[int, ...]:
        """That it reads, from 1."""
        return tuple(sorted(self.measured))

    @property
    def quantities(self) -> frozenset[Quantity]:
        """That it reads of any pole."""
        return frozenset().union(*self.measured.values())

    @property
    def polled(self) -> tuple[Period, ...]:
        """What is read together: the quantities by interval, the shortest first."""
        by_interval: dict[timedelta, set[Quantity]] = {}
        for quantity in self.quantities:
            interval = self.periods.get(quantity, self.poll_interval)
            by_interval.setdefault(interval, set()).add(quantity)
        return tuple(
            Period(frozenset(by_interval[interval]), interval) for interval in sorted(by_interval)
        )

    def is_there(self, time: datetime) -> bool:
        """Whether it is read at an instant."""
        begun = self.valid_from is None or self.valid_from <= time
        return begun and (self.valid_to is None or time < self.valid_to)

    def meets(self, other: "SourceSettings") -> bool:
        """Whether both are there at any instant."""
        return (
            self.valid_to is None or other.valid_from is None or other.valid_from < self.valid_to
        ) and (
            other.valid_to is None or self.valid_from is None or self.valid_from < other.valid_to
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModbusSource(SourceSettings):
    """Meters on a line.

    Attributes:
        profile: Of the meters, with the panel's poles and overrides.
        unit_ids: Modbus addresses in the order of the profile's device ids.
    """

    profile: Profile
    unit_ids: tuple[int, ...]
