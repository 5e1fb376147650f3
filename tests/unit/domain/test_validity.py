"""When a request may be begun, by clocks that differ."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.validity import ALWAYS_VALID, CLOCKS_MAY_DIFFER, Refusal, Validity
from unit.builders import NOON

TEN = timedelta(seconds=10)


@pytest.mark.parametrize(
    ("comes_after_s", "refusal"),
    [
        (-3600, Refusal.CLOCK),
        (-2.1, Refusal.CLOCK),
        (-2, None),
        (0, None),
        (10, None),
        (10.1, Refusal.EXPIRED),
        (1800, Refusal.EXPIRED),
    ],
)
def test_a_request_is_begun_from_when_it_was_made_until_its_deadline(
    comes_after_s: float, refusal: Refusal | None
) -> None:
    now = NOON + timedelta(seconds=comes_after_s)
    assert Validity.of(NOON, TEN).refusal(now) == refusal


def test_one_that_says_nothing_is_valid_when_it_is_received() -> None:
    assert ALWAYS_VALID.refusal(NOON) is None


def test_a_deadline_beyond_what_is_remembered_is_refused() -> None:
    two_days = Validity(None, NOON + timedelta(days=2))
    assert two_days.refusal(NOON) == Refusal.TOO_LONG
    assert Validity(None, NOON + timedelta(days=1)).refusal(NOON) is None


@pytest.mark.parametrize("refusal", Refusal)
def test_a_refusal_says_that_nothing_was_done(refusal: Refusal) -> None:
    sentence = Validity.of(NOON, TEN).sentence(refusal, NOON + timedelta(hours=1))
    assert sentence.startswith("not done: ")


SECONDS = st.floats(-1e6, 1e6)


@given(late_s=st.floats(0, 1e6), ahead_s=SECONDS)
def test_whatever_the_clocks_say_a_request_is_begun_late_by_their_difference_at_most(
    late_s: float, ahead_s: float
) -> None:
    """One that is ahead cannot have a forgotten request done at any time: only just then."""
    made = NOON + timedelta(seconds=ahead_s)  # by the sender's clock, at noon here
    now = NOON + timedelta(seconds=late_s)
    if Validity.of(made, TEN).refusal(now) is None:
        assert -CLOCKS_MAY_DIFFER <= now - made <= TEN
