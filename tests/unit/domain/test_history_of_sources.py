"""Charts of single polls where several sources, or periods of one, make a panel."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from bcm_mqtt.domain.history.grid import STEPS, polled_grid
from bcm_mqtt.domain.history.points import Points
from bcm_mqtt.domain.history.polled import polled_points
from bcm_mqtt.domain.reading.reading import Snapshot
from unit.builders import NOON, SECOND, circuit, directory, panel

OF = directory(circuit((1,), "Acme-1"), circuit((3,), "Acme-3"))


def watts(snapshots: list[Snapshot], first_pole: int) -> tuple[float, float, float]:
    """Least, mean and greatest of a circuit in half a minute."""
    spans = [
        span
        for span in OF.spans(NOON - timedelta(hours=1), NOON + timedelta(hours=1))
        if span.version.first_pole == first_pole
    ]
    grid = polled_grid(NOON, NOON + 30 * SECOND, STEPS["30s"])
    band = polled_points(panel(), spans, snapshots, grid).watts
    (found,) = np.column_stack((band.least, band.mean, band.greatest)).tolist()
    return found[0], found[1], found[2]


def test_power_of_a_slower_period_is_not_filled_up_from_current() -> None:
    """9 A at 120 V would be 1080 W: the meter says 700."""
    current = [Snapshot("rpp-1a", NOON + at * SECOND, at, 1000, (9000,)) for at in range(31)]
    power = [
        Snapshot("rpp-1a", NOON + (at + 0.1) * SECOND, at, 5000, power=(700_000,))
        for at in range(-5, 31, 5)
    ]
    both = sorted((*current, *power), key=lambda one: one.time)
    assert watts(both, 1) == (700, 700, 700)


def test_power_is_from_current_where_another_source_alone_measures_it() -> None:
    of_current = [Snapshot("rpp-1a", NOON + at * SECOND, at, 15_000, (9000,)) for at in (0, 15)]
    of_power = [
        Snapshot(
            "rpp-1a", NOON + at * SECOND, at, 15_000, (None, None, 4000), (None, None, 400_000)
        )
        for at in (0, 15)
    ]
    both = sorted((*of_current, *of_power), key=lambda one: one.time)
    assert watts(both, 1) == (1080, 1080, 1080)
    assert watts(both, 3) == (400, 400, 400)


BOTH = directory(circuit((1, 3), "Acme-1"))


def fast(at: float, amps: int, watts: int | None) -> Snapshot:
    """Of pole 1, each second."""
    power = None if watts is None else (watts * 1000,)
    return Snapshot("rpp-1a", NOON + at * SECOND, 1, 1000, (amps * 1000,), power, source="fast")


def slow(at: float, amps: int | None, watts: int | None) -> Snapshot:
    """Of pole 3, each 15 seconds; without amps it could not be read."""
    current, power = (None if of is None else of * 1000 for of in (amps, watts))
    time = NOON + at * SECOND
    values = (None, None, current), (None, None, power)
    return Snapshot("rpp-1a", time, 1, 15_000, *values, source="slow")


def joint_points(*snapshots: Snapshot) -> Points:
    """Of the circuit on both, in half a minute."""
    spans = list(BOTH.spans(NOON, NOON + timedelta(hours=1)))
    grid = polled_grid(NOON, NOON + 30 * SECOND, STEPS["30s"])
    by_time = sorted(snapshots, key=lambda one: one.time)
    return polled_points(panel(), [spans[0]], by_time, grid)


FAST = [fast(at, 5, 500 if at < 20 else 600) for at in range(30)]


def test_power_of_a_circuit_on_two_sources_is_that_of_both_as_they_stand() -> None:
    """500 + 300 W for 10 s, 500 + 400 W for 10 s, 600 + 400 W for 10 s: 900 W, 7.5 Wh."""
    points = joint_points(*FAST, slow(-5, 3, 300), slow(10, 4, 400), slow(25, 4, 400))
    band = points.watts
    assert (band.least[0], band.mean[0], band.greatest[0]) == (800, pytest.approx(900), 1000)
    assert points.kwh[0] == pytest.approx(0.0075)
    assert points.measured_ms[0] == 30_000
    assert (points.amps[1].mean[0], points.amps[3].mean[0]) == (5, pytest.approx(11 / 3))


def test_it_has_no_power_once_one_of_them_is_silent_for_a_poll_and_a_half() -> None:
    """The slow one was last read 5 s before: it stands for 17.5 s more, 800 W x 17.5 s."""
    points = joint_points(*FAST, slow(-5, 3, 300))
    assert points.measured_ms[0] == 17_500
    assert points.kwh[0] == pytest.approx(800 * 17.5 / 3.6e6)
    # The fast one stands for 1.5 s after its last poll, at 9 s.
    points = joint_points(*FAST[:10], slow(-5, 3, 300), slow(10, 3, 300), slow(25, 3, 300))
    assert points.measured_ms[0] == 10_500


def test_what_a_source_could_not_read_is_missing_as_soon_as_it_is_in_intervals() -> None:
    """The poll at 10 s is no reading: what was read before it stands until 17.5 s."""
    points = joint_points(*FAST, slow(-5, 3, 300), slow(10, None, None), slow(25, 4, 400))
    assert points.measured_ms[0] == 17_500 + 5000
    assert points.kwh[0] == pytest.approx((800 * 17.5 + 1000 * 5) / 3.6e6)


def test_a_failed_poll_of_one_takes_nothing_from_a_circuit_of_the_other() -> None:
    failed = [slow(at, None, None) for at in (-5, 10, 25)]
    spans = list(OF.spans(NOON, NOON + timedelta(hours=1)))
    grid = polled_grid(NOON, NOON + 30 * SECOND, STEPS["30s"])
    by_time = sorted([*FAST, *failed], key=lambda one: one.time)
    points = polled_points(panel(), spans[:1], by_time, grid)
    assert points.measured_ms[0] == points.expected_ms[0] == 30_000


def test_where_one_measures_no_power_all_of_it_is_from_current_as_in_bills() -> None:
    """5 A and 4 A between the poles' 208 V: 4.5 x 208 W, whatever the one says of its pole."""
    of_current = [fast(at, 5, None) for at in range(30)]
    points = joint_points(*of_current, slow(-5, 4, 300), slow(10, 4, 300), slow(25, 4, 300))
    assert points.watts.mean[0] == pytest.approx(936)
    assert points.measured_ms[0] == 30_000


