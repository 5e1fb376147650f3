"""A part of the panels, for one of several recorders at a broker that cannot share snapshots.

Which part a panel is in follows from its id alone: on every machine, and in every release, it is
the same sum, so recorders need not know of one another. A database takes what two parts bring once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from re import ASCII, fullmatch
from typing import Final, Self

from bcm_mqtt.domain.identifier import is_identifier
from bcm_mqtt.mqtt.client import Message
from bcm_mqtt.mqtt.payloads import PayloadError, decode_info
from bcm_mqtt.mqtt.topics import Topics

_BYTES: Final = 8


def part_of(panel: str, parts: int) -> int:
    """Which of `parts` parts a panel is in, from 1 on.

    The first 8 bytes of the SHA-256 of its id in UTF-8, the most significant first, modulo
    `parts`, plus 1: docs/how-to/several-recorders.md promises it.
    """
    return int.from_bytes(sha256(panel.encode()).digest()[:_BYTES]) % parts + 1


@dataclass(frozen=True, slots=True)
class Part:
    """One of so many.

    Attributes:
        number: From 1 to `of`.
        of: How many there are.
    """

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The part of `2/4`.

        Raises:
            ValueError: it is none.
        """
        given = fullmatch(r"(\d{1,4})/(\d{1,4})", text, ASCII)
        number, of = map(int, given.groups()) if given else (0, 0)
        if not 1 <= number <= of:
            raise ValueError("expected K/N such as 2/4, with K from 1 to N")
        return cls(number, of)

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @property
    def name(self) -> str:
        """As part of a recorder's name."""
        return f"part-{self.number}-of-{self.of}"

    def has(self, panel: str) -> bool:
        """Whether it is in this part."""
        return part_of(panel, self.of) == self.number


class Panels:
    """The panels of a part that were heard of; used by network threads."""

    def __init__(self, part: Part, topics: Topics) -> None:
        """Knows none yet."""
        self._part = part
        self._topics = topics
        self._known: dict[str, bool] = {}  # whether it is in the part

    @property
    def filters(self) -> list[str]:
        """For the snapshots of those that are known."""
        return [self._topics.snapshot(panel) for panel in list(self._known) if self._known[panel]]

    def new_in(self, message: Message) -> list[str]:
        """Filters for the snapshots of those of which a message is the first to say something."""
        # A filter with `#` in it would be refused together with those of all other panels.
        named = filter(is_identifier, self._named(message))
        new = [panel for panel in named if panel not in self._known]
        self._known |= {panel: self._part.has(panel) for panel in new}
        return [self._topics.snapshot(panel) for panel in new if self._known[panel]]

    def _named(self, message: Message) -> Iterable[str]:
        topic = message.topic
        if not message.payload or self._topics.is_snapshot(topic):
            return ()
        if self._topics.is_info(topic):
            return self._polled(message)
        return () if "/" in (panel := self._topics.panel_of(topic)) else (panel,)

    @staticmethod
    def _polled(message: Message) -> Iterator[str]:
        try:
            yield from decode_info(message.payload).panels
        except PayloadError:
            return  # the page says so

    def __str__(self) -> str:
        return f"part {self._part}: {sum(self._known.values()):,} panels"
