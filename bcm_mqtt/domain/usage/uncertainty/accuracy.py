"""Accuracy: what is known of how a circuit is measured, and what is assumed where nothing is.

Half-widths of evenly spread errors; their standard uncertainty is a share of sqrt(3)
(JCGM 100, 4.3.7).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from math import hypot, sqrt
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.slots import Floats
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.site.instrument import Instrument, instrument_spans
from bcm_mqtt.domain.site.panel import Panel, Service
from bcm_mqtt.domain.usage.uncertainty.budget import Relative

_SQRT3: Final = sqrt(3)
NOT_STATED_PERCENT: Final = Decimal(2)
"""Of a meter or transformer whose class nobody stated."""
_LOWEST_POWER_FACTOR: Final = 0.6
_TOLERANCE: Final = Decimal("0.05")
"""How far a stated power factor may be off where nobody stated that either, as a share of it."""
_TOLERANCE_OF_OTHER_LOADS: Final = Decimal("0.2")
"""Of one that is measured together with other loads'."""
NOMINAL_VOLTAGE: Final = "nominal voltage"
"""What energy from current at nominal voltage has in common."""
_AMERICAN_VOLTS: Final = frozenset({120, 208, 240, 277, 347, 480, 600})
"""Nominal voltages of ANSI C84.1 and CSA C235; others are of EN 50160 or IEC 60038."""


@dataclass(frozen=True, slots=True)
class Classes:
    """Accuracy classes of a circuit's instruments in percent; None where not stated.

    Attributes:
        meter_type: Maker and model: what meters of one type have in common. "" for unknown.
        meter: Class of the meter.
        transformer: Class of the current transformer.
        transformer_amps: Its rated primary current.
        multiplier: Of its readings, and so of the step in which they come.
    """

    meter_type: str = ""
    meter: Decimal | None = None
    transformer: Decimal | None = None
    transformer_amps: Decimal | None = None
    multiplier: float = 1.0

    @classmethod
    def of(cls, row: Instrument) -> "Classes":
        """Those of an instrument."""
        return cls(
            f"{row.maker} {row.model}".strip(),
            row.meter_class_percent,
            row.ct_class_percent,
            row.ct_rating_amps,
            float(row.multiplier),
        )

    @property
    def meter_basis(self) -> str:
        """What is stated of the meter alone, in words."""
        return _class("meter", self.meter)

    @property
    def basis(self) -> str:
        """What is stated and what not, in words."""
        if self.meter is None and self.transformer is None:
            return f"classes of meter and CT not stated: {NOT_STATED_PERCENT} % each"
        return f"{self.meter_basis}, {self._transformer()}"

    def _transformer(self) -> str:
        text = _class("CT", self.transformer)
        if self.transformer is None or self.transformer_amps is None:
            return text if self.transformer is None else f"{text}, its rating not stated"
        return f"{text} of {self.transformer_amps.normalize():f} A"

    @property
    def meter_share(self) -> float:
        """Standard uncertainty by the meter alone, as a share of what it measures."""
        return float(_percent(self.meter)) / 100 / _SQRT3

    @property
    def stated_share(self) -> float:
        """Standard uncertainty by what is stated alone, as a share; 0 where nothing is."""
        nothing = Decimal(0)
        return _share(self.meter or nothing, self.transformer or nothing, 1.0)

    def share(self, factor: float = 1.0) -> float:
        """Standard uncertainty as a share of the energy.

        Args:
            factor: Of the transformer's class, at the current in question.
        """
        return _share(_percent(self.meter), _percent(self.transformer), factor)

    def shares(self, amps: Floats) -> Floats:
        """The same by current: below its rating a transformer errs more (IEC 61869-2, 5.6)."""
        if self.transformer is None or self.transformer_amps is None:
            return np.full(amps.shape, self.share())
        loads = amps / float(self.transformer_amps)
        return np.select(
            [loads < 0.05, loads < 0.2], [self.share(3.0), self.share(1.5)], self.share()
        )


@lru_cache(maxsize=256)
def _share(meter: Decimal, transformer: Decimal, factor: float) -> float:
    return hypot(float(meter), float(transformer) * factor) / 100 / _SQRT3


def _percent(of_class: Decimal | None) -> Decimal:
    return NOT_STATED_PERCENT if of_class is None else of_class


def _class(what: str, percent: Decimal | None) -> str:
    if percent is None:
        return f"class of {what} not stated: {NOT_STATED_PERCENT} %"
    return f"{what} of class {percent.normalize():f}"


NOTHING_STATED: Final = Classes()


def classes_of(
    instruments: Sequence[Instrument], poles: Iterable[int], start: datetime, end: datetime
) -> Classes:
    """The widest of the classes that hold for a circuit's poles at some time of a month.

    Args:
        instruments: Of the panel.
        poles: Of the circuit.
        start: Of the month, UTC.
        end: Of the month, UTC.
    """
    return max(_held(instruments, poles, start, end), key=Classes.share, default=NOTHING_STATED)


