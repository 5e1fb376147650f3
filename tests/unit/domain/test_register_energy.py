"""Energy registers: differences count, whatever a register does; the sum never falls."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.register_energy import Register, counted
from unit.domain.examples import NOON, UNHURRIED

HOUR = timedelta(hours=1)
POLL = timedelta(seconds=15)
MOST = 8320  # a 20 A breaker at 208 V, twice


def total(*readings: int | None, step: timedelta = HOUR, most_watts: float = MOST) -> list[int]:
    """What each reading adds, in Wh."""
    register, added = None, []
    for index, reading in enumerate(readings):
        register, gained = counted(register, reading, NOON + index * step, most_watts)
        added.append(gained)
    return added


@pytest.mark.parametrize(
    ("readings", "added"),
    [
        # The register stood at 6553.6 kWh when it was first seen: that is not this circuit's.
        ((6_553_600, 6_554_800, 6_554_800, 6_556_000), [0, 1200, 0, 1200]),
        # A failed read is not 0: the next one has what flowed meanwhile.
        ((1000, None, None, 4600), [0, 0, 0, 3600]),
        ((None, 1000, 1500), [0, 0, 500]),
        # Reset to 0, and 300 Wh since.
        ((900_000, 300, 800), [0, 300, 500]),
        # A rollover of six digits: what it counted after 999.999 kWh; the last of before is lost.
        ((999_900, 1100), [0, 1100]),
        # Another meter, which shows less or more: it counts from where it stands.
        ((900_000, 500_000, 501_000), [0, 0, 1000]),
        ((900_000, 90_000_000, 90_001_000), [0, 0, 1000]),
        # One misread 0 between two right ones.
        ((900_000, 0, 900_000, 901_000), [0, 0, 0, 1000]),
        # Negative: a register of net energy; what falls is not taken back.
        ((100, -100, -50), [0, 0, 50]),
    ],
)
def test_what_a_reading_adds(readings: tuple[int | None, ...], added: list[int]) -> None:
    assert total(*readings) == added


def test_as_much_as_can_have_flowed_is_believed_after_any_time() -> None:
    # 8320 W for 1000 h, and 10 kWh for a coarse register.
    assert total(0, 8_330_000, step=1000 * HOUR) == [0, 8_330_000]
    assert total(0, 8_330_001, step=1000 * HOUR) == [0, 0]


def test_a_coarse_register_counts_when_it_ticks_however_often_it_is_read() -> None:
    # 4 kW read every 15 s: a register in steps of 10 kWh ticks every 2.5 h = 600 polls.
    readings = [10_000 * (poll // 600) for poll in range(2401)]
    assert sum(total(*readings, step=POLL)) == 40_000


def test_a_clock_that_is_set_back_loses_no_small_difference() -> None:
    before = Register(1000, NOON)
    assert counted(before, 1500, NOON - HOUR, MOST) == (Register(1500, NOON - HOUR), 500)


READING = st.none() | st.integers(-(10**9), 10**13)


@UNHURRIED
@given(readings=st.lists(READING, max_size=30), seconds=st.integers(1, 10**6))
def test_no_register_makes_the_sum_fall_or_jump_by_more_than_can_have_flowed(
    readings: list[int | None], seconds: int
) -> None:
    step = timedelta(seconds=seconds)
    added = total(*readings, step=step)
    assert all(gained >= 0 for gained in added)
    span = len(readings) * seconds / 3600
    assert all(gained <= 10_000 + MOST * span for gained in added)


@UNHURRIED
@given(
    start=st.integers(0, 10**9),
    flowed=st.lists(st.integers(0, MOST), min_size=1, max_size=40),
    lost=st.sets(st.integers(1, 39)),
)
def test_a_register_that_only_rises_is_counted_whole_whatever_reads_are_lost(
    start: int, flowed: list[int], lost: set[int]
) -> None:
    readings: list[int | None] = [start]
    for gained in flowed:
        start += gained
        readings.append(start)
    last = len(readings) - 1
    seen = [
        None if index in lost and index != last else reading
        for index, reading in enumerate(readings)
    ]
    assert sum(total(*seen)) == sum(flowed)


@UNHURRIED
@given(
    flowed=st.lists(st.tuples(st.integers(0, 1000), st.booleans()), max_size=40),
)
def test_a_reset_costs_at_most_what_flowed_since_the_reading_before_it(
    flowed: list[tuple[int, bool]],
) -> None:
    register, readings, after_resets = 50_000, [50_000], 0
    for gained, resets in flowed:
        register = gained if resets else register + gained
        readings.append(register)
        after_resets += gained
    counted_whole = sum(total(*readings))
    assert counted_whole <= after_resets
    assert counted_whole >= sum(gained for gained, resets in flowed if not resets)
