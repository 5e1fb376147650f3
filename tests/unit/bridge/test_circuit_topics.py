"""Per-circuit values: when they change and at least every five minutes, and never made up."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.bridge.circuits import CircuitTopics
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.mqtt.pace import PACES, REFRESH, Pace
from bcm_mqtt.mqtt.topics import Topics
from unit.builders import NOON, QUARTER, SECOND, UNHURRIED, circuit, directory, panel, snapshot

ONE = directory(circuit((1,), rating=20))
EVERY: Mapping[str, Pace] = {}
"""`mqtt.circuit_rate: every`."""


class Published:
    """What a panel's topics say, as its snapshots come."""

    def __init__(self, of: Directory = ONE, paces: Mapping[str, Pace] = PACES) -> None:
        self.circuits = CircuitTopics(Topics(), paces)
        self.directory = of

    def of(self, *milliamps: int | None, at: datetime = NOON) -> dict[str, str]:
        """What is published for one poll: `pole/quantity` to payload."""
        values, *_ = self.circuits.of(self.directory, snapshot(at, milliamps))
        assert len({value[0] for value in values}) == len(values)
        return {
            value[0].removeprefix("bcm/rpp-1a/circuit/"): value[1].decode()
            for value in values
            if "/circuit/" in value[0]
        }

    def main(self, *milliamps: int | None) -> dict[str, str]:
        """What is published of the panel's main."""
        values, *_ = self.circuits.of(self.directory, snapshot(NOON, milliamps))
        return {
            value[0].removeprefix("bcm/rpp-1a/main/"): value[1].decode()
            for value in values
            if "/main/" in value[0]
        }


def test_the_panels_main_is_published_and_what_is_not_known_is_not() -> None:
    every = [10_000, 0, 8_000, 0, 6_000, *[0] * 43]
    singles = Published(directory(*(circuit((pole,), rating=20) for pole in (1, 3, 5))))
    assert singles.main(*every) == {
        "current_a": "10.0",
        "current_b": "8.0",
        "current_c": "6.0",
        "power": "2880",
        "neutral": "3.5",
    }
    assert Published().main(None, *every[1:]) == {"current_b": "8.0", "current_c": "6.0"}


def test_the_first_poll_publishes_everything() -> None:
    assert Published().of(10_000) == {
        "1/current": "10.0",
        "1/power": "1200",
        "1/load": "50.0",
    }


def test_a_breaker_of_several_poles_has_its_highest_current_under_its_first_pole() -> None:
    wide = Published(directory(circuit((2, 4), rating=30)))
    assert wide.of(None, 12_000, None, 11_900) == {
        "2/current": "12.0",
        "2/power": "2486",
        "2/load": "40.0",
    }


def test_a_value_that_does_not_change_is_not_repeated() -> None:
    published = Published()
    published.of(10_000)
    for polled in range(1, 20):
        assert published.of(10_000, at=NOON + polled * 15 * SECOND) == {}


def test_only_what_changes_as_it_is_shown_is_published() -> None:
    published = Published(paces=EVERY)
    published.of(10_000)
    assert published.of(10_003, at=NOON + 15 * SECOND) == {}  # 10.0 A, 1200 W, 50.0 %
    changed = published.of(10_006, at=NOON + 30 * SECOND)
    assert changed == {"1/power": "1201"}
    assert set(published.of(10_200, at=NOON + 45 * SECOND)) == {
        "1/current",
        "1/power",
        "1/load",
    }


def test_a_value_that_does_not_change_comes_again_every_five_minutes() -> None:
    published = Published()
    published.of(10_000)
    times = [NOON + polled * 15 * SECOND for polled in range(1, 61)]
    again = [at for at in times if published.of(10_000, at=at)]
    assert again == [NOON + REFRESH, NOON + 2 * REFRESH, NOON + 3 * REFRESH]
    assert timedelta(minutes=5) == REFRESH


def test_a_small_change_waits_for_the_refresh() -> None:
    published = Published()
    published.of(10_000)
    assert published.of(10_400, at=NOON + 4 * 60 * SECOND) == {}  # 4 % of 10 A
    again = published.of(10_400, at=NOON + REFRESH)
    assert again == {"1/current": "10.4", "1/power": "1248", "1/load": "52.0"}


def test_a_large_change_is_said_a_minute_after_the_last_value_though_nothing_changes_then() -> None:
    published = Published()
    published.of(10_000)
    assert published.of(0, at=NOON + 10 * SECOND) == {}
    assert published.of(0, at=NOON + 59 * SECOND) == {}
    off = published.of(0, at=NOON + 60 * SECOND)
    assert off == {"1/current": "0.0", "1/power": "0", "1/load": "0.0"}
    assert published.of(16_000, at=NOON + 130 * SECOND)["1/current"] == "16.0"


