"""Days whose intervals were removed, from the totals by day that stay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.domain.history.points import Band, Points, Source
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import CircuitSpan
from bcm_mqtt.domain.site.panel import Connection, Panel
from bcm_mqtt.domain.time import MS_PER_HOUR, from_ms
from bcm_mqtt.domain.vee.current_energy import microwatt_hours_per_milliamp_ms

_KWH_PER_MICROWATT_HOUR = 1e-9


@dataclass(frozen=True, slots=True)
class DayTotal:
    """A pole's current over a local day.

    Attributes:
        milliamp_ms: Over the covered time.
        covered_ms: For which a reading stood.
        least: mA.
        greatest: mA.
        by_device: Whether a device measured power or energy: then it is no matter of current.
    """

    milliamp_ms: int
    covered_ms: int
    least: int
    greatest: int
    by_device: bool


DayTotals = Mapping[tuple[int, date], DayTotal]
"""By pole and local day."""


def with_day_totals(
    points: Points,
    panel: Panel,
    spans: Sequence[CircuitSpan],
    totals: DayTotals,
    zone: ZoneInfo,
) -> Points:
    """The points, which are days, with totals where there are no intervals.

    Power is known only of whole days of one version whose power is linear in the currents:
    of a delta, or of what a device measured, a total of amperes does not say it, and neither does
    it where a companion measured the supply, of which there is no total.
    """
    grid = points.grid
    amps = {pole: _copy(band) for pole, band in points.amps.items()}
    watts = _copy(points.watts)
    kwh, measured_ms = points.kwh.copy(), points.measured_ms.copy()
    expected_ms = points.expected_ms.copy()
    filled = False
    bounds = zip(grid.edges_ms[:-1].tolist(), grid.edges_ms[1:].tolist(), strict=True)
    for at, (start, end) in enumerate(bounds):
        if measured_ms[at] > 0:
            continue
        day = from_ms(start).astimezone(zone).date()
        span = next((s for s in spans if s.start <= from_ms(start) and from_ms(end) <= s.end), None)
        if span is None:
            continue
        legs = [totals.get((pole, day)) for pole in panel.monitored(span.version.poles)]
        known = [leg for leg in legs if leg and leg.covered_ms]
        if not known or len(known) < len(legs):
            continue
        filled = True
        for pole, leg in zip(panel.monitored(span.version.poles), known, strict=True):
            _set(
                amps[pole],
                at,
                leg.least / PER_UNIT,
                leg.milliamp_ms / leg.covered_ms / PER_UNIT,
                leg.greatest / PER_UNIT,
            )
        joint = min(leg.covered_ms for leg in known)
        expected_ms[at], measured_ms[at] = end - start, joint
        if (energy := _energy(panel, span.version, known, joint)) is not None:
            kwh[at] = energy
            watts.mean[at] = energy * PER_UNIT / (joint / MS_PER_HOUR)
    if not filled:
        return points
    intervals = bool((points.measured_ms > 0).any())
    sources = (Source.INTERVALS, Source.DAY_TOTALS) if intervals else (Source.DAY_TOTALS,)
    return replace(
        points,
        sources=sources,
        amps=amps,
        watts=watts,
        kwh=kwh,
        measured_ms=measured_ms,
        expected_ms=expected_ms,
    )


def _energy(
    panel: Panel, version: CircuitVersion, legs: Sequence[DayTotal], joint: int
) -> float | None:
    """KWh over the joint time."""
    whole_delta = version.connection is Connection.DELTA and len(legs) == 3
    supplied = panel.voltage_from is not None or (
        panel.power_factor_from is not None and version.power_factor is None
    )
    if whole_delta or supplied or any(leg.by_device for leg in legs):
        return None
    amount = sum(leg.milliamp_ms * joint / leg.covered_ms for leg in legs)
    return amount * microwatt_hours_per_milliamp_ms(panel, version) * _KWH_PER_MICROWATT_HOUR


def _copy(band: Band) -> Band:
    return Band(band.least.copy(), band.mean.copy(), band.greatest.copy())


def _set(band: Band, at: int, least: float, mean: float, greatest: float) -> None:
    band.least[at], band.mean[at], band.greatest[at] = least, mean, greatest


def empty_days(points: Points) -> bool:
    """Whether some of its days have no interval."""
    return bool((np.asarray(points.measured_ms) == 0).any())
