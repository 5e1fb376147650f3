"""The directory: which circuit was there at a time, and what cannot be true."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.site.circuit import CircuitVersion, poles_text
from bcm_mqtt.domain.site.directory import CircuitSpan, Directory, pole_conflicts, version_problems
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import BEGINNING
from unit.domain.examples import NOON, UNHURRIED, panel

MS = timedelta(milliseconds=1)
DAYS = [NOON + timedelta(days=number) for number in range(10)]


def breaker(
    *poles: int,
    since: datetime = BEGINNING,
    connection: Connection | None = None,
    description: str = "",
) -> CircuitVersion:
    return CircuitVersion(
        poles=poles,
        description=description,
        connection=connection or Connection.usual(len(poles)),
        valid_from=since,
    )


def gone(*poles: int, since: datetime) -> CircuitVersion:
    return breaker(*poles, since=since, connection=Connection.NONE)


def directory(*versions: CircuitVersion, service: str = "120/208") -> Directory:
    return Directory(panel(service), versions)


def conflicts(*versions: CircuitVersion) -> list[str]:
    return [reason for _, _, reason in pole_conflicts(versions)]


def test_the_directory_at_a_time_holds_the_versions_of_that_time() -> None:
    old, new, other = breaker(1), breaker(1, since=DAYS[2]), breaker(4, 6, 8, since=DAYS[1])
    found = directory(new, other, old)
    assert found.at(DAYS[0]) == {1: old}
    assert found.at(DAYS[2] - MS) == {1: old, 4: other}
    assert found.at(DAYS[2]) == {1: new, 4: other}
    assert found.at(BEGINNING - MS) == {}


def test_a_breaker_that_is_gone_is_not_in_the_directory() -> None:
    found = directory(breaker(1), gone(1, since=DAYS[2]), breaker(1, since=DAYS[4]))
    assert [set(found.at(day)) for day in (DAYS[1], DAYS[2], DAYS[3], DAYS[4])] == [
        {1},
        set(),
        set(),
        {1},
    ]


def test_spans_are_cut_to_the_asked_time_and_come_by_first_pole_and_time() -> None:
    old, new, other = breaker(1), breaker(1, since=DAYS[2]), breaker(4, 6, 8, since=DAYS[1])
    late = breaker(9, since=DAYS[6])
    assert list(directory(late, other, new, old).spans(DAYS[0], DAYS[5])) == [
        CircuitSpan(old, DAYS[0], DAYS[2]),
        CircuitSpan(new, DAYS[2], DAYS[5]),
        CircuitSpan(other, DAYS[1], DAYS[5]),
    ]


def test_spans_leave_out_the_time_after_a_breaker_was_removed() -> None:
    first, again = breaker(1), breaker(1, since=DAYS[4])
    found = directory(first, gone(1, since=DAYS[2]), again)
    assert list(found.spans(DAYS[0], DAYS[5])) == [
        CircuitSpan(first, DAYS[0], DAYS[2]),
        CircuitSpan(again, DAYS[4], DAYS[5]),
    ]


@UNHURRIED
@given(
    changes=st.lists(
        st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from(DAYS), st.booleans()),
        unique_by=lambda change: change[:2],
    ),
    time=st.sampled_from(DAYS[:-1]),
)
def test_spans_and_the_directory_at_a_time_say_the_same(
    changes: list[tuple[int, datetime, bool]], time: datetime
) -> None:
    found = directory(
        *(
            breaker(pole, since=since) if stays else gone(pole, since=since)
            for pole, since, stays in changes
        )
    )
    spans = list(found.spans(DAYS[0], DAYS[-1]))
    assert found.at(time) == {
        span.version.first_pole: span.version for span in spans if span.start <= time < span.end
    }
    for one, other in pairwise(spans):
        assert one.version.first_pole < other.version.first_pole or one.end <= other.start


def test_a_pole_on_two_breakers_at_the_same_time_is_a_conflict() -> None:
    assert conflicts(breaker(1, 3), breaker(3)) == [
        "pole 3 is on breakers 1+3 and 3 at the same time"
    ]


def test_a_pole_on_two_breakers_from_different_times_on_is_a_conflict() -> None:
    assert conflicts(breaker(3), breaker(1, 3, 5, since=DAYS[1])) == [
        "pole 3 is on breakers 3 and 1+3+5 at the same time"
    ]


def test_a_pole_that_its_breaker_gave_up_is_free_for_another() -> None:
    assert not conflicts(breaker(3), gone(3, since=DAYS[1]), breaker(1, 3, since=DAYS[1]))
    assert conflicts(breaker(3), gone(3, since=DAYS[2]), breaker(1, 3, since=DAYS[1]))


def test_a_pole_that_a_later_version_of_its_breaker_leaves_out_is_free() -> None:
    assert not conflicts(breaker(1, 3), breaker(1, since=DAYS[1]), breaker(3, since=DAYS[1]))


def test_versions_of_one_breaker_are_no_conflict() -> None:
    assert not conflicts(breaker(1, 3), breaker(1, 3, since=DAYS[1]), breaker(1, since=DAYS[2]))


def test_two_versions_of_one_breaker_from_the_same_instant_are_a_conflict() -> None:
    assert conflicts(breaker(1, since=DAYS[0]), breaker(1, since=DAYS[0], description="x")) == [
        "breaker 1 has two versions valid from 2026-11-20 12:00:00Z"
    ]


def test_every_conflict_of_a_pole_is_found_at_once() -> None:
    long = breaker(3)
    first, second = breaker(1, 3, since=DAYS[1]), breaker(1, 3, since=DAYS[5])
    between = breaker(1, since=DAYS[3])
    found = [{one, other} for one, other, _ in pole_conflicts([long, first, between, second])]
    assert found == [{long, first}, {long, second}]


@UNHURRIED
@given(
    st.lists(
        st.tuples(st.sampled_from([(1,), (1, 3), (3,), (3, 5)]), st.sampled_from(DAYS)),
        unique_by=lambda change: (change[0][0], change[1]),
        max_size=8,
    )
)
def test_there_is_a_conflict_exactly_when_some_pole_is_on_two_breakers_at_some_time(
    changes: list[tuple[tuple[int, ...], datetime]],
) -> None:
    versions = [breaker(*poles, since=since) for poles, since in changes]
    found = directory(*versions)
    held = [
        sorted(pole for version in found.at(day).values() for pole in version.poles) for day in DAYS
    ]
    assert bool(conflicts(*versions)) == any(len(set(poles)) < len(poles) for poles in held)


@pytest.mark.parametrize(
    ("version", "service", "problem"),
    [
        (breaker(49), "120/208", "pole 49 is not on panel rpp-1a: expected 1 to 48"),
        (breaker(0), "120/208", "pole 0 is not on panel rpp-1a: expected 1 to 48"),
        (breaker(1, 2), "120/208", "poles 1+2 are not one breaker: expected 1+3"),
        (breaker(1, 3, 7), "120/208", "poles 1+3+7 are not one breaker: expected 1+3+5"),
        (
            breaker(1, connection=Connection.WYE),
            "120/208",
            "connection 3P takes 3 poles, but 1 are 1",
        ),
        (breaker(1), "480", "connection 1P needs a neutral, which delta service 480 lacks"),
        (
            breaker(1, 3, 5),
            "120/240",
            "connection 3P needs three phases, split-phase 120/240 has two",
        ),
    ],
)
def test_a_version_that_cannot_be_on_its_panel_says_why(
    version: CircuitVersion, service: str, problem: str
) -> None:
    assert list(version_problems(version, panel(service))) == [problem]


@pytest.mark.parametrize(
    "version", [breaker(48), breaker(1, 3), breaker(44, 46, 48), gone(1, 3, since=NOON)]
)
def test_a_version_that_fits_its_panel_has_no_problem(version: CircuitVersion) -> None:
    assert not list(version_problems(version, panel()))


def test_poles_are_written_as_people_write_them() -> None:
    assert poles_text((1, 3, 5)) == "1+3+5"


def test_a_panel_with_an_empty_directory_shows_every_measured_pole() -> None:
    empty = Directory(panel(unmonitored=[2]))
    shown = empty.shown_at(datetime(2026, 1, 1, tzinfo=UTC))
    assert set(shown) == set(range(1, 49)) - {2}
    assert directory(breaker(5)).shown_at(NOON) == {5: breaker(5)}
