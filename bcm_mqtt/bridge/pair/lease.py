"""The lease: which side of a pair may poll, judged by clocks that never jump.

The side that polls renews its lease at the other side and at the broker (retained), every third of
its length. It counts from the moment at which it *sent* a renewal that either of them confirmed;
the other side counts from the moment at which it *heard* of it, and waits for a quarter longer. So
the first has always stopped before the second begins, whatever delays a message, as long as the
two monotonic clocks run alike to within a quarter. Terms settle who is later where both claimed it
while neither heard the other: the higher term, of equal ones that of the first side.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

_WAITS_LONGER: Final = 1.25
"""Times the lease's length until the other side takes it: clocks may differ, messages may wait."""


class Side(StrEnum):
    """Of a pair."""

    FIRST = "first"
    SECOND = "second"

    @property
    def other(self) -> "Side":
        """The other one."""
        return Side.SECOND if self is Side.FIRST else Side.FIRST


class Term(NamedTuple):
    """A side's time in charge; of two, the greater one has the lease.

    Attributes:
        number: Counts up with each change.
        is_first: Whether the first side has it: it decides where both claimed the same number.
    """

    number: int = 0
    is_first: bool = False

    @property
    def side(self) -> Side:
        """Who has it."""
        return Side.FIRST if self.is_first else Side.SECOND


@dataclass(frozen=True, slots=True)
class Reach:
    """What a side reaches.

    Attributes:
        gateways: How many; -1 where it has not tried.
        broker: Whether it is connected.
    """

    gateways: int = -1
    broker: bool = False

    def is_better_than(self, other: "Reach") -> bool:
        """Whether polling is worth more from here: what reads more meters, then what publishes."""
        return (self.gateways, self.broker) > (other.gateways, other.broker)


class Lease:
    """What one side knows of it; the caller sends, hears and polls.

    Times are seconds of a clock that never jumps.
    """

    def __init__(
        self,
        side: Side,
        length_s: float,
        monotonic: Callable[[], float],
        *,
        polls_in_isolation: bool,
    ) -> None:
        """Stands by, and has just heard of the other side: it may be there.

        Args:
            side: Which one this is.
            length_s: How long a renewal holds.
            monotonic: A clock that never jumps, s.
            polls_in_isolation: Whether the active side goes on where it reaches neither the other
                side nor the broker.
        """
        self.side = side
        self.length_s = length_s
        self.term = Term()
        self.is_active = False
        self._monotonic = monotonic
        self._polls_in_isolation = polls_in_isolation
        self._holds_until_s = float("-inf")
        self._heard_s = monotonic()

    @property
    def renew_every_s(self) -> float:
        """Between two renewals."""
        return self.length_s / 3

    def holds(self) -> bool:
        """Whether a request may be sent to a meter now."""
        return self.is_active and self._monotonic() < self._holds_until_s

    def confirmed(self, sent_s: float) -> None:
        """The other side or the broker has a renewal that was sent then."""
        self._prolong(sent_s)

    def isolated(self, tried_s: float) -> None:
        """Both were tried from then on, and neither was reached."""
        if self._polls_in_isolation:
            self._prolong(tried_s)

    def _prolong(self, since_s: float) -> None:
        if self.is_active:
            self._holds_until_s = max(self._holds_until_s, since_s + self.length_s)

    def hear(self, term: Term) -> bool:
        """Takes what the other side claims, over either way; whether that is the latest term.

        The active side stops being that where the other's term is later.
        """
        if term.side is self.side:  # what this side said in an earlier run
            self.term = max(self.term, term)
            return not self.is_active or term == self.term
        if term < self.term:
            return False
        self.term = term
        self._heard_s = self._monotonic()
        self.step_down()
        return True

    def silent_s(self) -> float:
        """Since the other side was last heard of, or since the start."""
        return self._monotonic() - self._heard_s

    def may_take(self) -> bool:
        """Whether the other side's lease has run out; the second side leaves the first its turn."""
        waits_s = self.length_s * _WAITS_LONGER
        if self.side is Side.SECOND and self.term == Term():
            waits_s += self.length_s  # both have just begun
        return not self.is_active and self.silent_s() >= waits_s

    def take(self) -> Term:
        """Claims it; it holds once that is confirmed."""
        self.term = Term(self.term.number + 1, self.side is Side.FIRST)
        self.is_active = True
        self._holds_until_s = float("-inf")
        return self.term

    def step_down(self) -> None:
        """Stands by from now on."""
        self.is_active = False
        self._holds_until_s = float("-inf")

    def left(self) -> None:
        """This side has given it up: the other has the time of a lease to take it."""
        self._heard_s = self._monotonic()
        self.step_down()


class LeaseLostError(Exception):
    """This side may not poll any more; says why."""
