"""Each quarter hour has what flowed in it, whenever its energy register was read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.device_interval import (
    DeviceInterval,
    RegisterReading,
    device_intervals_of,
    device_readings,
    last_registers,
)
from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Interval
from bcm_mqtt.domain.interval.polls import Polls
from bcm_mqtt.domain.interval.register_interval import (
    RegisterInterval,
    RegisterPast,
    register_intervals_of,
)
from bcm_mqtt.domain.interval.slots import Integers
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.domain.vee.interval_energy import circuit_intervals
from bcm_mqtt.domain.vee.measured_energy import Piece
from bcm_mqtt.domain.vee.panel_registers import Registers
from unit.domain.examples import NOON, UNHURRIED, Readings, full, panel

_HOUR = timedelta(hours=1)
_CONNECTIONS = {1: Connection.LINE_NEUTRAL, 3: Connection.WYE}


@dataclass(frozen=True)
class Leg:
    """A register over an even load: when it was read (seconds after noon), W, Wh a step."""

    read: Sequence[int]
    watts: int = 6_000
    unit: int = 10

    def shown(self, seconds: int) -> int:
        return 7_000_000 + self.watts * seconds // (3600 * self.unit) * self.unit

    @property
    def counted(self) -> int:
        return self.shown(self.read[-1]) - self.shown(self.read[0])


@dataclass(frozen=True)
class Billed:
    """Energy of a circuit's quarter hours from noon on."""

    watt_hours: Sequence[float]
    measured_ms: Sequence[int]
    pieces: Sequence[Piece]


def billed(
    legs: Sequence[Leg], hours: int, currents: dict[int, list[Interval]] | None = None
) -> Billed:
    poles = tuple(range(1, 2 * len(legs), 2))
    devices, past = stored(legs, poles)
    version = CircuitVersion(poles, connection=_CONNECTIONS[len(legs)])
    profile = Readings(NOON, NOON + hours * _HOUR, currents or {}).profile()
    found = circuit_intervals(panel(), version, profile, devices, Registers(past))
    assert not found.register_steps
    first = (to_ms(NOON) - profile.slots.first_ms) // INTERVAL_MS

    def part(of: Integers) -> list[int]:
        values: list[int] = of[first : first + 4 * hours].tolist()
        return values

    energy = [value / 1e6 for value in part(found.microwatt_hours)]
    return Billed(energy, part(found.measured_ms), found.pieces)


