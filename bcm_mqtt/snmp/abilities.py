"""What an agent can do at once, as its errors have shown: learnt by asking for less.

Some agents answer GETBULK, or many names together, with a general error in place of a shorter
reply, and some one name with an error of the whole request. What is learnt holds for all that is
read of the agent, until it starts again, and for so many polls: an error may have been a passing
one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

_POLLS: Final = 2_000
"""For so many it holds: some hours, after which finding it out again costs a few requests."""


@dataclass(slots=True)
class Abilities:
    """Of one agent.

    Attributes:
        most: Values of a reply; None: as many as fit a packet.
        has_bulk: Whether it answers GETBULK.
        alone: Names that it answers with an error, and that are read by themselves.
        changes: How often any of it has changed.
    """

    most: int | None = None
    has_bulk: bool = True
    alone: frozenset[bytes] = frozenset()
    changes: int = 0
    _polls: int = field(default=0, repr=False, compare=False)

    def limit(self, planned: int) -> int:
        """Most values of a reply, of so many that fit a packet."""
        return planned if self.most is None else min(planned, self.most)

    def lower(self, most: int) -> None:
        """It gives no more than so many values, at least 1, at once."""
        if self.most is None or most < self.most:
            self.most = max(1, most)
            self.changes += 1

    def learn(
        self, *, has_bulk: bool, alone: Collection[bytes], refused: Iterable[Collection[bytes]]
    ) -> None:
        """What a poll that came to its end has shown.

        Args:
            has_bulk: Whether no GETBULK was answered with an error.
            alone: Names that were, each by itself.
            refused: Names of every GET of several that was: without any of `alone` among them
                there were too many.
        """
        if (not has_bulk and self.has_bulk) or not self.alone >= set(alone):
            self.has_bulk = self.has_bulk and has_bulk
            self.alone |= frozenset(alone)
            self.changes += 1
        for names in refused:
            if self.alone.isdisjoint(names):
                self.lower(len(names) // 2)

    def count_poll(self) -> None:
        """Forgets all after many polls."""
        self._polls += 1
        if self._polls >= _POLLS:
            self.forget()

    def forget(self) -> None:
        """Takes the agent for one that can do all."""
        self._polls = 0
        if self.most is not None or not self.has_bulk or self.alone:
            self.most, self.has_bulk, self.alone = None, True, frozenset()
            self.changes += 1
