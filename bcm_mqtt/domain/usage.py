"""Usage: what each circuit used for each customer in a month, the rows under a bill.

A row is a circuit version, cut where a customer's rate changes. Its kWh is rounded once,
half up, to whole Wh; every total is the sum of rounded rows, so that a customer with a
calculator finds the same figure and no sum over customers can miss a circuit.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from bcm_mqtt.domain.circuit import CircuitVersion
from bcm_mqtt.domain.customer import CustomerRule
from bcm_mqtt.domain.customer_load import Peak
from bcm_mqtt.domain.directory import CircuitSpan, Directory, nobodys
from bcm_mqtt.domain.energy import PoleIntervals, circuit_energy
from bcm_mqtt.domain.instants import MS_PER_HOUR
from bcm_mqtt.domain.measured_energy import DeviceIntervals, EnergySource
from bcm_mqtt.domain.quality import Quality
from bcm_mqtt.domain.rounding import WATT_HOUR, rounded

UNASSIGNED = ""
"""Customer of the circuits and poles that nobody pays for."""

_HOUR_STEP = Decimal("0.01")

Cut = Callable[[str, datetime, datetime], Iterable[tuple[datetime, datetime]]]
"""Cuts a customer's time where a rate changes."""


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
    def total(cls, parts: "Iterable[Coverage]") -> "Coverage":
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
        peak: The circuit's own greatest interval in it.
        qualities: Of its intervals.
        sampling_variance: Of `kwh`, in kWh^2; `domain.sampling`.
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

    @property
    def measured_kwh(self) -> Decimal:
        """Of `kwh`, what was measured."""
        return self.kwh - self.estimated_kwh - self.edited_kwh


def panel_usage(
    directory: Directory,
    intervals: PoleIntervals,
    rule: CustomerRule,
    cut: Cut,
    start: datetime,
    end: datetime,
    devices: DeviceIntervals = MappingProxyType({}),
) -> Iterator[Usage]:
    """Usage of every circuit of a panel, and of the poles that no circuit claims.

    Poles without a circuit are taken as line-neutral loads of nobody's (on a service
    without neutral as one leg of a line-line load), so that what they draw appears in
    the site's unallocated energy.
    """
    measured = tuple(sorted(intervals.keys() | devices.keys()))
    for span in (*directory.spans(start, end), *_unclaimed(directory, measured, start, end)):
        customer = rule.customer_of(span.version)
        for begin, until in cut(customer, span.start, span.end):
            energy = circuit_energy(directory.panel, span.version, intervals, begin, until, devices)
            # What is missing is the rest, so that both add up to the span also when rounded.
            hours, read = hours_of(energy.span_ms), hours_of(energy.measured_ms)
            yield Usage(
                panel=directory.panel.id,
                circuit=span.version,
                customer=customer,
                start=begin,
                end=until,
                kwh=rounded(energy.kwh, WATT_HOUR),
                coverage=Coverage(read, hours - read),
                sources=energy.sources,
                register_events=energy.register_events,
            )


def _unclaimed(
    directory: Directory, measured: tuple[int, ...], start: datetime, end: datetime
) -> Iterator[CircuitSpan]:
    """Spans of each measured pole during which no circuit claims it."""
    claims: dict[int, list[CircuitSpan]] = {}
    for span in directory.spans(start, end):
        for pole in span.version.poles:
            claims.setdefault(pole, []).append(span)
    for pole in directory.panel.monitored(measured):
        free_from = start
        version = nobodys(pole, directory.panel)
        for claim in sorted(claims.get(pole, ()), key=lambda span: span.start):
            if free_from < claim.start:
                yield CircuitSpan(version, free_from, claim.start)
            free_from = max(free_from, claim.end)
        if free_from < end:
            yield CircuitSpan(version, free_from, end)


def hours_of(ms: Fraction | int) -> Decimal:
    """Milliseconds as hours, rounded half up to 0.01."""
    return rounded(Fraction(ms) / MS_PER_HOUR, _HOUR_STEP)
