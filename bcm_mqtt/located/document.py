"""A document: plain data and the place of each of its values."""

from dataclasses import dataclass, field
from typing import Any

from bcm_mqtt.errors import Problem

Path = tuple[str | int, ...]
"""Keys and indices from the root to a value."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands.

    Attributes:
        source: File name as the user would recognise it.
        line: From 1.
        secret: Whether its value must not be printed.
    """

    source: str
    line: int
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data (dict, list, scalars) with the place of every key and item."""

    source: str
    data: Any
    places: dict[Path, Place] = field(default_factory=dict)

    def place(self, path: Path) -> Place:
        """Place of a value, or of its nearest ancestor that is in the file."""
        for length in range(len(path), -1, -1):
            if found := self.places.get(path[:length]):
                return found
        return Place(self.source, 1)

    def problem(self, path: Path, message: str) -> Problem:
        """A problem at a value of this document."""
        place = self.place(path)
        return Problem(place.source, place.line, ".".join(map(str, path)), message)
