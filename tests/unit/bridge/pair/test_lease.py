"""The lease of a pair: of two sides never both hold it, whatever is late, cut off or stopped."""

from collections import deque
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.bridge.pair.lease import Lease, Reach, Side, Term

LENGTH_S = 3.0
STEP_S = 0.1


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def lease(side: Side, seconds: Seconds, *, polls_in_isolation: bool = False) -> Lease:
    return Lease(side, LENGTH_S, seconds, polls_in_isolation=polls_in_isolation)


def test_it_holds_from_the_time_a_confirmed_renewal_was_sent_for_its_length() -> None:
    seconds = Seconds()
    first = lease(Side.FIRST, seconds)
    first.take()
    assert not first.holds()  # nobody has confirmed it
    sent_s = seconds.now
    seconds.now += 1.0
    first.confirmed(sent_s)
    assert first.holds()
    seconds.now = sent_s + 2.99
    assert first.holds()
    seconds.now = sent_s + 3.0
    assert not first.holds()


def test_the_other_side_waits_for_a_quarter_longer_than_it_holds() -> None:
    seconds = Seconds()
    second = lease(Side.SECOND, seconds)
    assert second.hear(Term(1, is_first=True))
    seconds.now += 3.74
    assert not second.may_take()
    seconds.now += 0.02
    assert second.may_take()
    assert second.take() == Term(2, is_first=False)


def test_the_second_side_leaves_the_first_its_turn_where_both_have_just_begun() -> None:
    seconds = Seconds()
    first, second = lease(Side.FIRST, seconds), lease(Side.SECOND, seconds)
    seconds.now += 3.8
    assert first.may_take()
    assert not second.may_take()
    seconds.now += 3.0
    assert second.may_take()


def test_of_two_that_claimed_it_the_later_term_stays_and_of_equal_ones_the_first_side() -> None:
    seconds = Seconds()
    first, second = lease(Side.FIRST, seconds), lease(Side.SECOND, seconds)
    first.take()
    second.take()
    assert not first.hear(second.term)
    assert first.is_active
    assert second.hear(first.term)
    assert not second.is_active
    second.take()
    assert first.hear(second.term)
    assert not first.is_active


def test_a_side_that_was_stopped_holds_nothing_when_it_goes_on() -> None:
    """What it had sent before may still be confirmed then."""
    seconds = Seconds()
    first = lease(Side.FIRST, seconds, polls_in_isolation=True)
    first.take()
    sent_s = seconds.now
    first.confirmed(sent_s)
    seconds.now += 60
    first.confirmed(sent_s + 0.5)
    first.isolated(sent_s + 0.5)
    assert not first.holds()


def test_in_isolation_it_holds_only_where_that_is_configured() -> None:
    for goes_on in (False, True):
        seconds = Seconds()
        side = lease(Side.FIRST, seconds, polls_in_isolation=goes_on)
        side.take()
        side.isolated(seconds.now)
        assert side.holds() is goes_on


def test_more_meters_count_more_than_the_broker() -> None:
    assert Reach(2, broker=False).is_better_than(Reach(1, broker=True))
    assert Reach(2, broker=True).is_better_than(Reach(2, broker=False))
    assert not Reach(2, broker=True).is_better_than(Reach(2, broker=True))
    assert not Reach(-1, broker=True).is_better_than(Reach(0, broker=True))


@dataclass
class Simulated:
    """A side whose process runs or is stopped, and what is on its way to it."""

    lease: Lease
    coming: deque[tuple[float, str, Term, float]] = field(default_factory=deque)
    renewed_s: float = float("-inf")
    stopped_until_s: float = 0.0


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 40),  # steps until then
        st.sampled_from(["cut", "mend", "stop first", "stop second", "slow"]),
        st.integers(1, 80),  # steps: of a stop, or of the delay of messages
    ),
    max_size=12,
)


class World:
    """Two sides and what happens to them; time goes on in steps."""

    def __init__(self) -> None:
        self.seconds = Seconds()
        self.sides = [Simulated(lease(side, self.seconds)) for side in Side]
        self.delay_s = 0.0
        self.is_cut = False

    def happens(self, what: str, steps: int) -> None:
        if what in {"cut", "mend"}:
            self.is_cut = what == "cut"
        elif what == "slow":
            self.delay_s = steps * STEP_S
        else:
            side = self.sides[what == "stop second"]
            side.stopped_until_s = self.seconds.now + steps * STEP_S

    def step(self) -> list[bool]:
        """Which of the two would poll now."""
        self.seconds.now += STEP_S
        for side, other in (self.sides, self.sides[::-1]):
            if self._runs(side):
                self._act(side, other)
        return [side.lease.holds() and self._runs(side) for side in self.sides]

    def _runs(self, side: Simulated) -> bool:
        return self.seconds.now >= side.stopped_until_s

    def _act(self, side: Simulated, other: Simulated) -> None:
        now_s = self.seconds.now
        _take_messages(side, other, now_s, self.delay_s, is_cut=self.is_cut)
        if side.lease.may_take():
            side.lease.take()
            side.renewed_s = float("-inf")
        if side.lease.is_active and now_s - side.renewed_s >= side.lease.renew_every_s:
            side.renewed_s = now_s
            if not self.is_cut:
                other.coming.append((now_s + self.delay_s, "renew", side.lease.term, now_s))


@given(EVENTS)
def test_never_do_both_sides_hold_it(events: list[tuple[int, str, int]]) -> None:
    """Messages of the link are late, lost or in time, and processes stand still."""
    world, script, waiting, held = World(), deque(events), 0, 0
    for _ in range(400):
        waiting += 1
        while script and waiting >= script[0][0]:
            _, what, steps = script.popleft()
            world.happens(what, steps)
            waiting = 0
        polls = world.step()
        assert not all(polls), [side.lease.term for side in world.sides]
        held += polls[0]
    if not events:
        assert held > 300


def _take_messages(
    side: Simulated, other: Simulated, now_s: float, delay_s: float, *, is_cut: bool
) -> None:
    for _ in range(len(side.coming)):
        message = side.coming.popleft()
        arrives_s, what, term, sent_s = message
        if arrives_s > now_s:
            side.coming.append(message)
        elif what == "confirmed" and term == side.lease.term:
            side.lease.confirmed(sent_s)
        elif what == "renew":
            latest = side.lease.hear(term)
            answer = ("confirmed", term) if latest else ("renew", side.lease.term)
            if not is_cut:
                other.coming.append((now_s + delay_s, *answer, sent_s))
