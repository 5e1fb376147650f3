"""Accuracy: what is known of how a circuit is measured, and what is assumed where nothing is.

Half-widths of evenly spread errors; their standard uncertainty is a share of sqrt(3)
(JCGM 100, 4.3.7).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import hypot, sqrt
from typing import Final

import numpy as np

from bcm_mqtt.domain.interval.slots import Floats
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.instrument import Instrument, instrument_spans
from bcm_mqtt.domain.site.panel import Panel, Service
from bcm_mqtt.domain.usage.uncertainty.budget import Relative

_SQRT3: Final = sqrt(3)
NOT_STATED_PERCENT: Final = Decimal(2)
"""Of a meter or transformer whose class nobody stated."""
_LOWEST_POWER_FACTOR: Final = 0.6
_STATED_POWER_FACTOR: Final = 0.05
"""So far a stated power factor may be off, as a share of it."""
_MEASURED_VOLTAGE: Final = Relative(
    float(NOT_STATED_PERCENT) / 100 / _SQRT3,
    f"measured voltage: class of its meter not stated: {NOT_STATED_PERCENT} %",
    "measured voltage",
)
_MEASURED_POWER_FACTOR: Final = Relative(
    0.2 / _SQRT3, "power factor of a companion that sees other loads as well: 20 %", "companion"
)
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
    def basis(self) -> str:
        """What is stated and what not, in words."""
        if self.meter is None and self.transformer is None:
            return f"classes of meter and CT not stated: {NOT_STATED_PERCENT} % each"
        return ", ".join((_class("meter", self.meter), self._transformer()))

    def _transformer(self) -> str:
        text = _class("CT", self.transformer)
        if self.transformer is None or self.transformer_amps is None:
            return text if self.transformer is None else f"{text}, its rating not stated"
        return f"{text} of {self.transformer_amps.normalize():f} A"

    def share(self, factor: float = 1.0) -> float:
        """Standard uncertainty as a share of the energy.

        Args:
            factor: Of the transformer's class, at the current in question.
        """
        meter = NOT_STATED_PERCENT if self.meter is None else self.meter
        transformer = NOT_STATED_PERCENT if self.transformer is None else self.transformer
        return hypot(float(meter), float(transformer) * factor) / 100 / _SQRT3

    def shares(self, amps: Floats) -> Floats:
        """The same by current: below its rating a transformer errs more (IEC 61869-2, 5.6)."""
        if self.transformer is None or self.transformer_amps is None:
            return np.full(amps.shape, self.share())
        loads = amps / float(self.transformer_amps)
        return np.select(
            [loads < 0.05, loads < 0.2], [self.share(3.0), self.share(1.5)], self.share()
        )


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
    if not instruments:
        return NOTHING_STATED
    spans = (span for pole in poles for span in instrument_spans(instruments, pole, start, end))
    held = [NOTHING_STATED if span.row is None else Classes.of(span.row) for span in spans]
    return max(held, key=Classes.share, default=NOTHING_STATED)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How well a circuit version is measured.

    Attributes:
        classes: Of its instruments.
        voltage: Of energy that is calculated from current at nominal voltage.
        measured_voltage: At the voltage that a companion measured.
        power_factor: With a power factor that is stated, or not even that.
        measured_power_factor: With one that a companion measured.
        step_milliamps: In which its currents come; 0 where it is not known.
    """

    classes: Classes
    voltage: Relative
    measured_voltage: Relative
    power_factor: Relative
    measured_power_factor: Relative
    step_milliamps: float


def accuracy_of(
    panel: Panel,
    version: CircuitVersion,
    learned_step_milliamps: int,
    classes: Classes = NOTHING_STATED,
) -> Accuracy:
    """What is known of a circuit version.

    Args:
        panel: Gives its service, a stated power factor and the step of its meters.
        version: May state its own power factor.
        learned_step_milliamps: From the panel's readings, where its meters' is not known.
        classes: Of its instruments.
    """
    step = panel.current_step
    return Accuracy(
        classes,
        nominal_voltage(panel.service),
        _MEASURED_VOLTAGE,
        _power_factor(panel, version),
        _MEASURED_POWER_FACTOR,
        # Readings are corrected before anything is learned from them.
        float(step * 1000) * classes.multiplier if step else float(learned_step_milliamps),
    )


def nominal_voltage(service: Service) -> Relative:
    """How far the voltage of a service may be from its name, most of the time."""
    american = {service.v_ll, service.v_ln or service.v_ll} <= _AMERICAN_VOLTS
    percent, standard = (5, "ANSI C84.1") if american else (10, "EN 50160")
    return Relative(
        percent / 100 / _SQRT3, f"nominal voltage: {percent} % ({standard})", "nominal voltage"
    )


def _power_factor(panel: Panel, version: CircuitVersion) -> Relative:
    if version.power_factor is not None:
        key = f"{panel.id}:{version.first_pole}"
        return Relative(_STATED_POWER_FACTOR / _SQRT3, "stated power factor: 5 %", key)
    if panel.states_power_factor:
        key = f"panel at {panel.power_factor.normalize():f}"
        return Relative(_STATED_POWER_FACTOR / _SQRT3, "stated power factor: 5 %", key)
    # Evenly from 0.6 to 1, seen from the billed 1: not from the mean.
    return Relative(
        (1 - _LOWEST_POWER_FACTOR) / _SQRT3,
        f"power factor not stated: {_LOWEST_POWER_FACTOR:g} to 1 for the billed 1",
        "not stated",
    )
