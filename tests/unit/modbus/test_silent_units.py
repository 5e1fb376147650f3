"""Silent units: asked ever more rarely, one at a time, none forgotten."""

import itertools

import pytest

from bcm_mqtt.modbus.units import Units

TIMEOUT, TRIP = 0.5, 0.02


class Cycle:
    """Asks units in turn, as polling does, and keeps when each was asked."""

    def __init__(self, dead: set[int], living: set[int]) -> None:
        self.units = Units()
        self.dead, self.living = dead, living
        self.now = 0.0
        self.asked: dict[int, list[float]] = {unit: [] for unit in dead | living}
        self.probes_per_cycle: list[int] = []

    def run(self, until: float, period: float = 0.0) -> None:
        while self.now < until:
            begun, probes = self.now, 0
            for unit_id in sorted(self.asked):
                unit = self.units[unit_id]
                if unit.silent and not self.units.may_ask(unit, self.now):
                    continue
                probes += unit.silent > 0
                self.asked[unit_id].append(self.now)
                if unit_id in self.dead:
                    self.now += TIMEOUT
                    self.units.fell_silent(unit, self.now, TIMEOUT)
                else:
                    self.now += TRIP
                    self.units.answered(unit, self.now, TRIP)
            self.probes_per_cycle.append(probes)
            self.now = max(self.now + 0.001, begun + period)


@pytest.mark.parametrize("period", [0.0, 1.0, 15.0])
@pytest.mark.parametrize("dead", [{4}, {1, 2, 3}, set(range(9, 17)), set(range(2, 17))])
def test_all_dead_units_together_cost_one_timeout_per_cycle(dead: set[int], period: float) -> None:
    cycle = Cycle(dead, set(range(1, 17)) - dead)
    cycle.run(600, period)
    assert max(cycle.probes_per_cycle) == 1


@pytest.mark.parametrize("period", [0.0, 15.0])
def test_no_dead_unit_is_forgotten_however_many_there_are(period: float) -> None:
    cycle = Cycle(set(range(1, 25)), {25})
    cycle.run(3600, period)
    for unit in cycle.dead:
        times = cycle.asked[unit]
        longest = max(b - a for a, b in itertools.pairwise(times))
        assert longest < (150 if period == 0 else 420)


@pytest.mark.parametrize("dead", [1, 2, 8])
def test_the_living_have_nine_tenths_of_the_line_however_many_are_dead(dead: int) -> None:
    cycle = Cycle(set(range(1, dead + 1)), {20, 21})
    cycle.run(20)
    before = sum(map(len, cycle.asked.values())) - len(cycle.asked[20]) - len(cycle.asked[21])
    cycle.run(620)
    after = sum(map(len, cycle.asked.values())) - len(cycle.asked[20]) - len(cycle.asked[21])
    assert (after - before) * TIMEOUT <= 0.101 * 600


def test_one_dead_unit_costs_a_free_running_line_five_timeouts_in_its_first_minute() -> None:
    cycle = Cycle({4}, {1, 2, 3, 5, 6, 7, 8})
    cycle.run(60)
    assert len(cycle.asked[4]) == 5


def test_a_lost_reply_is_forgiven_within_a_second() -> None:
    cycle = Cycle({4}, {1, 2, 3})
    cycle.run(0.5)
    cycle.dead = set()
    cycle.run(1.5)
    assert len(cycle.asked[4]) > 5


def test_where_all_are_dead_one_is_asked_about_every_second_and_all_when_one_answers() -> None:
    cycle = Cycle(set(range(1, 9)), set())
    cycle.run(100)
    times = sorted(time for times in cycle.asked.values() for time in times)
    assert max(b - a for a, b in itertools.pairwise(times)) < 1.0
    cycle.dead = set()
    cycle.run(101.5)
    assert all(times[-1] > 100 for times in cycle.asked.values())


def test_one_that_answers_again_lets_the_next_be_asked_and_no_more_than_one_in_vain() -> None:
    cycle = Cycle(set(range(2, 9)), {1})
    cycle.run(300)
    cycle.dead = {7, 8}
    cycle.run(365)
    assert all(cycle.asked[unit][-1] > 364 for unit in range(2, 7))
    assert max(cycle.probes_per_cycle) <= 6  # those that answered, and one in vain


def test_a_unit_that_is_polled_rarely_does_not_keep_the_others_from_being_asked() -> None:
    units = Units()
    rare, often = units[1], units[2]
    for unit in (rare, often):
        units.fell_silent(unit, 0.0, TIMEOUT)
    units.fell_silent(often, 1.0, TIMEOUT)
    assert not units.may_ask(rare, 1.1)  # it waits, and then is not asked for an hour
    asked = [now for now in range(10, 400) if units.may_ask(often, float(now))]
    assert asked
