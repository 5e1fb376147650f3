"""A circuit's past from snapshots: every reading stands until the next one, at most 1.5 polls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

import numpy as np

from bcm_mqtt.domain.history.grid import Grid
from bcm_mqtt.domain.history.joined_polls import Row, joined
from bcm_mqtt.domain.history.points import Band, Floats, Points, Source, ratio
from bcm_mqtt.domain.history.supplied_power import supplied_watts
from bcm_mqtt.domain.interval.interval import hold_ms
from bcm_mqtt.domain.interval.phase_values import ElectricalIntervals
from bcm_mqtt.domain.interval.slots import Integers
from bcm_mqtt.domain.reading.loading import CircuitMeter
from bcm_mqtt.domain.reading.reading import PER_UNIT, Snapshot
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import CircuitSpan
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import MS_PER_HOUR, to_ms


@dataclass(frozen=True, slots=True)
class Polls:
    """The polls of some time: how many, and the longest period that one had."""

    count: int
    longest_ms: int


def polled_points(
    panel: Panel,
    spans: Sequence[CircuitSpan],
    snapshots: Sequence[Snapshot],
    grid: Grid,
    measured: ElectricalIntervals = MappingProxyType({}),
) -> Points:
    """The points of a circuit.

    Args:
        panel: Its panel.
        spans: Its versions with their times.
        snapshots: Of the panel by time, with their sources, from so long before the grid that
            readings of then can stand in it; as the panel's instruments correct them.
        grid: Of the query.
        measured: By the panel's companions, of the time of the snapshots.
    """
    amps: dict[int, _Held] = {}
    watts = _Held(grid)
    expected_ms = np.zeros(grid.lengths_ms.size)
    for span in spans:
        within = [one for one in snapshots if span.start <= _until(one) and one.time < span.end]
        begin, end = to_ms(span.start), to_ms(span.end)
        alone = [Row(one, hold_ms(one.interval_ms)) for one in within]
        rows = joined(within, CircuitMeter.of(panel, span.version).indices)
        powers = _watts(panel, span.version, [row.poll for row in rows], measured)
        watts.add(rows, powers, begin, end)
        for pole in panel.monitored(span.version.poles):
            values = [_amps(one, pole) for one in within]
            amps.setdefault(pole, _Held(grid)).add(alone, values, begin, end)
        held = np.minimum(grid.edges_ms[1:], end) - np.maximum(grid.edges_ms[:-1], begin)
        expected_ms += np.maximum(held, 0)
    return Points(
        grid,
        (Source.SNAPSHOTS,),
        {pole: held.band() for pole, held in sorted(amps.items())},
        watts.band(),
        np.where(watts.covered_ms > 0, watts.sums / MS_PER_HOUR / PER_UNIT, np.nan),
        watts.covered_ms,
        expected_ms,
    )


def _watts(
    panel: Panel,
    version: CircuitVersion,
    snapshots: Sequence[Snapshot],
    measured: ElectricalIntervals,
) -> list[float | None]:
    """The power of a circuit at each snapshot."""
    meter = CircuitMeter.of(panel, version)
    watts = [meter.reading(one.current, one.power).watts for one in snapshots]
    if measured:
        supplied = supplied_watts(panel, version, snapshots, measured)
        watts = [
            by_supply if one.power is None else by_device
            for one, by_device, by_supply in zip(snapshots, watts, supplied, strict=True)
        ]
    powered = [one.time for one in snapshots if _has_power(one, meter)]
    if not powered:
        return watts
    # Between them, a poll of a period that does not read power says nothing of it.
    return [
        None if one.power is None and powered[0] <= one.time <= powered[-1] else by
        for one, by in zip(snapshots, watts, strict=True)
    ]


def _has_power(one: Snapshot, meter: CircuitMeter) -> bool:
    power = one.power or ()
    return any(index < len(power) and power[index] is not None for index in meter.indices)


def _until(one: Snapshot) -> datetime:
    return one.time + timedelta(milliseconds=hold_ms(one.interval_ms))


def _amps(one: Snapshot, pole: int) -> float | None:
    milliamps = one.current[pole - 1] if pole <= len(one.current) else None
    return None if milliamps is None else milliamps / PER_UNIT


class _Held:
    """What readings sum up to over the points of a grid."""

    def __init__(self, grid: Grid) -> None:
        self._edges = grid.edges_ms
        count = grid.lengths_ms.size
        self.sums, self.covered_ms = np.zeros((2, count))
        self.least, self.greatest = np.full((2, count), np.nan)

    def add(
        self,
        rows: Sequence[Row],
        values: Sequence[float | None],
        begin_ms: int,
        end_ms: int,
    ) -> None:
        """Adds readings as far as they stand in begin <= t < end."""
        pairs = zip(rows, values, strict=True)
        read = [(row, value) for row, value in pairs if value is not None]
        if not read:
            return
        times = np.array([to_ms(row.poll.time) for row, _ in read], np.int64)
        holds = np.array([row.hold_ms for row, _ in read], np.int64)
        amounts = np.array([value for _, value in read], np.float64)
        following = np.append(times[1:], end_ms)
        until = np.minimum(np.minimum(times + holds, following), end_ms)
        since = np.maximum(times, begin_ms)
        stands = until > since
        if stands.any():
            self._stand(since[stands], until[stands], amounts[stands])

    def _stand(self, since: Integers, until: Integers, amounts: Floats) -> None:
        # What has stood up to each instant is a line with corners there: exact between them.
        corners = np.column_stack((since, until)).ravel()
        lengths = (until - since).astype(np.float64)
        for total, parts in ((self.sums, amounts * lengths), (self.covered_ms, lengths)):
            ends = np.cumsum(parts)
            heights = np.column_stack((ends - parts, ends)).ravel()
            total[:] += np.diff(np.interp(self._edges, corners, heights))
        first = np.searchsorted(self._edges, since, side="right") - 1
        last = np.searchsorted(self._edges, until, side="left") - 1
        count = self.least.size
        for further in range(int((last - first).max(initial=-1)) + 1):
            at = first + further
            there = (at <= last) & (at >= 0) & (at < count)
            np.fmin.at(self.least, at[there], amounts[there])
            np.fmax.at(self.greatest, at[there], amounts[there])

    def band(self) -> Band:
        return Band(self.least, ratio(self.sums, self.covered_ms), self.greatest)
