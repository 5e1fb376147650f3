"""Usage: what each circuit used for each customer in a month, the rows under a bill.

A row is a circuit version, cut where a customer's rate changes, in one time-of-use period.
Its kWh is rounded once, half up, to whole Wh; every total is the sum of rounded rows, so
that a customer with a calculator finds the same figure and no sum over customers can miss
a circuit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.time import MS_PER_HOUR
from bcm_mqtt.domain.usage.customer_load import PartOfInterval, Peak
from bcm_mqtt.domain.usage.uncertainty.budget import Budget, Component
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.domain.vee.quality import Quality

UNASSIGNED = ""
"""Customer of the circuits and poles that are unallocated."""

_HOUR_STEPS = 100


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the time was measured; all in hours, rounded to 0.01 h.

    Attributes:
        measured_hours: With readings.
        missing_hours: Neither measured nor estimated: nothing is billed for it.
        estimated_hours: Estimated by VEE.
        edited_hours: Entered by hand.
    """

    measured_hours: Decimal
    missing_hours: Decimal
    estimated_hours: Decimal = Decimal(0)
    edited_hours: Decimal = Decimal(0)

    @property
    def hours(self) -> Decimal:
        """All of the time."""
        return self.measured_hours + self.missing_hours + self.estimated_hours + self.edited_hours

    @property
    def share(self) -> Decimal:
        """Measured share of the time, 0 to 1."""
        return self.measured_hours / self.hours if self.hours else Decimal(0)

    @classmethod
    def total(cls, parts: Iterable["Coverage"]) -> "Coverage":
        """Circuit-hours of several rows."""
        listed = list(parts)
        return cls(
            sum((part.measured_hours for part in listed), Decimal(0)),
            sum((part.missing_hours for part in listed), Decimal(0)),
            sum((part.estimated_hours for part in listed), Decimal(0)),
            sum((part.edited_hours for part in listed), Decimal(0)),
        )


NO_TIME = Coverage(Decimal(0), Decimal(0))
"""Of lines that are not made of measured time."""


@dataclass(frozen=True, slots=True)
class SupplyHours:
    """Measured hours of energy from current, on a panel with companions; rounded to 0.01 h.

    Attributes:
        measured_voltage: At the voltage that a companion measured.
        nominal_voltage: At the nominal one.
        measured_power_factor: With the power factor that a companion measured.
        stated_power_factor: With the circuit's or the panel's.
    """

    measured_voltage: Decimal
    nominal_voltage: Decimal
    measured_power_factor: Decimal
    stated_power_factor: Decimal


@dataclass(frozen=True, slots=True)
class UsedMember:
    """What a member of a formula used in the time of a row.

    Attributes:
        sign: 1, or -1 of one that the formula takes away.
        panel: Panel id.
        circuit: The version that held.
        kwh: Rounded half up to 0.001; 0 where any member is missing.
    """

    sign: int
    panel: str
    circuit: CircuitVersion
    kwh: Decimal


@dataclass(frozen=True, slots=True)
class Usage:
    """What one circuit used for one customer over one span in one period of a rate.

    Attributes:
        panel: Panel id.
        circuit: The version that held.
        customer: Customer id, or UNASSIGNED.
        start: UTC.
        end: UTC.
        kwh: Rounded half up to 0.001: measured, estimated and edited.
        coverage: Hours of the span and period by how they came about.
        sources: Where the energy is from: what devices measured, or current.
        register_events: How often an energy register fell or jumped in it.
        period: Of the rate, such as `on-peak`; "" where it has but one.
        estimated_kwh: Of `kwh`, what was estimated.
        edited_kwh: Of `kwh`, what was entered by hand.
        peak: The circuit's own greatest interval of those that are wholly in it.
        parts: Of the intervals that are partly in it, where the circuit's row changed.
        qualities: Of its intervals.
        sampling_variance: Of `kwh`, in kWh^2, of bills that were issued before `components`.
        indicative: Whether it was polled slower than 60 s, so that its peak is indicative.
        supply: With what its energy was calculated from current; None on a panel without
            companions.
        assumed_power_factor: Whether energy was calculated from current with a power factor of
            1 that nobody stated and nothing measured.
        components: What may be wrong with `kwh`, by cause.
        members: Of a formula circuit, what its energy is made of; none of a measured one.
        calibration_kwh: Of `kwh`, what calibration to a revenue meter added, below 0 took away.
    """

    panel: str
    circuit: CircuitVersion
    customer: str
    start: datetime
    end: datetime
    kwh: Decimal
    coverage: Coverage
    sources: frozenset[EnergySource] = frozenset()
    register_events: int = 0
    period: str = ""
    estimated_kwh: Decimal = Decimal("0.000")
    edited_kwh: Decimal = Decimal("0.000")
    peak: Peak | None = None
    qualities: frozenset[Quality] = frozenset()
    sampling_variance: float = 0.0
    indicative: bool = False
    supply: SupplyHours | None = None
    assumed_power_factor: bool = False
    parts: tuple[PartOfInterval, ...] = ()
    components: tuple[Component, ...] = ()
    members: tuple[UsedMember, ...] = ()
    calibration_kwh: Decimal = Decimal("0.000")

    @property
    def uncalibrated_kwh(self) -> Decimal:
        """`kwh` as the circuit itself was measured."""
        return self.kwh - self.calibration_kwh

    @property
    def measured_circuits(self) -> tuple[tuple[str, CircuitVersion], ...]:
        """The circuits that were measured for it, each with its panel: itself, or its members."""
        if self.members:
            return tuple((member.panel, member.circuit) for member in self.members)
        return ((self.panel, self.circuit),)

    @property
    def measured_kwh(self) -> Decimal:
        """Of `kwh`, what was measured."""
        return self.kwh - self.estimated_kwh - self.edited_kwh

    @property
    def budget(self) -> Budget | None:
        """Why `kwh` may be off; None where it is not known, as on bills of earlier releases."""
        return Budget.of(self.components) if self.components else None


def hours_of(ms: int) -> Decimal:
    """Milliseconds as hours, rounded half up to 0.01."""
    return Decimal((2 * ms * _HOUR_STEPS + MS_PER_HOUR) // (2 * MS_PER_HOUR)).scaleb(-2)


def circuit_count(usage: Iterable[Usage]) -> int:
    """Circuits that rows are of; one has several where its month has several parts."""
    return len({(row.panel, row.circuit.id) for row in usage})


def total_kwh(usage: Iterable[Usage]) -> Decimal:
    """Sum of rounded rows, in kWh."""
    return sum((row.kwh for row in usage), Decimal("0.000"))


@dataclass(frozen=True, slots=True)
class PanelQuality:
    """A panel's month.

    Attributes:
        panel: Its id.
        circuits: How many, the poles without a circuit among them.
        kwh: All of it.
        estimated_kwh: Of it, estimated or entered by hand.
        coverage: Circuit-hours.
        findings: How many things validation found.
    """

    panel: str
    circuits: int
    kwh: Decimal
    estimated_kwh: Decimal
    coverage: Coverage
    findings: int