def stored(
    legs: Sequence[Leg], poles: Sequence[int]
) -> tuple[dict[int, list[DeviceInterval]], dict[int, RegisterPast]]:
    """What is stored of the polls of a panel, by pole."""
    polls = [
        _poll(at, legs, poles) for at in sorted({seconds for leg in legs for seconds in leg.read})
    ]
    devices: dict[int, list[DeviceInterval]] = {pole: [] for pole in poles}
    shown: dict[int, list[RegisterInterval]] = {pole: [] for pole in poles}
    for start_ms in sorted({to_ms(one.time) // INTERVAL_MS * INTERVAL_MS for one in polls}):
        start = from_ms(start_ms)
        earlier = [one for one in polls if one.time < start]
        within = [one for one in polls if start <= one.time < from_ms(start_ms + INTERVAL_MS)]
        for item in device_intervals_of(within, start, _last(earlier)):
            devices[item.pole].append(item)
        for register in register_intervals_of(within, start):
            shown[register.pole].append(register)
    return devices, {pole: RegisterPast.of(items) for pole, items in shown.items()}


def _last(polls: Sequence[Snapshot]) -> dict[int, RegisterReading]:
    return last_registers(device_readings(Polls.of(polls))[1])


def _poll(at: int, legs: Sequence[Leg], poles: Sequence[int]) -> Snapshot:
    energy: list[int | None] = [None] * poles[-1]
    for pole, leg in zip(poles, legs, strict=True):
        energy[pole - 1] = leg.shown(at) if at in leg.read else None
    time = NOON + timedelta(seconds=at)
    return Snapshot("rpp-1a", time, at, 15_000, (), energy=tuple(energy))


def every(seconds: int, first: int, until: int) -> list[int]:
    return list(range(first, until, seconds))


def off(found: Billed, expected: float, quarters: Iterable[int]) -> float:
    """The greatest Wh by which a quarter hour differs from what is expected."""
    return max(abs(found.watt_hours[at] - expected) for at in quarters)


def test_polls_that_become_faster_leave_each_quarter_hour_its_own() -> None:
    # 6 kW: 1,500 Wh each. At 00:07 s past every quarter hour, then four times a minute.
    found = billed([Leg([*every(900, 7, 7_207), *every(15, 7_207, 14_400)])], 4)
    assert off(found, 1500, range(1, 16)) < 15


def test_polls_that_become_slower_do_so_too() -> None:
    found = billed([Leg([*every(15, 0, 7_207), *every(900, 7_620, 14_400)])], 4)
    # The last of four polls a minute, up to 15 s before the end, stands for it: 25 Wh and a step.
    assert off(found, 1500, range(15)) <= 25 + 10


def test_readings_in_the_midst_of_quarter_hours_count_to_both() -> None:
    found = billed([Leg(every(900, 420, 14_400))], 4)
    # Of the first and the last quarter hour 8 and 7 of 15 minutes are known.
    assert found.watt_hours == [800, *[1500] * 14, 700]
    assert found.measured_ms == [480_000, *[INTERVAL_MS] * 14, 420_000]


def test_a_load_that_begins_shows_in_the_quarter_hours_in_which_it_flowed() -> None:
    class Late(Leg):
        def shown(self, seconds: int) -> int:
            return super().shown(max(0, seconds - 3600))

    found = billed([Late(every(900, 420, 14_400), unit=1)], 4)
    # From 13:00 on: the 700 Wh of 13:07 are spread over the 15 minutes since 12:52.
    assert [round(one) for one in found.watt_hours[2:6]] == [0, 373, 327 + 800, 1_500]


def test_a_pause_of_an_hour_is_spread_over_the_hour() -> None:
    found = billed([Leg([*every(15, 0, 4_000), *every(15, 7_600, 14_400)])], 4)
    assert off(found, 1500, range(16)) <= 25 + 10
    (pause,) = [one for one in found.pieces if one.end_ms - one.start_ms > INTERVAL_MS]
    # From 13:06:30, the last reading before, until the end of the quarter hour of the next ones.
    assert pause.start_ms == to_ms(NOON) + 3_990_000
    assert pause.end_ms == to_ms(NOON) + 9 * INTERVAL_MS


def test_three_poles_that_are_read_at_different_times_are_billed_for_the_time_of_all() -> None:
    legs = [
        Leg([0, *every(900, 120, 7_200), *every(15, 7_200, 14_400)], watts=1_000),
        Leg([0, *every(900, 420, 7_200), *every(15, 7_200, 14_400)], watts=3_000),
        Leg([0, *every(900, 720, 7_200), *every(15, 7_200, 14_400)], watts=2_000),
    ]
    found = billed(legs, 4)
    assert off(found, 1500, range(16)) <= 25 + 3 * 11
    assert round(sum(found.watt_hours)) == sum(leg.counted for leg in legs)


def test_a_poll_that_one_pole_misses_moves_no_energy() -> None:
    times = every(15, 0, 14_400)
    legs = [Leg(times), Leg(times), Leg([at for at in times if not 1_500 <= at < 1_800])]
    found = billed(legs, 4)
    assert off(found, 4500, range(16)) <= 3 * (25 + 11)
    assert round(sum(found.watt_hours)) == sum(leg.counted for leg in legs)


def test_the_rest_of_a_quarter_hour_is_what_current_says() -> None:
    # The first reading is ten minutes into the second quarter hour, at 1.2 kW by current.
    current = {1: full(NOON, NOON + _HOUR)}
    found = billed([Leg([*every(300, 1_500, 3_600), 3_600])], 1, current)
    assert found.watt_hours == [300, 200 + 500, 1500, 1500]
    assert found.measured_ms == [INTERVAL_MS] * 4


PERIODS = st.lists(
    st.tuples(st.integers(15, 1_800), st.integers(1, 12)), min_size=3, max_size=8
).map(lambda listed: list(accumulate(step for step, times in listed for _ in range(times))))
"""Seconds after noon of polls whose period changes."""


@UNHURRIED
@given(
    PERIODS,
    st.lists(st.integers(0, 12_000), min_size=1, max_size=3).filter(lambda one: len(one) != 2),
    st.sampled_from([1, 10, 100]),
    st.randoms(use_true_random=False),
)
def test_whenever_registers_are_read_each_quarter_hour_has_what_flowed(
    times: list[int], watts: list[int], unit: int, random: object
) -> None:
    missed = getattr(random, "random")  # noqa: B009
    legs = [
        Leg(
            [
                at
                for at in times
                if at in {times[0], times[-1]} or len(watts) == 1 or missed() < 0.7
            ],
            load,
            unit,
        )
        for load in watts
    ]
    hours = times[-1] // 3600 + 1
    found = billed(legs, hours)
    whole = range(-(-times[0] // 900), times[-1] // 900)
    allowed = len(legs) * (unit + 1) + sum(watts) * 20 / 3600
    for quarter in whole:
        assert abs(found.watt_hours[quarter] - sum(watts) / 4) <= allowed
        assert found.measured_ms[quarter] == INTERVAL_MS
    assert round(sum(found.watt_hours), 6) == sum(leg.counted for leg in legs)
