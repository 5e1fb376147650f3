"""Uncertainty as a budget (JCGM 100): what may be wrong with a row's energy, cause by cause.

Each component is a standard uncertainty in kWh. What is common to several rows (its key: a type
of meter, the voltage, a default power factor, an outage, a circuit) adds up linearly; what is not
adds up in quadrature, as independent of each other do. Causes are independent of one another.
The expanded uncertainty is k = 2 of them: about 95 %.

Sampling, estimates and resolution are statistical: they can be seen in the readings. Classes,
voltage and power factor are bounds that no reading shows and that time does not average out.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import fsum, hypot, sqrt
from typing import Final

from bcm_mqtt.domain.money import WATT_HOUR, rounded

COVERAGE_FACTOR: Final = 2
"""So many standard deviations are stated: about 95 % (JCGM 100, 6.2 and 6.3)."""


class Cause(StrEnum):
    """Why energy may be off; the value is what reports show."""

    SAMPLING = "sampling"
    """A load is not looked at between two readings."""
    ESTIMATES = "estimated energy"
    """Some of it was not measured."""
    RESOLUTION = "resolution"
    """Readings come in steps."""
    ACCURACY = "meter and CT class"
    """Meters and current transformers err within their class."""
    VOLTAGE = "voltage"
    """Energy from current takes a voltage that is nominal, or measured elsewhere."""
    POWER_FACTOR = "power factor"
    """Energy from current takes a power factor that is stated, or not even that."""

    @property
    def statistical(self) -> bool:
        """Whether it shows in the readings; else it is a bound."""
        return self in {Cause.SAMPLING, Cause.ESTIMATES, Cause.RESOLUTION}


@dataclass(frozen=True, slots=True)
class Component:
    """One cause's part of what may be wrong with a row.

    Attributes:
        cause: Why.
        kwh: Standard uncertainty, rounded to 1 uWh; 0 of what is not included.
        basis: What it was taken from, in words, or what is not included; "" where the readings
            say it.
        key: Of what is common to components: they add up linearly. "" is independent.
    """

    cause: Cause
    kwh: float
    basis: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """All of one cause.

    Attributes:
        cause: Why.
        kwh: Standard uncertainty.
        bases: Of its components, each once.
        omitted: What is not included.
    """

    cause: Cause
    kwh: float
    bases: tuple[str, ...] = ()
    omitted: tuple[str, ...] = ()

    @classmethod
    def of(cls, cause: Cause, components: Iterable[Component]) -> "BudgetLine":
        """The line of components of one cause."""
        listed = list(components)
        bases, omitted = (
            tuple(sorted({one.basis for one in listed if bool(one.kwh) is there} - {""}))
            for there in (True, False)
        )
        return cls(cause, _together(listed), bases, omitted)

    @property
    def expanded_kwh(self) -> Decimal:
        """With k = 2, rounded to 0.001."""
        return expanded(self.kwh)


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be wrong with a sum of rows: a line for each cause, in the order of `Cause`."""

    lines: tuple[BudgetLine, ...]

    @classmethod
    def of(cls, components: Iterable[Component]) -> "Budget":
        """The budget of all rows' components."""
        by_cause = defaultdict[Cause, list[Component]](list)
        for component in components:
            by_cause[component.cause].append(component)
        lines = (BudgetLine.of(cause, own) for cause in Cause if (own := by_cause[cause]))
        return cls(tuple(lines))

    @property
    def statistical_kwh(self) -> Decimal:
        """Expanded: of the causes that show in the readings."""
        return self._expanded(line for line in self.lines if line.cause.statistical)

    @property
    def bounds_kwh(self) -> Decimal:
        """Expanded: of those that do not."""
        return self._expanded(line for line in self.lines if not line.cause.statistical)

    @property
    def expanded_kwh(self) -> Decimal:
        """Of all causes."""
        return self._expanded(self.lines)

    def _expanded(self, lines: Iterable[BudgetLine]) -> Decimal:
        return expanded(hypot(*(line.kwh for line in lines)))


def expanded(standard_kwh: float) -> Decimal:
    """Twice a standard uncertainty (k = 2), rounded half up to 0.001 kWh."""
    return rounded(Fraction(COVERAGE_FACTOR * standard_kwh), WATT_HOUR)


def _together(components: Iterable[Component]) -> float:
    """Linearly by key, all else in quadrature; in a fixed order, as floating sums depend on it."""
    common = defaultdict[str, list[float]](list)
    squares = []
    for one in components:
        if one.key:
            common[one.key].append(one.kwh)
        else:
            squares.append(one.kwh * one.kwh)
    squares += [fsum(own) ** 2 for own in common.values()]
    return sqrt(fsum(squares))


@dataclass(frozen=True, slots=True)
class Relative:
    """A standard uncertainty as a share of the energy, with its basis and key (`Component`)."""

    share: float
    basis: str
    key: str

    def of(self, cause: Cause, kwh: float) -> Iterator[Component]:
        """Of an energy; none of none."""
        if kwh and self.share:
            yield Component(cause, standard(kwh * self.share), self.basis, self.key)


def standard(kwh: float) -> float:
    """A standard uncertainty as it is stored: to 1 uWh."""
    return round(abs(kwh), 9)
