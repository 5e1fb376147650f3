"""Energy against the breaker, against its neighbours, against other days, and against the main."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from math import sqrt
from random import Random

import pytest

from bcm_mqtt.domain.interval.interval import INTERVAL_MS, Interval
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.domain.usage.main_findings import main_findings
from bcm_mqtt.domain.usage.uncertainty.budget import Cause, Component
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.domain.vee.quality import Finding, Flag
from unit.domain.examples import NEW_YORK, QUARTER
from unit.domain.test_validating import BREAKER, END, START, carrying, found_in, usual

SLOTS = range(to_ms(START), to_ms(END), INTERVAL_MS)


def month(milliamps: Callable[[int, int], int]) -> list[Interval]:
    """A current by day of the month and weekday, with some noise in each interval."""
    random = Random(7)
    found = []
    for ms in SLOTS:
        local = from_ms(ms).astimezone(NEW_YORK)
        amps = milliamps(local.day, local.weekday()) + random.randrange(-100, 100)
        found.append(Interval(1, from_ms(ms), amps * INTERVAL_MS, INTERVAL_MS, 60, amps, amps))
    return found


def flagged(flag: Flag, found: list[Finding]) -> list[Finding]:
    return [one for one in found if one.flag is flag]


@pytest.mark.parametrize(("milliamps", "expected"), [(26_666, 0), (26_668, 1)])
def test_energy_is_above_the_rating_from_1_2_times_it_on(milliamps: int, expected: int) -> None:
    # At power factor 0.9 it takes 1.2 x 20 A / 0.9.
    intervals = usual()
    intervals[100] = carrying(intervals[100], milliamps)
    of = replace(BREAKER, power_factor=Decimal("0.9"))
    above = flagged(Flag.ENERGY_ABOVE_RATING, found_in(intervals, of))
    assert len(above) == expected
    if above:
        (one,) = above
        assert (one.start, one.end) == (START + 100 * QUARTER, START + 101 * QUARTER)
        assert one.detail == "1 interval, up to 2.880 kW where the breaker carries 2.400 kW"


@pytest.mark.parametrize(("milliamps", "expected"), [(30_400, 0), (30_600, 1)])
def test_neighbours_differ_by_more_than_the_breaker_carries(milliamps: int, expected: int) -> None:
    intervals = [carrying(one, 10_500) for one in usual()]
    intervals[100] = carrying(intervals[100], milliamps)
    jumps = flagged(Flag.JUMP, found_in(intervals))
    assert len(jumps) == expected
    if jumps:
        assert (jumps[0].start, jumps[0].end) == (START + 99 * QUARTER, START + 102 * QUARTER)
        assert jumps[0].detail == "2 pairs, such as 0.315 kWh and then 0.918 kWh"


def test_a_server_that_is_added_is_one_change_of_level() -> None:
    intervals = month(lambda day, _: 5_000 if day < 12 else 8_000)
    (one,) = flagged(Flag.LEVEL, found_in(intervals))
    assert one.start == START + timedelta(days=11, hours=-1)  # the clocks changed on the 8th
    assert one.detail.startswith("23.0")
    assert "kWh on 2026-03-12, like days before it had 14." in one.detail


def test_a_day_off_is_one_and_a_week_of_working_days_is_none() -> None:
    office = month(lambda _, weekday: 2_000 if weekday > 4 else 8_000)
    assert flagged(Flag.LEVEL, found_in(office)) == []
    holiday = month(lambda day, weekday: 2_000 if weekday > 4 or day == 19 else 8_000)
    (one,) = flagged(Flag.LEVEL, found_in(holiday))
    assert one.end - one.start == timedelta(days=1)


def test_less_than_a_kilowatt_hour_is_no_change_of_level() -> None:
    # 0.3 A more are 0.86 kWh a day.
    assert flagged(Flag.LEVEL, found_in(month(lambda day, _: 400 if day < 12 else 700))) == []


METER, CURRENT = EnergySource.REGISTER, EnergySource.CURRENT


def row(panel: str, kwh: str, source: EnergySource, *, measured: str = "743") -> Usage:
    coverage = Coverage(Decimal(measured), Decimal(743) - Decimal(measured))
    of = CircuitVersion((1,), power_factor=Decimal(1))
    share = 0.05 / sqrt(3)
    stated = tuple(
        Component(cause, share * float(kwh), key=panel)
        for cause in (Cause.VOLTAGE, Cause.POWER_FACTOR)
        if source is CURRENT
    )
    sources = frozenset({source})
    row = Usage(panel, of, "Customer1", START, END, Decimal(kwh), coverage, sources)
    return replace(row, components=stated)


@pytest.mark.parametrize(
    ("fed", "used", "expected"),
    [
        (row("msb-1", "2000", METER), row("rpp-1a", "1941", METER), None),
        (row("msb-1", "2000", METER), row("rpp-1a", "1939", METER), Flag.MAIN_DIFFERS),
        (row("msb-1", "1939", METER), row("rpp-1a", "2000", METER), Flag.MAIN_DIFFERS),
        # 31 kWh are 1 kWh a day.
        (row("msb-1", "500", METER), row("rpp-1a", "469.2", METER), None),
        # From current with a stated power factor: 2 x 4.1 %.
        (row("msb-1", "2000", METER), row("rpp-1a", "1850", CURRENT), None),
        (row("msb-1", "2000", METER), row("rpp-1a", "1800", CURRENT), Flag.MAIN_DIFFERS),
        (row("msb-1", "2000", CURRENT), row("rpp-1a", "1900", METER), Flag.MAIN_AMPS_DIFFER),
        (row("msb-1", "2000", METER, measured="700"), row("rpp-1a", "1000", METER), None),
    ],
)
def test_a_main_differs_beyond_3_percent_1_kwh_a_day_and_what_both_may_be_off(
    fed: Usage, used: Usage, expected: Flag | None
) -> None:
    found = list(main_findings([fed, used], {"rpp-1a": Feeder("msb-1", 1)}, START, END))
    assert [one.flag for one in found] == [expected] * (expected is not None)
    for one in found:
        assert (one.panel, one.poles, one.start, one.end) == ("rpp-1a", (), START, END)


def test_the_detail_names_the_feeder_and_both_energies() -> None:
    rows = [row("msb-1", "2000.000", METER), row("rpp-1a", "1900.000", METER)]
    (one,) = main_findings(rows, {"rpp-1a": Feeder("msb-1", 1)}, START, END)
    assert one.detail == (
        "msb-1:1 fed 2000.000 kWh, the circuits used 1900.000 kWh: +100.000 kWh, +5.0 %"
    )
