"""A panel for commissioning: somebody switches a load on breaker after breaker.

Sixteen three-phase meters measure its 48 poles: three neighbours of one side each. Beside the load
that is switched its circuits draw what those of the demonstration panel do, so that compressors
start while somebody walks. Transformers may sit on another breaker, or the wrong way round.
"""

import math
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bcm_mqtt.simulator.layout import demo_panel
from bcm_mqtt.simulator.measuring_meter import MeasuringMeter, PhaseReading
from bcm_mqtt.simulator.panel import POLES, SimulatedPanel

_PHASES: Final = 3
_POWER_FACTOR_ANGLE: Final = math.acos(0.98)


@dataclass(slots=True)
class SwitchedPanel:
    """What the meters of such a panel measure; `on` is changed by whoever walks.

    Attributes:
        panel: What its circuits draw beside.
        on: Poles whose load is switched on.
        load_amps: What that draws.
        transformers: On which breaker's pole the transformer of a meter's pole sits, of those
            that do not sit on their own.
        reversed_poles: Of meters whose transformer sits the wrong way round.
        ratios: What a meter's pole shows of its current, of those with another transformer.
        volts: Line to neutral.
    """

    panel: SimulatedPanel = field(default_factory=lambda: demo_panel("rpp-1a", 7))
    on: set[int] = field(default_factory=set)
    load_amps: float = 8.3
    transformers: Mapping[int, int] = field(default_factory=dict)
    reversed_poles: AbstractSet[int] = frozenset()
    ratios: Mapping[int, float] = field(default_factory=dict)
    volts: float = 120.0
    _drawn: tuple[datetime | None, list[int]] = field(init=False, repr=False, default=(None, []))
    """The instant for which the panel was calculated last, for all sixteen meters."""

    def amps(self, at: datetime) -> list[float]:
        """What flows through each breaker, index 0 is pole 1: what a clamp meter shows there."""
        if self._drawn[0] != at:
            self._drawn = at, self.panel.tenths(at)
        return [
            tenths / 10 + self.load_amps * (pole in self.on)
            for pole, tenths in enumerate(self._drawn[1], start=1)
        ]

    def readings(self, poles: tuple[int, ...], at: datetime) -> list[PhaseReading]:
        """What the meter of some poles measures."""
        amps = self.amps(at)
        return [self._reading(pole, amps) for pole in poles]

    def meters(self, clock: Callable[[], datetime]) -> dict[int, MeasuringMeter]:
        """The sixteen meters by unit id, those of the left side first."""

        def meter(poles: tuple[int, ...]) -> MeasuringMeter:
            return MeasuringMeter(lambda at: self.readings(poles, at), clock)

        return {unit: meter(poles) for unit, poles in meter_poles().items()}

    def _reading(self, pole: int, amps: list[float]) -> PhaseReading:
        breaker = self.transformers.get(pole, pole)
        # The current of another phase stands 120 degrees from the voltage that it is paired with.
        phases_off = (_row(breaker) - _row(pole)) % _PHASES
        angle = _POWER_FACTOR_ANGLE + phases_off * 2 * math.pi / _PHASES
        if pole in self.reversed_poles:
            angle += math.pi
        shown = amps[breaker - 1] * self.ratios.get(pole, 1.0)
        return PhaseReading(self.volts, shown, math.cos(angle), leading=math.sin(angle) < 0)


def meter_poles() -> dict[int, tuple[int, ...]]:
    """The poles of each of the sixteen meters, by unit id."""
    starts = [
        first + 2 * _PHASES * meter for first in (1, 2) for meter in range(POLES // 2 // _PHASES)
    ]
    return {
        unit: tuple(range(start, start + 2 * _PHASES, 2)) for unit, start in enumerate(starts, 1)
    }


def _row(pole: int) -> int:
    return (pole - 1) // 2
