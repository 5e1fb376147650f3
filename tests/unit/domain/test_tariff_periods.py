"""Tariffs: every instant has exactly one rate, or the tariff is refused."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.tariff import RateVersion, Tariff, rate_problems
from bcm_mqtt.domain.time import Month, midnight
from unit.domain.examples import NEW_YORK, UNHURRIED

JANUARY = date(2026, 1, 1)
MARCH = Month(2026, 3).bounds(NEW_YORK)


def rate(since: date, until: date | None = None, price: str = "0.12") -> RateVersion:
    return RateVersion(since, Decimal(price), until)


def tariff(*versions: RateVersion, zone: str = "America/New_York") -> Tariff:
    return Tariff("standard", "USD", ZoneInfo(zone), versions)


def problems(*versions: RateVersion) -> list[tuple[int, str]]:
    return list(rate_problems(versions))


def test_one_rate_covers_the_month_once() -> None:
    (period,) = tariff(rate(JANUARY)).periods(*MARCH)
    assert (period.start, period.end) == MARCH


def test_a_rate_change_inside_the_month_is_at_the_tariffs_local_midnight() -> None:
    old, new = rate(JANUARY), rate(date(2026, 3, 10), price="0.15")
    first, second = tariff(old, new).periods(*MARCH)
    change = datetime(2026, 3, 10, 4, tzinfo=UTC)  # summer time by then
    assert (first.rate, first.start, first.end) == (old, MARCH[0], change)
    assert (second.rate, second.start, second.end) == (new, change, MARCH[1])


def test_a_tariff_in_another_zone_changes_at_that_zones_midnight() -> None:
    found = tariff(rate(JANUARY), rate(date(2026, 3, 10)), zone="UTC").periods(*MARCH)
    assert [period.end for period in found] == [datetime(2026, 3, 10, tzinfo=UTC), MARCH[1]]


def test_a_rate_change_at_the_months_edge_splits_nothing() -> None:
    old, new = rate(JANUARY), rate(date(2026, 3, 1))
    assert [period.rate for period in tariff(old, new).periods(*MARCH)] == [new]
    old, new = rate(JANUARY), rate(date(2026, 4, 1))
    assert [period.rate for period in tariff(old, new).periods(*MARCH)] == [old]


def test_a_last_day_is_included() -> None:
    old, new = rate(JANUARY, date(2026, 3, 9)), rate(date(2026, 3, 10))
    found = list(tariff(old, new).periods(*MARCH))
    assert [period.rate for period in found] == [old, new]
    assert found[0].end == found[1].start == midnight(date(2026, 3, 10), NEW_YORK)


@UNHURRIED
@given(
    days=st.sets(st.integers(1, 100), max_size=8),
    zone=st.sampled_from(["America/New_York", "America/Santiago", "Asia/Kolkata", "UTC"]),
    span=st.tuples(st.integers(0, 80), st.integers(1, 40)),
)
def test_periods_cover_every_instant_exactly_once(
    days: set[int], zone: str, span: tuple[int, int]
) -> None:
    versions = [rate(JANUARY), *(rate(JANUARY + timedelta(days=day)) for day in sorted(days))]
    start = datetime(2026, 1, 3, 7, 30, tzinfo=UTC) + timedelta(days=span[0])
    end = start + timedelta(days=span[1])
    found = list(tariff(*versions, zone=zone).periods(start, end))
    assert found[0].start == start
    assert found[-1].end == end
    assert all(period.start < period.end for period in found)
    assert all(one.end == other.start for one, other in pairwise(found))
    for period in found:
        local = period.start.astimezone(ZoneInfo(zone)).date()
        assert period.rate is max(
            (version for version in versions if version.valid_from <= local),
            key=lambda version: version.valid_from,
        )


@pytest.mark.parametrize(
    ("versions", "since"),
    [
        ([], "2026-03-01 00:00"),
        ([rate(date(2026, 3, 10))], "2026-03-01 00:00"),
        ([rate(JANUARY, date(2026, 3, 9))], "2026-03-10 00:00"),
        ([rate(JANUARY, date(2026, 3, 9)), rate(date(2026, 3, 12))], "2026-03-10 00:00"),
    ],
)
def test_time_without_a_rate_is_refused_and_says_from_when(
    versions: list[RateVersion], since: str
) -> None:
    with pytest.raises(ValueError, match=f"tariff standard has no rate from {since} on"):
        list(tariff(*versions).periods(*MARCH))


def test_no_time_needs_no_rate() -> None:
    assert not list(tariff().periods(MARCH[0], MARCH[0]))


def test_versions_that_follow_each_other_have_no_problem() -> None:
    assert not problems(rate(JANUARY), rate(date(2026, 7, 1)))
    assert not problems(rate(JANUARY, date(2026, 6, 30)), rate(date(2026, 7, 1)))


@pytest.mark.parametrize(
    ("versions", "found"),
    [
        (
            [rate(JANUARY, date(2026, 1, 31)), rate(date(2026, 3, 1))],
            (1, "leaves a hole: no rate from 2026-02-01 until 2026-03-01"),
        ),
        (
            [rate(JANUARY, date(2026, 3, 1)), rate(date(2026, 3, 1))],
            (1, "overlaps the version before it, which holds until 2026-03-01"),
        ),
        (
            [rate(date(2026, 3, 1)), rate(JANUARY)],
            (1, "valid_from 2026-01-01 is not after 2026-03-01"),
        ),
        ([rate(JANUARY), rate(JANUARY)], (1, "valid_from 2026-01-01 is not after 2026-01-01")),
        (
            [rate(JANUARY, date(2026, 12, 31))],
            (0, "leaves a hole: no rate after 2026-12-31"),
        ),
        (
            [rate(JANUARY, date(2025, 12, 31)), rate(date(2026, 1, 2))],
            (0, "valid_until 2025-12-31 is before 2026-01-01"),
        ),
    ],
)
def test_holes_and_overlaps_are_named_with_their_version(
    versions: list[RateVersion], found: tuple[int, str]
) -> None:
    assert found in problems(*versions)


def test_every_problem_of_a_tariff_is_named_at_once() -> None:
    assert [
        index
        for index, _ in problems(
            rate(JANUARY, date(2026, 1, 31)),
            rate(date(2026, 3, 1), date(2026, 4, 30)),
            rate(date(2026, 4, 1)),
            rate(date(2026, 4, 1)),
        )
    ] == [1, 2, 3]