def _held(
    instruments: Sequence[Instrument], poles: Iterable[int], start: datetime, end: datetime
) -> list[Classes]:
    if not instruments:
        return []
    spans = (span for pole in poles for span in instrument_spans(instruments, pole, start, end))
    return [NOTHING_STATED if span.row is None else Classes.of(span.row) for span in spans]


@dataclass(frozen=True, slots=True)
class CompanionClasses:
    """Accuracy classes of what measures a panel's supply.

    Attributes:
        voltage: Of the meter of its voltages.
        power_factor: Of the meter of its power factors.
    """

    voltage: Classes = NOTHING_STATED
    power_factor: Classes = NOTHING_STATED

    @classmethod
    def of(
        cls,
        panel: Panel,
        instruments_of: Callable[[str], Sequence[Instrument]],
        start: datetime,
        end: datetime,
    ) -> "CompanionClasses":
        """The widest that the meters of a panel's companions have at some time of a month.

        Args:
            panel: With its companions.
            instruments_of: Of a panel, by its id.
            start: Of the month, UTC.
            end: Of the month, UTC.
        """

        def widest(companion: Companion | None) -> Classes:
            if companion is None:
                return NOTHING_STATED
            held = _held(instruments_of(companion.panel), companion.poles, start, end)
            return max(held, key=lambda one: one.meter_share, default=NOTHING_STATED)

        return cls(widest(panel.voltage_from), widest(panel.power_factor_from))


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How well a circuit version is measured.

    Attributes:
        classes: Of its instruments.
        voltage: Of energy that is calculated from current at nominal voltage.
        measured_voltage: At the voltage that a companion measured.
        power_factor: With a power factor that is stated, or not even that.
        measured_power_factor: With one that a companion measured.
    """

    classes: Classes
    voltage: Relative
    measured_voltage: Relative
    power_factor: Relative
    measured_power_factor: Relative


def accuracy_of(
    panel: Panel,
    version: CircuitVersion,
    classes: Classes = NOTHING_STATED,
    companions: CompanionClasses = CompanionClasses(),
) -> Accuracy:
    """What is known of a circuit version.

    Args:
        panel: Gives its service and a stated power factor.
        version: May state its own power factor, and how far that may be off.
        classes: Of its instruments.
        companions: Of the meters of the panel's companions.
    """
    return Accuracy(
        classes,
        nominal_voltage(panel.service),
        _measured_voltage(companions.voltage),
        _power_factor(panel, version),
        _measured_power_factor(panel, version, companions.power_factor),
    )


@lru_cache(maxsize=64)
def _measured_voltage(meter: Classes) -> Relative:
    return Relative(
        meter.meter_share,
        f"measured voltage: {meter.meter_basis}",
        f"measured voltage {meter.meter_type}",
    )


@lru_cache(maxsize=64)
def nominal_voltage(service: Service) -> Relative:
    """How far the voltage of a service may be from its name, most of the time."""
    american = {service.v_ll, service.v_ln or service.v_ll} <= _AMERICAN_VOLTS
    percent, standard = (5, "ANSI C84.1") if american else (10, "EN 50160")
    return Relative(
        percent / 100 / _SQRT3, f"nominal voltage: {percent} % ({standard})", NOMINAL_VOLTAGE
    )


def _power_factor(panel: Panel, version: CircuitVersion) -> Relative:
    if version.states_power_factor(panel):
        of_panel = f"panel at {panel.power_factor.normalize():f}"
        own = f"{panel.id}:{version.first_pole}"
        key = of_panel if version.power_factor is None else own
        return _tolerated("stated power factor", version.power_factor_tolerance or _TOLERANCE, key)
    # Evenly from 0.6 to 1, seen from the billed 1: not from the mean.
    return Relative(
        (1 - _LOWEST_POWER_FACTOR) / _SQRT3,
        f"power factor not stated: {_LOWEST_POWER_FACTOR:g} to 1 for the billed 1",
        "not stated",
    )


def _measured_power_factor(panel: Panel, version: CircuitVersion, meter: Classes) -> Relative:
    companion, what = panel.power_factor_from, "measured power factor"
    if version.power_factor_tolerance is None:
        if companion and companion.panel == panel.id and {*version.poles} <= {*companion.poles}:
            basis = f"power factor measured on the circuit: {meter.meter_basis}"
            return Relative(meter.meter_share, basis, f"{what} {meter.meter_type}")
        what = "power factor of a companion that sees other loads as well"
    tolerance = version.power_factor_tolerance or _TOLERANCE_OF_OTHER_LOADS
    return _tolerated(what, tolerance, "companion")


@lru_cache(maxsize=256)
def _tolerated(what: str, tolerance: Decimal, key: str) -> Relative:
    """By how far a power factor may be off."""
    percent = (100 * tolerance).normalize()
    return Relative(float(tolerance) / _SQRT3, f"{what}: {percent:f} %", key)
