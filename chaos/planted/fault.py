"""What a planted fault is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Patches = list[tuple[Any, str, Any]]
"""Of what an attribute is another while the fault stands."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault planted in the services.

    Attributes:
        patches: Make it.
        against: Parts of the lines of the invariants that must find it, each of them.
    """

    patches: Callable[[], Patches]
    against: tuple[str, ...]