def test_a_change_that_is_taken_back_within_the_minute_is_not_said() -> None:
    published = Published()
    published.of(10_000)
    published.of(15_000, at=NOON + 30 * SECOND)
    assert published.of(10_100, at=NOON + 60 * SECOND) == {}


@pytest.mark.parametrize("period_s", [1, 15, 60])
def test_at_any_rate_of_polls_a_value_comes_once_a_minute_at_most(period_s: int) -> None:
    published = Published()
    polls = range(0, 3600, period_s)
    said = [
        found
        for second in polls
        if (found := published.of(second * 7919 % 20_000, at=NOON + second * SECOND))
    ]
    assert sum("1/current" in found for found in said) <= 60


def test_each_value_comes_again_five_minutes_after_it_was_published() -> None:
    published = Published(paces=EVERY)
    published.of(10_000)
    assert published.of(10_006, at=NOON + 60 * SECOND) == {"1/power": "1201"}
    assert set(published.of(10_006, at=NOON + REFRESH)) == {"1/current", "1/load"}
    assert set(published.of(10_006, at=NOON + REFRESH + 60 * SECOND)) == {"1/power"}


def test_a_poll_without_a_change_still_says_what_every_circuit_carries() -> None:
    circuits = CircuitTopics(Topics())
    first = circuits.of(ONE, snapshot(NOON, [10_000]))
    again = circuits.of(ONE, snapshot(NOON + SECOND, [10_000]))
    assert again.values == []
    assert (again.circuits, again.load) == (first.circuits, first.load)


@UNHURRIED
@given(
    readings=st.lists(st.none() | st.sampled_from([0, 10_000, 19_000]), min_size=2, max_size=40),
    step=st.integers(1, 200),
)
def test_no_measured_value_is_older_than_five_minutes_and_a_poll(
    readings: list[int | None], step: int
) -> None:
    published, last, shown = Published(paces=EVERY), dict[str, datetime](), dict[str, str]()
    for index, milliamps in enumerate(readings):
        at = NOON + index * step * SECOND
        found = published.of(milliamps, at=at)
        shown |= found
        last |= dict.fromkeys(found, at)
        if milliamps is None:
            assert found == {}
        else:
            assert shown["1/current"] == f"{milliamps / 1000:.1f}"
            assert all(at - last[name] < REFRESH for name in ("1/current", "1/power", "1/load"))


def test_a_reading_that_is_missing_is_not_published_and_not_zero() -> None:
    published = Published()
    published.of(10_000)
    for polled in range(1, 60):
        assert published.of(None, at=NOON + polled * 15 * SECOND) == {}


def test_of_a_circuit_that_was_never_read_nothing_is_said() -> None:
    assert Published().of(None) == {}


def test_a_breaker_with_one_leg_missing_publishes_no_value() -> None:
    wide = Published(directory(circuit((2, 4), rating=30)))
    assert wide.of(None, 12_000, None, None) == {}


def test_a_breaker_without_a_rating_has_no_load() -> None:
    assert Published(directory(circuit((1,), rating=None))).of(90_000) == {
        "1/current": "90.0",
        "1/power": "10800",
    }


def test_what_a_listener_has_lost_comes_again_at_once() -> None:
    published = Published()
    first = published.of(10_000)
    published.circuits.forget()
    assert published.of(10_000, at=NOON + SECOND) == first


def test_of_an_empty_directory_every_measured_pole_is_shown() -> None:
    small = directory(of=panel(poles=4, unmonitored=[3]))
    found = Published(small).of(1000, 2000, None, 4000)
    assert {name for name in found if name.endswith("current")} == {
        "1/current",
        "2/current",
        "4/current",
    }


def test_the_circuit_that_holds_at_the_time_of_the_poll_is_published() -> None:
    changing = directory(
        circuit((1,), rating=20), circuit((1, 3), rating=40, valid_from=NOON + QUARTER)
    )
    published = Published(changing)
    assert published.of(10_000, None, 8_000)["1/power"] == "1200"
    assert published.of(10_000, None, 8_000, at=NOON + QUARTER)["1/power"] == "1872"


@pytest.mark.parametrize("milliamps", [(), (1000,)])
def test_a_snapshot_of_fewer_poles_publishes_nothing_for_the_others(
    milliamps: tuple[int, ...],
) -> None:
    published = Published(directory(circuit((5,), rating=20)))
    assert published.of(*milliamps) == {}