def test_periods_of_two_sources_are_put_together_by_quantity() -> None:
    """Current each second, power each 5 s, of both: the power stands between its polls."""
    current = [fast(at, 5, None) for at in range(30)]
    power = [
        Snapshot("rpp-1a", NOON + (at + 0.2) * SECOND, 1, 5000, (), (500_000,), source="fast")
        for at in range(-5, 30, 5)
    ]
    points = joint_points(*current, *power, slow(-5, 4, 300), slow(10, 4, 300), slow(25, 4, 300))
    assert (points.watts.least[0], points.watts.greatest[0]) == (800, 800)
    assert points.measured_ms[0] == 30_000


def test_a_source_that_replaces_another_goes_on_at_once() -> None:
    """500 + 300 W of the old one until 15 s, then 700 + 200 W of the new one."""
    old = [replace(both(at, 500, 300), source="old") for at in range(15)]
    new = [replace(both(at, 700, 200), source="new") for at in range(15, 30)]
    points = joint_points(*old, *new)
    assert points.kwh[0] == pytest.approx((800 * 15 + 900 * 15) / 3.6e6)
    assert points.measured_ms[0] == 30_000


def both(at: int, first: int, second: int) -> Snapshot:
    """Of both poles, W."""
    power = first * 1000, None, second * 1000
    return Snapshot("rpp-1a", NOON + at * SECOND, 1, 1000, (5000, None, 5000), power)
