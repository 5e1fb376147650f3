"""The intervals that new snapshots can change, against the definition, one by one."""

from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.interval.interval import INTERVAL_MS, touched_intervals
from bcm_mqtt.domain.interval.touched import Poll, touched_by
from unit.builders import UNHURRIED

POLLS = st.lists(
    st.builds(
        Poll,
        st.integers(0, 8 * INTERVAL_MS),
        st.sampled_from((1, 1_000, 15_000, INTERVAL_MS, 3 * INTERVAL_MS)),
    ),
    max_size=8,
)


def by_definition(new: list[Poll], outlasting: list[Poll]) -> set[int]:
    touched = set[int]()
    for poll in new:
        own = touched_intervals(*poll)
        touched.update(own)
        for earlier in outlasting:
            if earlier.time_ms < poll.time_ms:
                touched.update(start for start in touched_intervals(*earlier) if start > own[-1])
    return touched


@UNHURRIED
@given(POLLS, POLLS)
def test_they_are_those_of_the_definition(new: list[Poll], outlasting: list[Poll]) -> None:
    assert touched_by(new, outlasting) == by_definition(new, outlasting)
    assert touched_by(new, [*new, *outlasting]) == by_definition(new, [*new, *outlasting])


def test_a_faster_poll_ends_the_hold_of_a_slower_one() -> None:
    slow, fast = Poll(0, 3 * INTERVAL_MS), Poll(60_000, 1_000)
    assert touched_by([fast], []) == {0}
    assert touched_by([fast], [slow]) == {interval * INTERVAL_MS for interval in range(5)}
