"""Backing off: doubled pauses up to a cap, spread so that many do not try at once."""

import pytest

from bcm_mqtt.modbus.line import _CONNECT_CAP, _Backoff, line_random


def pauses(cap: float, jitter: float, failures: int) -> list[float]:
    """How long each failure in a row, seen at instant 1000, makes one wait."""
    backoff, found = _Backoff(), []
    for _ in range(failures):
        backoff.failed(1000.0, cap, jitter)
        found.append(backoff.until - 1000.0)
    return found


def test_the_pause_doubles_from_a_quarter_second_to_the_cap() -> None:
    assert pauses(5.0, 1.0, 8) == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]


def test_a_thousand_failures_wait_no_longer_than_the_cap() -> None:
    assert pauses(_CONNECT_CAP, 1.0, 1000)[-1] == _CONNECT_CAP


def test_a_gateway_is_tried_again_within_1_s() -> None:
    assert _CONNECT_CAP == 1.0


@pytest.mark.parametrize("failures", [1, 3, 30])
def test_jitter_takes_off_at_most_half_of_the_pause(failures: int) -> None:
    longest = pauses(5.0, 1.0, failures)[-1]
    assert pauses(5.0, 0.0, failures)[-1] == longest / 2
    assert pauses(5.0, 0.5, failures)[-1] == longest * 0.75


def test_what_has_not_failed_may_be_asked_at_once() -> None:
    assert _Backoff().until == 0.0


def test_the_source_of_jitter_gives_0_to_1_and_differs_by_seed() -> None:
    one, other = line_random(1), line_random(2)
    found = [one() for _ in range(100)]
    assert all(0 <= value < 1 for value in found)
    assert found != [other() for _ in range(100)]
    assert found[0] == line_random(1)()
