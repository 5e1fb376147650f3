"""Reads a panel's past by interval, as its instruments correct it and with its companions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import gcd

from bcm_mqtt.domain.history.circuit_slots import Extremes, PanelPast
from bcm_mqtt.domain.history.corrected_sums import corrected_extremes, correction_edges_ms
from bcm_mqtt.domain.history.grid import Grid
from bcm_mqtt.domain.interval.corrected import corrected_powers, corrected_profile, shifted_poles
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.phase_values import ElectricalIntervals, phase_values
from bcm_mqtt.domain.site.directory import CircuitSpan, Directory
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.vee.panel_registers import Registers
from bcm_mqtt.store import Intervals

_NEXT = timedelta(milliseconds=INTERVAL_MS)
"""What flowed at the end is read from a register in the quarter hour after it."""


def panel_past(
    stored: Intervals,
    directory: Directory,
    spans: Sequence[CircuitSpan],
    grid: Grid,
    now: datetime,
    *,
    with_extremes: bool,
) -> PanelPast:
    """What was measured of some circuits of a panel.

    Args:
        stored: Intervals of the database.
        directory: The panel with its instruments.
        spans: The circuits' versions with their times.
        grid: Of the query.
        now: The present.
        with_extremes: Whether the query includes them.
    """
    panel, rows, time = directory.panel, directory.instruments, (grid.start, grid.end)
    poles = panel.monitored(tuple(sorted({pole for one in spans for pole in one.version.poles})))
    profile = corrected_profile(stored.load_profile(panel.id, *time, poles), rows)
    shifted = shifted_poles(rows)
    reactive = stored.electrical_intervals(panel.id, *time, shifted) if shifted else {}
    extremes: Mapping[int, Extremes] = {}
    if with_extremes:
        together_ms = _together_ms(spans, grid, correction_edges_ms(rows, poles))
        read = stored.extremes(panel.id, *time, poles, together_ms)
        extremes = corrected_extremes(read, rows, together_ms)
    return PanelPast(
        panel,
        profile,
        corrected_powers(
            stored.device_intervals(panel.id, grid.start, grid.end + _NEXT), rows, reactive
        ),
        {pole: to_ms(at) for pole, at in stored.first_intervals(panel.id).items()},
        to_ms(now),
        extremes,
        Registers.of(stored.registers(panel.id, grid.start, grid.end + _NEXT), rows, {}),
        phase_values(panel, companions_measured(stored, panel, *time), profile.slots),
    )


def companions_measured(
    stored: Intervals, panel: Panel, start: datetime, end: datetime
) -> ElectricalIntervals:
    """What a panel's companions measured in start <= t < end; nothing where it has none."""
    named = {one for one in (panel.voltage_from, panel.power_factor_from) if one is not None}
    return {one: stored.electrical_intervals(one.panel, start, end, one.poles) for one in named}


def _together_ms(spans: Iterable[CircuitSpan], grid: Grid, corrections_ms: Iterable[int]) -> int:
    """The longest time whose multiples lie within one point, one version and one correction."""
    edges = grid.edges_ms.tolist()
    changes = {to_ms(at) for span in spans for at in (span.start, span.end)}
    for ms in (*changes, *corrections_ms):
        if edges[0] < ms < edges[-1]:
            edges.append(ms - ms % INTERVAL_MS)
    return gcd(*edges)
