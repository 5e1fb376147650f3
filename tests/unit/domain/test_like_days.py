"""Like days: whatever was loaded and whatever else is missing, a gap's estimate is the same."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Interval
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time import Month, from_ms, to_ms
from bcm_mqtt.domain.usage.cut import PricedTime
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import panel_usage
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad
from bcm_mqtt.domain.vee.quality import Quality
from unit.domain.examples import NEW_YORK, QUARTER, UNHURRIED, Readings, panel

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
BEGUN = START - timedelta(days=20)
HOURS = timedelta(hours=1)
Gap = tuple[datetime, datetime]


def measured(gaps: Sequence[Gap], *, pole: int = 1, seed: int = 1) -> list[Interval]:
    """A current that differs in each quarter hour, from well before the month until its end."""
    random = Random(seed)
    found = []
    for ms in range(to_ms(BEGUN), to_ms(END), INTERVAL_MS):
        amps = random.randrange(50_000)
        start = from_ms(ms)
        if not any(begin <= start < end for begin, end in gaps):
            found.append(Interval(pole, start, amps * INTERVAL_MS, INTERVAL_MS, 60, amps, amps))
    return found


def loads(currents: Mapping[int, Sequence[Interval]]) -> dict[int, CircuitLoad]:
    """Of a 120 V circuit on each pole."""
    circuits = tuple(CircuitVersion((pole,), f"Customer{pole}-A") for pole in currents)
    parts = panel_usage(
        Directory(panel(), circuits),
        Readings(START, END, currents),
        CustomerRule(),
        lambda _: [PricedTime(START, END)],
        BilledTime(START, END, NEW_YORK),
    )
    return {part.owner.circuit.first_pole: part.load for part in parts}


def quarter_of(at: datetime) -> tuple[date, int]:
    shown = at.astimezone(NEW_YORK)
    return shown.date(), 4 * shown.hour + shown.minute // 15


def by_the_rule(kept: Sequence[Interval], gap: Sequence[datetime]) -> list[int]:
    """What DOMAIN says of the quarter hours of a long gap, all of one day, in uWh; 0 for none."""
    energy: dict[tuple[date, int], int] = {}
    for one in kept:
        energy.setdefault(quarter_of(one.start), (one.milliamp_ms * 120 + 1800) // 3600)
    day = quarter_of(gap[0])[0]
    near = [day + sign * timedelta(days=far) for far in range(1, 15) for sign in (-1, 1)]
    like = [
        other
        for other in near
        if (other.weekday() >= 5) == (day.weekday() >= 5) and other <= date(2026, 3, 31)
    ]
    quarters = [quarter_of(at)[1] for at in gap]
    whole = [other for other in like if all((other, quarter) in energy for quarter in quarters)]

    def mean(quarter: int) -> int:
        days = whole if len(whole) >= 3 else [one for one in like if (one, quarter) in energy]
        taken = [energy[other, quarter] for other in days[:3]]
        return (2 * sum(taken) + len(taken)) // (2 * len(taken)) if taken else 0

    return [mean(quarter) for quarter in quarters]


def some_gaps(seed: int) -> list[Gap]:
    """Long and short ones, more of them early in the month and just before it."""
    random = Random(seed)
    gaps = []
    for _ in range(random.randrange(1, 25)):
        begin = START + random.randrange(-14 * 96, random.choice([96, 14 * 96, 30 * 96])) * QUARTER
        gaps.append((begin, begin + random.choice([3, 12, 40, 96, 300]) * QUARTER))
    return gaps


@settings(UNHURRIED, max_examples=12)
@given(st.integers(0, 2**32))
def test_a_long_gap_is_estimated_by_the_rule_day_by_day(seed: int) -> None:
    kept = measured(some_gaps(seed), seed=seed)
    load = loads({1: kept})[1]
    by_day: dict[tuple[date, int], list[int]] = {}
    long = load.incomplete[load.qualities != Quality.INTERPOLATED]
    gap = 0
    for number, slot in enumerate(long.tolist()):
        gap += bool(number) and slot - long[number - 1] > 1
        by_day.setdefault((quarter_of(load.slots.at(slot))[0], gap), []).append(slot)
    for slots in by_day.values():
        expected = by_the_rule(kept, [load.slots.at(slot) for slot in slots])
        assert list(load.microwatt_hours[slots]) == expected


@settings(UNHURRIED, max_examples=10)
@given(st.integers(0, 29), st.lists(st.integers(-14, 30), max_size=12))
def test_an_estimate_does_not_change_by_gaps_at_other_times_of_the_day(
    day: int, others: Sequence[int]
) -> None:
    gap = START + timedelta(days=day, hours=12), START + timedelta(days=day, hours=16)
    away = [START + timedelta(days=other, hours=3) for other in others]
    alone = loads({1: measured([gap])})[1]
    among = loads({1: measured([gap, *((at, at + 4 * HOURS) for at in away)])})[1]
    slots = alone.incomplete
    assert slots.size == 16
    assert np.array_equal(alone.microwatt_hours[slots], among.microwatt_hours[slots])


@settings(UNHURRIED, max_examples=10)
@given(st.integers(0, 2**32))
def test_circuits_do_not_change_each_other_nor_does_their_order(seed: int) -> None:
    currents = {pole: measured(some_gaps(seed + pole), pole=pole, seed=pole) for pole in (1, 2, 3)}
    together = loads(currents)
    turned = loads(dict(reversed(currents.items())))
    for pole, kept in currents.items():
        (alone,) = loads({pole: kept}).values()
        for load in (together[pole], turned[pole]):
            assert np.array_equal(load.microwatt_hours, alone.microwatt_hours)
            assert np.array_equal(load.qualities, alone.qualities)
