"""A document: plain data and the place of each of its values."""

from dataclasses import dataclass, field
from typing import Any

from bcm_mqtt.errors import Problem

KeyPath = tuple[str | int, ...]
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
    places: dict[KeyPath, Place] = field(default_factory=dict)

    def place(self, path: KeyPath) -> Place:
        """Place of a value, or of its nearest ancestor that is in the file."""
        for length in range(len(path), -1, -1):
            if found := self.places.get(path[:length]):
                return found
        return Place(self.source, 1)

    def value(self, path: KeyPath) -> Any:
        """The value that the user wrote at a path, or None."""
        found = self.data
        try:
            for part in path:
                found = found[part]
        except (LookupError, TypeError):
            return None
        return found

    def keys(self, name: str) -> set[str]:
        """The keys that the user wrote below a root key, right or wrong."""
        data = self.data.get(name) if isinstance(self.data, dict) else None
        return set(map(str, data)) if isinstance(data, dict) else set()

    def problem(self, path: KeyPath, message: str) -> Problem:
        """A problem at a value of this document; a secret value is struck out of the message."""
        place = self.place(path)
        value = self.value(path) if place.secret else None
        if value:
            message = message.replace(repr(value), "***").replace(str(value), "***")
        return Problem(place.source, place.line, ".".join(map(str, path)), message)
