"""Histories with figures that somebody worked out by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from bcm_mqtt.domain.history.circuit_slots import (
    CircuitSlots,
    Extremes,
    PanelPast,
    circuit_points,
    circuit_slots,
    customer_points,
    customer_slots,
)
from bcm_mqtt.domain.history.day_totals import DayTotal, with_day_totals
from bcm_mqtt.domain.history.grid import DAY, STEPS, Grid, local_grid, polled_grid
from bcm_mqtt.domain.history.points import Floats, Points, Source, typical_week
from bcm_mqtt.domain.history.polled import polled_points
from bcm_mqtt.domain.interval.interval import Interval
from bcm_mqtt.domain.interval.load_profile import profile_of, whole_days
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.site.directory import CircuitSpan, Directory
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import to_ms
from unit.builders import NEW_YORK, QUARTER, circuit, directory, panel, snapshot

START = datetime(2026, 6, 1, 4, tzinfo=UTC)
"""Midnight in New York, a Monday."""
LATER = START + timedelta(days=10)


def interval(pole: int, number: int, amps: float, *, share: float = 1, low: float = 0) -> Interval:
    """The interval with that number; of the amps over a share of its time."""
    covered = int(900_000 * share)
    milliamps = int(amps * 1000)
    return Interval(
        pole,
        START + number * QUARTER,
        milliamps * covered,
        covered,
        4,
        int(low * 1000) or milliamps,
        milliamps,
    )


def past(
    of: Directory,
    intervals: Mapping[int, Sequence[Interval]],
    hours: float = 24,
    now: datetime = LATER,
) -> PanelPast:
    return PanelPast(
        of.panel,
        profile_of(intervals, whole_days(START, START + timedelta(hours=hours))),
        {},
        {pole: to_ms(items[0].start) for pole, items in intervals.items()},
        to_ms(now),
        {
            pole: Extremes(
                np.array([to_ms(one.start) for one in items]),
                np.array([one.min_milliamps for one in items]),
                np.array([one.max_milliamps for one in items]),
            )
            for pole, items in intervals.items()
        },
    )


def grid(hours: float, step: str = "15min") -> Grid:
    return local_grid(START, START + timedelta(hours=hours), NEW_YORK, STEPS[step])


def slots_of(of: Directory, stored: PanelPast, on: Grid, pole: int) -> CircuitSlots:
    spans = [span for span in of.spans(START, LATER) if span.version.first_pole == pole]
    return circuit_slots(stored, spans, on.slots)


def points_of(of: Directory, stored: PanelPast, on: Grid, pole: int = 1) -> Points:
    return circuit_points(slots_of(of, stored, on, pole), on)


def same(found: Floats, expected: Sequence[float | None]) -> None:
    wanted = [np.nan if value is None else value for value in expected]
    np.testing.assert_allclose(found, wanted, rtol=1e-7)


def test_an_hour_has_the_mean_of_its_quarters_and_their_extremes() -> None:
    of = directory(circuit())
    stored = past(
        of,
        {1: [interval(1, number, amps, low=2) for number, amps in enumerate((10, 20, 10, 20))]},
    )
    found = points_of(of, stored, grid(1, "1h"))
    band = found.amps[1]
    same(band.mean, [15])
    same(band.least, [2])
    same(band.greatest, [20])
    # 120 V x 15 A, and of quarters 1200 and 2400 W.
    same(found.watts.mean, [1800])
    same(found.watts.least, [1200])
    same(found.watts.greatest, [2400])
    same(found.kwh, [1.8])
    same(found.measured_share, [1])
    assert found.sources == (Source.INTERVALS,)


def test_what_is_missing_is_a_gap_and_no_line_over_it() -> None:
    of = directory(circuit())
    stored = past(of, {1: [interval(1, 0, 10), interval(1, 3, 20)]})
    found = points_of(of, stored, grid(1))
    same(found.amps[1].mean, [10, None, None, 20])
    same(found.amps[1].greatest, [10, None, None, 20])
    same(found.watts.mean, [1200, None, None, 2400])
    same(found.kwh, [0.3, None, None, 0.6])
    same(found.measured_share, [1, 0, 0, 1])


def test_a_quarter_that_is_measured_in_part_has_the_mean_and_the_energy_of_that_part() -> None:
    of = directory(circuit())
    found = points_of(of, past(of, {1: [interval(1, 0, 10, share=0.25)]}), grid(0.25))
    same(found.watts.mean, [1200])
    same(found.kwh, [0.075])
    same(found.measured_share, [0.25])


def test_a_reading_of_zero_is_zero_and_not_missing() -> None:
    of = directory(circuit())
    found = points_of(of, past(of, {1: [interval(1, 0, 0)]}), grid(0.5))
    same(found.watts.mean, [0, None])
    same(found.kwh, [0, None])


@pytest.mark.parametrize(
    ("connection", "legs", "watts"),
    [
        (Connection.LINE_LINE, (12, 12), 2496),
        (Connection.WYE, (20, 15, 10), 5404),
        (Connection.DELTA, (20, 15, 10), 5154),
    ],
)
def test_power_is_that_of_the_bill(
    connection: Connection, legs: tuple[float, ...], watts: float
) -> None:
    poles = (1, 3, 5)[: len(legs)]
    of = directory(circuit(poles, connection=connection))
    stored = past(
        of, {pole: [interval(pole, 0, amps)] for pole, amps in zip(poles, legs, strict=True)}
    )
    found = points_of(of, stored, grid(0.25))
    assert found.watts.mean[0] == pytest.approx(watts, abs=0.5)
    assert list(found.amps) == list(poles)


def test_a_leg_without_a_reading_makes_power_missing_but_not_the_other_leg() -> None:
    of = directory(circuit((1, 3)))
    stored = past(of, {1: [interval(1, 0, 12), interval(1, 1, 12)], 3: [interval(3, 0, 12)]})
    found = points_of(of, stored, grid(0.5))
    same(found.watts.mean, [2496, None])
    same(found.amps[1].mean, [12, 12])
    same(found.amps[3].mean, [12, None])


def test_each_version_counts_in_its_own_time() -> None:
    change = START + timedelta(minutes=15)
    of = directory(circuit(), circuit((1, 3), valid_from=change))
    stored = past(of, {pole: [interval(pole, number, 12) for number in (0, 1)] for pole in (1, 3)})
    found = points_of(of, stored, grid(0.5))
    same(found.watts.mean, [1440, 2496])
    same(found.amps[1].mean, [12, 12])
    same(found.amps[3].mean, [None, 12])


def test_a_version_that_begins_within_a_quarter_has_its_share_of_it() -> None:
    change = START + timedelta(minutes=5)
    of = directory(circuit(), circuit((1,), connection=Connection.NONE, valid_from=change))
    found = points_of(of, past(of, {1: [interval(1, 0, 12)]}), grid(0.25))
    same(found.kwh, [0.12])  # 1440 W for 5 min
    same(found.measured_share, [1])


def test_nothing_is_expected_before_the_first_reading_nor_after_now() -> None:
    of = directory(circuit())
    now = START + timedelta(minutes=50)
    stored = past(of, {1: [interval(1, number, 10) for number in (1, 2)]}, now=now)
    found = points_of(of, stored, grid(1))
    same(found.expected_ms / 60_000, [0, 15, 15, 5])
    same(found.measured_share, [None, 1, 1, 0])


class TestCustomer:
    OF = directory(circuit((1,), "Acme-1"), circuit((2,), "Acme-2"))

    def points(self, intervals: Mapping[int, Sequence[Interval]], on: Grid) -> Points:
        stored = past(self.OF, intervals, now=START + timedelta(minutes=55))
        circuits = [slots_of(self.OF, stored, on, pole) for pole in (1, 2)]
        watts, together = customer_slots(circuits, on.slots)
        return customer_points(watts, together, on)

    def test_it_is_the_sum_of_its_circuits(self) -> None:
        stored = {pole: [interval(pole, number, 10) for number in (0, 1)] for pole in (1, 2)}
        found = self.points(stored, grid(0.5))
        same(found.watts.mean, [2400, 2400])
        same(found.kwh, [0.6, 0.6])

    def test_a_circuit_that_is_missing_makes_the_sum_missing(self) -> None:
        stored = {1: [interval(1, 0, 10), interval(1, 1, 10)], 2: [interval(2, 0, 10)]}
        found = self.points(stored, grid(0.5))
        same(found.watts.mean, [2400, None])
        same(found.kwh, [0.6, 0.3])
        same(found.measured_share, [1, 0.5])

    def test_half_of_an_interval_stands_for_all_of_it_as_in_a_bill(self) -> None:
        found = self.points(
            {1: [interval(1, 0, 10)], 2: [interval(2, 0, 10, share=0.5)]}, grid(0.25)
        )
        same(found.watts.mean, [2400])
        same(found.kwh, [0.45])

    def test_a_circuit_counts_from_its_first_reading_on(self) -> None:
        stored = {1: [interval(1, 0, 10), interval(1, 1, 10)], 2: [interval(2, 1, 10)]}
        same(self.points(stored, grid(0.5)).watts.mean, [1200, 2400])

    def test_the_quarter_that_still_goes_on_has_the_power_of_what_has_been(self) -> None:
        stored = {pole: [interval(pole, 3, 10, share=2 / 3)] for pole in (1, 2)}
        found = self.points(stored, grid(1))
        same(found.watts.mean, [None, None, None, 2400])
        same(found.measured_share, [None, None, None, 1])


class TestPolled:
    OF = directory(circuit((1, 3), "Acme-1"))

    def points(self, readings: Mapping[int, tuple[int | None, ...]], seconds: int) -> Points:
        snapshots = [
            snapshot(START + timedelta(seconds=second), values)
            for second, values in sorted(readings.items())
        ]
        spans = list(self.OF.spans(START - timedelta(hours=1), LATER))
        on = polled_grid(START, START + timedelta(seconds=seconds), STEPS["30s"])
        return polled_points(panel(), spans, snapshots, on)

    def test_a_point_has_the_mean_of_what_stood_in_it(self) -> None:
        found = self.points({0: (10_000, 0, 12_000), 15: (14_000, 0, 12_000)}, 30)
        same(found.amps[1].mean, [12])
        same(found.amps[1].least, [10])
        same(found.amps[1].greatest, [14])
        same(found.amps[3].greatest, [12])
        same(found.watts.mean, [208 * 12])
        same(found.watts.greatest, [208 * 13])
        same(found.measured_share, [1])
        assert found.sources == (Source.SNAPSHOTS,)

    def test_a_reading_stands_for_a_poll_and_a_half_and_then_there_is_a_gap(self) -> None:
        found = self.points({0: (10_000, 0, 10_000)}, 60)
        same(found.amps[1].mean, [10, None])
        same(found.measured_share, [0.75, 0])
        same(found.kwh, [2080 * 22.5 / 3_600_000, None])

    def test_a_reading_before_the_span_stands_into_it(self) -> None:
        found = self.points({-10: (10_000, 0, 10_000)}, 30)
        same(found.amps[1].mean, [10])
        same(found.measured_share, [12.5 / 30])

    def test_a_leg_that_was_not_read_makes_power_missing(self) -> None:
        found = self.points({0: (10_000, 0, None), 15: (10_000, 0, None)}, 30)
        same(found.watts.mean, [None])
        same(found.amps[1].mean, [10])
        same(found.amps[3].mean, [None])

    def test_readings_on_both_sides_of_an_edge_count_on_their_own(self) -> None:
        found = self.points({20: (10_000, 0, 10_000), 35: (20_000, 0, 20_000)}, 60)
        # 10 A stands from 20 to 35 s, 20 A from 35 to 57.5 s.
        same(found.amps[1].mean, [10, (10 * 5 + 20 * 22.5) / 27.5])
        same(found.amps[1].least, [10, 10])
        same(found.measured_share, [10 / 30, 27.5 / 30])


class TestDayTotals:
    def points(self, connection: Connection | None = None, poles: tuple[int, ...] = (1,)) -> Points:
        of = directory(circuit(poles, connection=connection))
        on = local_grid(START, START + timedelta(days=2), NEW_YORK, DAY)
        stored = past(of, {pole: [interval(pole, 96, 10)] for pole in poles}, hours=72)
        spans = [CircuitSpan(of.versions[0], START - timedelta(days=1), LATER)]
        day = 24 * 3_600_000
        totals = {
            (pole, date(2026, 6, 1)): DayTotal(5_000 * day, day, 1_000, 9_000, by_device=False)
            for pole in poles
        }
        points = circuit_points(circuit_slots(stored, spans, on.slots), on)
        return with_day_totals(points, of.panel, spans, totals, NEW_YORK)

    def test_a_day_whose_intervals_are_gone_is_told_by_its_total(self) -> None:
        found = self.points()
        same(found.amps[1].mean, [5, 10])
        same(found.amps[1].greatest, [9, 10])
        same(found.kwh, [14.4, 0.3])
        same(found.watts.mean, [600, 1200])
        assert found.sources == (Source.INTERVALS, Source.DAY_TOTALS)

    def test_a_deltas_power_cannot_be_told_by_a_total(self) -> None:
        found = self.points(Connection.DELTA, (1, 3, 5))
        same(found.amps[1].mean, [5, 10])
        assert np.isnan(found.kwh[0])
        assert np.isnan(found.watts.mean[0])


def test_a_typical_week_is_the_mean_by_weekday_and_hour_with_its_count() -> None:
    slots = Slots.between(START, START + timedelta(days=14))
    watts = np.full(slots.count, np.nan)
    watts[:4] = 1000  # the first Monday's first hour
    watts[7 * 96 : 7 * 96 + 2] = 2500  # half an hour of the second's
    watts[6 * 96 + 23 * 4] = 700  # a Sunday's last hour
    week = typical_week(watts, slots, NEW_YORK)
    assert week.watts[0, 0] == 1500
    assert week.hours[0, 0] == 1.5
    assert week.watts[6, 23] == 700
    assert week.hours.sum() == 1.75
    assert np.isnan(week.watts).sum() == 7 * 24 - 2
