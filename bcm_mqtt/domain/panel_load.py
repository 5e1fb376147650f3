"""What a panel's main carries: phase currents, imbalance, neutral, loading, power."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from bcm_mqtt.domain.circuit import CircuitVersion
from bcm_mqtt.domain.loading import CircuitReading
from bcm_mqtt.domain.panel import Panel
from bcm_mqtt.domain.reading import Thousandths

_QUIET_SHARE = 0.1
"""Below this share of the main's rating the imbalance of a panel says nothing."""


@dataclass(frozen=True, slots=True)
class PanelLoad:
    """A panel's main at one poll; None where a reading it needs is missing.

    Attributes:
        phases: A by phase letter.
        watts: Sum of the circuits' real power.
        imbalance_percent: Greatest deviation of a phase from their mean, in % of the mean
            (NEMA MG 1); None under 10 % of the main's rating, where it says nothing.
        neutral_amps: Of the line-neutral load, by the vector sum of balanced phases.
        load_percent: Of the most loaded phase, in % of the main's rating.
    """

    phases: dict[str, float | None]
    watts: float | None
    imbalance_percent: float | None
    neutral_amps: float | None
    load_percent: float | None


def panel_load(
    panel: Panel,
    circuits: Iterable[tuple[CircuitVersion, CircuitReading]],
    current: Thousandths,
) -> PanelLoad:
    """The load of a panel's main from one poll.

    Args:
        panel: Geometry, service and rating.
        circuits: In service, each with its reading of this poll.
        current: mA by pole.
    """
    listed = list(circuits)
    everything = range(1, panel.pole_count + 1)
    phases = _phase_sums(panel, panel.monitored(tuple(everything)), current)
    neutral_poles = [
        pole for version, _ in listed if version.connection.needs_neutral for pole in version.poles
    ]
    watts = [reading.watts for _, reading in listed]
    return PanelLoad(
        phases=phases,
        watts=None if None in watts else sum(amount for amount in watts if amount is not None),
        imbalance_percent=_imbalance(phases, panel.main_rating),
        neutral_amps=_neutral(_phase_sums(panel, panel.monitored(tuple(neutral_poles)), current)),
        load_percent=_load(phases, panel.main_rating),
    )


def _phase_sums(
    panel: Panel, poles: Iterable[int], current: Thousandths
) -> dict[str, float | None]:
    sums: dict[str, float | None] = dict.fromkeys(panel.phase_letters, 0.0)
    for pole in poles:
        milliamps = current[pole - 1] if pole <= len(current) else None
        letter = panel.phase(pole)
        known = sums[letter]
        sums[letter] = None if milliamps is None or known is None else known + milliamps / 1000
    return sums


def _known(phases: dict[str, float | None]) -> list[float] | None:
    amps = [amount for amount in phases.values() if amount is not None]
    return amps if len(amps) == len(phases) else None


def _imbalance(phases: dict[str, float | None], main_rating: int | None) -> float | None:
    amps = _known(phases)
    if amps is None or not main_rating or max(amps) < _QUIET_SHARE * main_rating:
        return None
    mean = sum(amps) / len(amps)
    return 100 * max(abs(amount - mean) for amount in amps) / mean


def _neutral(phases: dict[str, float | None]) -> float | None:
    """Vector sum of the phase currents: 120 degrees apart, on split phase opposed."""
    amps = _known(phases)
    if amps is None:
        return None
    if len(amps) == 2:
        return abs(amps[0] - amps[1])
    a, b, c = amps
    return sqrt(max(0.0, a * a + b * b + c * c - a * b - b * c - c * a))


def _load(phases: dict[str, float | None], main_rating: int | None) -> float | None:
    amps = _known(phases)
    return None if amps is None or not main_rating else 100 * max(amps) / main_rating
