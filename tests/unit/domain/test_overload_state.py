"""Overload: on after two polls above the limit, off below it by a deadband."""

from datetime import timedelta

import pytest

from bcm_mqtt.domain.alarm import Overload, OverloadLimits, loading_percent
from bcm_mqtt.domain.circuit import CircuitVersion
from bcm_mqtt.domain.connection import Connection
from bcm_mqtt.domain.loading import CircuitReading, circuit_reading
from unit.domain.examples import NOON, panel

LIMITS = OverloadLimits()


def after(*loading: float | None, limits: OverloadLimits = LIMITS) -> Overload:
    """The state after polls 15 s apart, the first at NOON."""
    state = Overload()
    for number, percent in enumerate(loading):
        state = state.next(percent, NOON + number * timedelta(seconds=15), limits)
    return state


def test_one_poll_above_the_limit_is_no_overload() -> None:
    assert not after(81).active


def test_two_polls_in_a_row_above_the_limit_are_an_overload_since_the_second() -> None:
    assert after(81, 95) == Overload(active=True, since=NOON + timedelta(seconds=15))


def test_a_poll_below_the_limit_in_between_starts_the_count_again() -> None:
    assert not after(81, 79, 81).active
    assert after(81, 79, 81, 81).active


def test_a_load_at_the_limit_is_no_overload() -> None:
    assert not after(80, 80, 80).active
    assert after(80.1, 80.1).active


@pytest.mark.parametrize(("percent", "active"), [(79.9, True), (75.1, True), (75, False)])
def test_an_overload_ends_at_the_limit_less_the_deadband(percent: float, *, active: bool) -> None:
    assert after(90, 90, percent).active is active


def test_an_overload_keeps_the_time_it_began() -> None:
    assert after(90, 90, 78, 99).since == NOON + timedelta(seconds=15)


def test_an_overload_that_ended_needs_two_polls_again() -> None:
    assert after(90, 90, 70) == Overload()
    assert not after(90, 90, 70, 90).active


def test_a_missing_reading_neither_begins_nor_ends_an_overload() -> None:
    assert not after(None, None, 81, None).active
    assert after(81, None, 81).active
    assert after(90, 90, None, None).active


def test_the_limits_can_be_set() -> None:
    limits = OverloadLimits(warning_percent=100, deadband_points=10, on_delay=3)
    assert not after(101, 101, limits=limits).active
    assert after(101, 101, 101, limits=limits).active
    assert after(101, 101, 101, 91, limits=limits).active
    assert after(101, 101, 101, 90, limits=limits) == Overload()
    assert after(101, limits=OverloadLimits(on_delay=1)).active


def test_loading_is_that_of_the_highest_pole() -> None:
    assert loading_percent([10.0, 15.0, 5.0], 20) == 75.0


@pytest.mark.parametrize(
    ("legs", "rating"),
    [([10.0, None], 20), ([None], 20), ([], 20), ([10.0], None), ([10.0], 0)],
)
def test_loading_is_missing_without_a_reading_or_a_rating(
    legs: list[float | None], rating: int | None
) -> None:
    assert loading_percent(legs, rating) is None


def test_a_circuits_reading_has_amps_of_its_highest_pole_power_and_load() -> None:
    circuit = CircuitVersion((1, 3, 5), rating_amps=25, connection=Connection.WYE)
    found = circuit_reading(panel(), circuit, (20_000, None, 15_000, None, 10_000))
    assert found.watts is not None
    assert (found.amps, round(found.watts), found.load_percent) == (20.0, 5404, 80.0)


@pytest.mark.parametrize("current", [(20_000, None, None), (20_000,), (None, None, 1)])
def test_a_circuits_reading_is_missing_where_a_pole_is(current: tuple[int | None, ...]) -> None:
    circuit = CircuitVersion((1, 3), rating_amps=25, connection=Connection.LINE_LINE)
    assert circuit_reading(panel(), circuit, current) == CircuitReading(None, None, None)


def test_a_circuits_reading_leaves_out_an_unmonitored_pole() -> None:
    circuit = CircuitVersion((1, 3), rating_amps=20, connection=Connection.LINE_LINE)
    found = circuit_reading(panel(unmonitored=[3]), circuit, (10_000, None, None))
    assert found == CircuitReading(amps=10.0, watts=2080.0, load_percent=50.0)
