"""What a panel's main carries: phase currents, imbalance, neutral, loading, power."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import NamedTuple

from bcm_mqtt.domain.reading.loading import CircuitMeter
from bcm_mqtt.domain.reading.reading import PER_UNIT, Thousandths
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.panel import Panel

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


class PairLoad(NamedTuple):
    """A feed of a redundant pair, in % of the smaller of the two main ratings.

    Attributes:
        combined_percent: What it would carry if the other feed failed.
        own_percent: What it carries now.
    """

    combined_percent: float
    own_percent: float


@dataclass(frozen=True, slots=True)
class PanelMeter:
    """A panel's main, made ready to be read at every poll.

    Attributes:
        panel: Gives the main's rating.
        phases: Indices of the measured poles in a snapshot's values, by phase letter.
        neutral: Those of line-neutral loads.
    """

    panel: Panel
    phases: Mapping[str, tuple[int, ...]]
    neutral: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, panel: Panel, versions: Iterable[CircuitVersion]) -> "PanelMeter":
        """The main of a panel with these circuits in service."""
        neutral_poles = [
            pole
            for version in versions
            if version.connection.needs_neutral
            for pole in version.poles
        ]
        everything = range(1, panel.pole_count + 1)
        return cls(panel, _by_phase(panel, everything), _by_phase(panel, neutral_poles))

    def load(self, current: Thousandths, watts: Sequence[float | None]) -> PanelLoad:
        """What the main carries.

        Args:
            current: mA by pole.
            watts: Of each circuit.
        """
        phases, rating = _sums(self.phases, current), self.panel.main_rating
        known = [amount for amount in watts if amount is not None]
        # Without any reading nothing is known, not even of a panel without circuits.
        some = bool(known) or any(milliamps is not None for milliamps in current)
        complete = some and len(known) == len(watts)
        return PanelLoad(
            phases=phases,
            watts=sum(known) if complete else None,
            imbalance_percent=_imbalance(phases, rating),
            neutral_amps=_neutral(_sums(self.neutral, current)),
            load_percent=_load(phases, rating),
        )


@dataclass(frozen=True, slots=True)
class PanelMeters:
    """The meters of the circuits in service until the next version begins: made once, not per poll.

    Attributes:
        directory: The circuits are of.
        since: Determined at that time.
        until: When a later version begins.
        meters: By first pole.
        main: Of the panel.
    """

    directory: Directory
    since: datetime
    until: datetime | None
    meters: Mapping[int, CircuitMeter]
    main: PanelMeter

    @classmethod
    def at(cls, directory: Directory, time: datetime) -> "PanelMeters":
        """Those of a time."""
        versions = directory.shown_at(time)
        meters = {
            pole: CircuitMeter.of(directory.panel, version) for pole, version in versions.items()
        }
        main = PanelMeter.of(directory.panel, versions.values())
        return cls(directory, time, directory.changes_after(time), meters, main)

    def holds(self, directory: Directory, time: datetime) -> bool:
        """Whether these are still the circuits."""
        same = directory is self.directory and time >= self.since
        return same and (self.until is None or time < self.until)

    def circuit_at(self, pole: int) -> CircuitVersion | None:
        """The circuit that has a pole."""
        for meter in self.meters.values():
            if pole in meter.version.poles:
                return meter.version
        return None


def _by_phase(panel: Panel, poles: Iterable[int]) -> dict[str, tuple[int, ...]]:
    monitored = panel.monitored(tuple(poles))
    return {
        letter: tuple(pole - 1 for pole in monitored if panel.phase(pole) == letter)
        for letter in panel.phase_letters
    }


def _sums(phases: Mapping[str, tuple[int, ...]], current: Thousandths) -> dict[str, float | None]:
    return {letter: _sum(indices, current) for letter, indices in phases.items()}


def _sum(indices: tuple[int, ...], current: Thousandths) -> float | None:
    try:
        return sum([current[index] for index in indices]) / PER_UNIT  # type: ignore[misc]
    except (IndexError, TypeError):  # a snapshot may have fewer poles; None is no reading
        return None


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


def combined_load_percent(
    ours: Mapping[str, float | None], theirs: Mapping[str, float | None], smaller_rating: int
) -> float | None:
    """What the survivor would carry if the other feed failed, on its most loaded phase.

    Args:
        ours: A by phase letter.
        theirs: A by phase letter of the other panel.
        smaller_rating: Amps of the smaller of the two main breakers.

    Returns:
        % of the smaller rating; None where a phase's current is missing.
    """
    sums = []
    for letter, amps in ours.items():
        others = theirs.get(letter)
        if amps is None or others is None:
            return None
        sums.append(amps + others)
    return 100 * max(sums) / smaller_rating if sums else None
