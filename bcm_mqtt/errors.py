"""What can go wrong, in the two kinds a user must tell apart.

`InputError` is the user's to mend (exit status 2): it holds every problem found, each
with its place. `WorkError` is the world's (exit status 1): the input was right but the
work failed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_MOST_ALIKE: Final = 3
"""Problems that differ by their lines alone, each on a line of its own; more are one line."""


class BcmError(Exception):
    """Base of every error this package raises on purpose; its text is one clear line."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in the input.

    Attributes:
        source: File name as the user gave it, or "" where there is none.
        line: Line in that file, from 1; 0 where it has none.
        key: Dotted path of the value, such as `panels.rpp-1a.unit_ids`, or "".
        message: What is wrong and what was expected.
    """

    source: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        """`file:line: key: message`, leaving out the parts that do not exist."""
        place = f"{self.source}:{self.line}" if self.source and self.line else self.source
        return ": ".join(part for part in (place, self.key, self.message) if part)


class InputError(BcmError):
    """The input is wrong; holds every problem found, in the order of their places."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keeps the problems sorted by file and line, so that output is stable."""
        self.problems = tuple(sorted(set(problems)))
        super().__init__("; ".join(self.lines()))

    def lines(self) -> Iterator[str]:
        """A line for each problem; where one panel is missing in 91 rows, one for them all."""
        alike: dict[tuple[str, str, str], list[Problem]] = {}
        for one in self.problems:
            alike.setdefault((one.source, one.key.split(".")[-1], one.message), []).append(one)
        for first, *others in alike.values():
            if len(others) < _MOST_ALIKE:
                yield from map(str, (first, *others))
            else:
                lines = runs_text(one.line for one in others)
                yield f"{first}; the same in {len(others)} more lines: {lines}"

    @classmethod
    def of(cls, message: str, *, source: str = "", line: int = 0, key: str = "") -> "InputError":
        """The common case of a single problem."""
        return cls([Problem(source, line, key, message)])


def runs_text(numbers: Iterable[int]) -> str:
    """Ascending whole numbers such as `3-5, 9`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number <= runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(one) if one == last else f"{one}-{last}" for one, last in runs)


class WorkError(BcmError):
    """The input was right and the work still failed."""
