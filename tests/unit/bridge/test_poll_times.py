"""When a panel is due: on a grid that may be moved, or spread so that no load runs in step."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, pairwise, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.bridge.poll_times import POLLS_A_ROUND, PollTimes, Spread, poll_times
from bcm_mqtt.bridge.sources import PanelPolling
from bcm_mqtt.domain.time import EPOCH, MILLISECOND, from_ms, to_ms
from unit.bridge.test_poll_grid import polling
from unit.builders import NOON, SECOND, UNHURRIED
from unit.domain.test_sampling import END, START, on_for, row_polled, stated_kwh

MINUTE_MS = 60_000
QUARTER = timedelta(minutes=15)
instants = st.integers(0, 2**42).map(from_ms)
intervals = st.integers(100, 3_600_000).map(lambda ms: ms * MILLISECOND)
panels = st.text("abc-_019", min_size=1, max_size=12)


def due(times: PollTimes, since: datetime) -> Iterator[datetime]:
    """One poll after the other."""
    while True:
        since = times.from_on(since)
        yield since
        since += timedelta.resolution


@UNHURRIED
@given(now=instants, interval=intervals, share=st.floats(0, 5))
def test_an_offset_moves_the_grid(now: datetime, interval: timedelta, share: float) -> None:
    offset = share * interval
    found = poll_times("rpp-1a", interval, offset).from_on(now)
    assert found - interval < now <= found
    assert (found - EPOCH - offset) % interval == timedelta(0)


def test_an_offset_is_counted_from_the_full_period() -> None:
    times = poll_times("rpp-1a", 15 * SECOND, 4 * SECOND)
    assert list(islice(due(times, NOON), 3)) == [NOON + s * SECOND for s in (4, 19, 34)]


@UNHURRIED
@given(panel=panels, now=instants, interval=intervals)
def test_spread_polls_keep_their_order_and_their_distance(
    panel: str, now: datetime, interval: timedelta
) -> None:
    times = poll_times(panel, interval, None)
    found = list(islice(due(times, now), 300))
    assert found[0] >= now
    assert found[0] - now <= times.longest
    for one, following in pairwise(found):
        assert 0.49 * interval < following - one <= times.longest < 1.51 * interval


@UNHURRIED
@given(panel=panels, since=instants, interval=intervals, rounds=st.integers(1, 4))
def test_the_period_of_spread_polls_is_exact_on_average(
    panel: str, since: datetime, interval: timedelta, rounds: int
) -> None:
    """They never drift: however long it lasts, not one poll more or less but at the edges."""
    round_ = POLLS_A_ROUND * interval
    begun = EPOCH + (since - EPOCH) // round_ * round_
    polls = takewhile(lambda at: at < begun + rounds * round_, due(Spread(panel, interval), begun))
    assert abs(sum(1 for _ in polls) - rounds * POLLS_A_ROUND) <= 1


@UNHURRIED
@given(panel=panels, now=instants, interval=intervals, later=st.integers(0, 500))
def test_spread_polls_are_the_same_after_a_restart(
    panel: str, now: datetime, interval: timedelta, later: int
) -> None:
    found = list(islice(due(Spread(panel, interval), now), 60))
    again = Spread(panel, interval).from_on(now + later / 10 * interval)
    if again <= found[-1]:
        assert again in found


def test_each_panel_has_its_own_times() -> None:
    one, other = (next(due(Spread(panel, QUARTER), NOON)) for panel in ("rpp-1a", "rpp-1b"))
    assert one != other


def test_spread_polls_come_at_each_phase_of_the_period() -> None:
    polls = islice(due(Spread("rpp-1a", QUARTER), START), 4 * 96 * 30)
    phases = [(at - EPOCH) % QUARTER // timedelta(minutes=1) for at in polls]
    counts = [phases.count(minute) for minute in range(15)]
    # 768 each are expected, with a standard deviation of 27.
    assert min(counts) > 768 - 4 * 27
    assert max(counts) < 768 + 4 * 27


def test_a_panel_is_due_on_the_grid_unless_it_says_otherwise() -> None:
    plan = polling().plan
    assert PanelPolling(plan, QUARTER).times == poll_times("rpp-1a", QUARTER, timedelta(0))
    assert PanelPolling(plan, QUARTER, None).times == Spread("rpp-1a", QUARTER)
    assert PanelPolling(plan, timedelta(0), None).times is None


def test_a_snapshot_states_the_longest_time_until_the_next_poll() -> None:
    # So that a reading stands until then, and for half of it again: see left-hold.
    plan = polling().plan
    assert PanelPolling(plan, 15 * SECOND).interval_ms == 15_000
    assert PanelPolling(plan, 15 * SECOND, 4 * SECOND).interval_ms == 15_000
    assert PanelPolling(plan, 15 * SECOND, None).interval_ms == 22_619


def billed(times: PollTimes, on_min: float, cycle_min: float) -> tuple[float, float, float]:
    """A load of 3 kW in step with the clock, polled every 15 minutes through March 2026.

    Returns:
        Billed kWh less the truth, what is stated for sampling (k = 2), and the truth.
    """
    load = on_for(round(on_min * MINUTE_MS), round(cycle_min * MINUTE_MS), 25_000)
    polls = takewhile(lambda at: at < END, due(times, START - 2 * QUARTER))
    row = row_polled(map(to_ms, polls), times.longest // MILLISECOND, load)
    truth = 3.0 * ((END - START) / timedelta(hours=1)) * on_min / cycle_min
    return float(row.kwh) - truth, stated_kwh(row), truth


GRID_ERRORS: dict[tuple[float, float], dict[int, float]] = {
    # Half the time on, always or never seen so.
    (7.5, 15): {0: 1.0, 8: -1.0},
    # 10 minutes of each hour: one of four polls sees it for 15, or none does.
    (10, 60): {0: 0.5, 9: 0.5, 12: -1.0},
}
"""By minutes on, minutes of a cycle and minutes of offset: the error, as a share of the truth."""


@pytest.mark.parametrize(("on_min", "cycle_min"), GRID_ERRORS)
def test_a_load_in_step_is_billed_wrong_from_polls_on_a_grid(
    on_min: float, cycle_min: float
) -> None:
    for minutes, share in GRID_ERRORS[on_min, cycle_min].items():
        times = poll_times("rpp-1a", QUARTER, timedelta(minutes=minutes))
        error, stated, truth = billed(times, on_min, cycle_min)
        assert error == pytest.approx(share * truth, abs=1)
        assert abs(error) > 4 * stated


@pytest.mark.parametrize(("on_min", "cycle_min"), GRID_ERRORS)
def test_a_load_in_step_is_billed_within_its_uncertainty_from_spread_polls(
    on_min: float, cycle_min: float
) -> None:
    bills = [billed(Spread(f"rpp-{n}", QUARTER), on_min, cycle_min) for n in range(12)]
    assert sum(abs(error) <= stated for error, stated, _ in bills) >= 11
    assert max(abs(error) / truth for error, _, truth in bills) < 0.06
    # The mean of panels is right: none of their polls count for longer than others.
    assert abs(sum(error / truth for error, _, truth in bills)) / 12 < 0.015
    assert max(stated / truth for _, stated, truth in bills) < 0.1
